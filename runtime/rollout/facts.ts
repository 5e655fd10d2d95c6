/** Reads, in one transaction, everything that a decision depends on. */
import { noCounters } from "../state/counters.ts";
import type { RolloutRecord } from "../state/rollouts.ts";
import type { State } from "../state/state.ts";
import type { Facts } from "./decide.ts";

export function factsOf(state: State, rollout: RolloutRecord): Facts {
  return state.snapshot(() => ({
    rollout,
    live: state.deployments.of(rollout.service)?.live ?? null,
    approvals: state.rollouts.approvals(rollout.id),
    counters: rollout.stage < 0 ? { candidate: noCounters, control: noCounters } : state.counters.of(rollout.id, rollout.stage),
  }));
}
