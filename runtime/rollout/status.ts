/** Where a service's rollout stands, as plain JSON: for `mlspec rollout status`, the editor and programs. */
import type { Approval, RolloutState, Transition } from "../state/rollouts.ts";
import type { State } from "../state/state.ts";
import { decide, duration, type Decision, type WaitReason } from "./decide.ts";
import { factsOf } from "./facts.ts";
import { stageEvidence } from "./evidence.ts";
import type { Evidence } from "./verdict.ts";

export interface StageStatus {
  readonly name: string;
  readonly traffic: number;
  readonly holdMs: number;
  readonly state: "passed" | "current" | "ahead";
  /** Roles whose approval it needs. */
  readonly approvals: readonly string[];
}

export interface Waiting {
  readonly for: WaitReason | "next-round";
  readonly text: string;
  /** Null when it cannot be said: a person must act, or no rate is known. */
  readonly remainingMs: number | null;
  /** `2 h 5 min`, or null. */
  readonly remaining: string | null;
}

export interface RolloutStatus {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly candidate: string;
  /** Null: the fallback is the control. */
  readonly control: string | null;
  readonly state: RolloutState;
  readonly startedBy: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Index of the current (or last) stage, −1 before the first. */
  readonly stage: number;
  /** Time in the stage, without pauses and outages. */
  readonly heldMs: number;
  readonly stages: readonly StageStatus[];
  /** Of the current (or last) stage. */
  readonly evidence: readonly Evidence[];
  readonly sampleRatioMismatch: boolean;
  readonly units: { readonly candidate: number; readonly control: number };
  /** Requests that count in neither arm, since they were late because of the server. */
  readonly uncounted: { readonly candidate: number; readonly control: number };
  /** Null when the rollout has ended. */
  readonly waiting: Waiting | null;
  readonly approvals: readonly Approval[];
  readonly history: readonly Transition[];
}

export interface ServiceStatus {
  readonly service: string;
  /** Null: the fallback answers. */
  readonly live: string | null;
  readonly previous: string | null;
  /** The active rollout, else the last one, else null. */
  readonly rollout: RolloutStatus | null;
}

export function serviceStatus(state: State, service: string): ServiceStatus {
  return state.snapshot(() => {
    const deployment = state.deployments.of(service);
    const rollout = state.rollouts.active(service) ?? state.rollouts.of(service)[0] ?? null;
    return { service, live: deployment?.live ?? null, previous: deployment?.previous ?? null, rollout: rollout === null ? null : rolloutStatus(state, rollout.id) };
  });
}

export function rolloutStatus(state: State, id: string): RolloutStatus | null {
  const rollout = state.rollouts.get(id);
  if (rollout === null) return null;
  const { plan } = rollout;
  const facts = factsOf(state, rollout);
  const stage = plan.stages[rollout.stage];
  const evidence = stage === undefined ? { mismatch: false, requirements: [] } : stageEvidence(plan, stage, facts.counters);
  return {
    id,
    name: plan.name,
    model: plan.model,
    candidate: rollout.candidate,
    control: rollout.control,
    state: rollout.state,
    startedBy: rollout.startedBy,
    startedAt: rollout.startedAt,
    endedAt: rollout.endedAt,
    stage: rollout.stage,
    heldMs: rollout.heldMs,
    stages: plan.stages.map((each, index) => ({
      name: each.name, traffic: each.traffic, holdMs: each.holdMs, state: position(index, rollout.stage, rollout.state),
      approvals: each.approvals.map(({ role }) => role),
    })),
    evidence: evidence.requirements,
    sampleRatioMismatch: evidence.mismatch,
    units: { candidate: facts.counters.candidate.units, control: facts.counters.control.units },
    uncounted: { candidate: facts.counters.candidate.uncounted, control: facts.counters.control.uncounted },
    waiting: waiting(decide(facts)),
    approvals: facts.approvals,
    history: state.rollouts.transitions(id),
  };
}

function position(index: number, current: number, state: RolloutState): StageStatus["state"] {
  if (index < current || (index === current && state === "completed")) return "passed";
  return index === current ? "current" : "ahead";
}

function waiting(decision: Decision): Waiting | null {
  switch (decision.kind) {
    case "ended":
      return null;
    case "wait":
      return { for: decision.for, text: decision.text, remainingMs: decision.remainingMs, remaining: decision.remainingMs === null ? null : duration(decision.remainingMs) };
    case "transition":
      return { for: "next-round", text: `about to ${decision.transition.kind.replace("-", " ")}: ${decision.transition.reason}. Needs \`mlspec serve\` to run`, remainingMs: 0, remaining: duration(0) };
  }
}
