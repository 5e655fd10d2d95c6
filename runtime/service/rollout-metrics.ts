/** Where the service's rollout stands, as gauges of GET /metrics. */
import type { RolloutStatus } from "../rollout/status.ts";
import { serviceStatus } from "../rollout/status.ts";
import type { Metrics } from "../serving/metrics.ts";
import type { State } from "../state/state.ts";

/** While the state cannot be read the last figures stay, and `mlspec_state_readable` says so; with a state that was replaced no rollout runs. */
export function measureRollout(metrics: Metrics, state: State, service: string): void {
  try {
    if (!state.isInPlace()) {
      for (const gauge of Object.values(metrics.rollout)) gauge.reset();
      metrics.stateReadable.set(0);
      return;
    }
    const { rollout } = serviceStatus(state, service);
    for (const gauge of Object.values(metrics.rollout)) gauge.reset();
    if (rollout !== null) setGauges(metrics.rollout, rollout);
    metrics.stateReadable.set(1);
  } catch {
    metrics.stateReadable.set(0);
  }
}

function setGauges(gauges: Metrics["rollout"], { name: rollout, candidate, control, state, stages, stage: index, heldMs, units, sampleRatioMismatch, evidence, waiting }: RolloutStatus): void {
  const stage = stages[index]?.name ?? "";
  gauges.info.set({ rollout, candidate, control: control ?? "fallback", state, stage }, 1);
  gauges.traffic.set({ rollout }, state === "completed" ? 1 : state === "running" || state === "paused" ? (stages[index]?.traffic ?? 0) : 0);
  gauges.held.set({ rollout }, heldMs / 1000);
  gauges.units.set({ rollout, arm: "candidate" }, units.candidate);
  gauges.units.set({ rollout, arm: "control" }, units.control);
  gauges.mismatch.set({ rollout }, sampleRatioMismatch ? 1 : 0);
  if (waiting !== null) gauges.waiting.set({ rollout, for: waiting.for }, 1);
  for (const { text: requirement, outcome, against } of evidence) {
    gauges.verdict.set({ rollout, stage, requirement, outcome }, 1);
    if (against !== null) gauges.against.set({ rollout, stage, requirement }, against);
  }
}
