/**
 * Transitions are recorded before they are made. `intend` writes what is going to happen and why; `commit` makes it true, in one
 * transaction with the record that it is done. Between the two only reversible things happen (a model is loaded), so a process
 * that dies anywhere leaves either the state before, with an open intention to continue, or the state after.
 */
import { unreachable } from "../errors.ts";
import type { RolloutChange, RolloutRecord, Transition, TransitionKind } from "../state/rollouts.ts";
import type { State } from "../state/state.ts";

/** Who speaks when it is no person. */
export const automatic = "mlspec";

export interface Intended {
  readonly kind: TransitionKind;
  readonly stage: number;
  readonly reason: string;
  readonly evidence: unknown;
  readonly by: string;
}

/** Null when the rollout has moved on since it was read, or another intention is open: decide again. */
export function intend(state: State, rollout: RolloutRecord, intended: Intended, now: number): Transition | null {
  return state.durably(() => {
    const current = state.rollouts.get(rollout.id);
    if (current === null || current.revision !== rollout.revision || current.endedAt !== null) return null;
    if (state.rollouts.intention(rollout.id) !== null) return null;
    state.rollouts.intend({ rollout: rollout.id, revision: rollout.revision, at: now, ...intended });
    return state.rollouts.intention(rollout.id);
  });
}

/** Makes an intention true, or abandons it when something else happened first; tells which. */
export function commit(state: State, intention: Transition, now: number): "done" | "abandoned" {
  return state.durably(() => {
    const open = state.rollouts.intention(intention.rollout);
    const rollout = state.rollouts.get(intention.rollout);
    if (open?.id !== intention.id || rollout === null) return "abandoned";
    const valid = rollout.revision === intention.revision && rollout.endedAt === null;
    if (!valid || !state.rollouts.change(rollout.id, rollout.revision, changed(rollout, intention, now))) {
      state.rollouts.finish(intention.id, "abandoned", now);
      return "abandoned";
    }
    if (intention.kind === "complete") {
      const { by, reason } = intention;
      state.deployments.setLive({ service: rollout.service, model: rollout.plan.model, version: rollout.candidate, kind: by === automatic ? "rollout" : "promote", by, reason, at: now });
    }
    forget(state, rollout, intention);
    state.rollouts.finish(intention.id, "done", now);
    return "done";
  });
}

/** A person's word: at once, and over whatever the controller was about to do. The caller holds a transaction. */
export function override(state: State, rollout: RolloutRecord, intended: Intended, now: number): void {
  const open = state.rollouts.intention(rollout.id);
  if (open !== null) state.rollouts.finish(open.id, "abandoned", now);
  state.rollouts.intend({ rollout: rollout.id, revision: rollout.revision, at: now, ...intended });
  const intention = state.rollouts.intention(rollout.id);
  if (intention !== null) commit(state, intention, now);
}

function changed(rollout: RolloutRecord, { kind, stage }: Transition, now: number): RolloutChange {
  const same = { stage: rollout.stage, heldMs: rollout.heldMs, exposedMs: rollout.exposedMs, seenAt: now, endedAt: null };
  switch (kind) {
    case "begin-stage":
      // A pause outlives the stage only if a person says so again: nothing begins while paused.
      return { state: "running", stage, heldMs: 0, exposedMs: 0, seenAt: now, endedAt: null };
    case "pause":
      return { ...same, state: "paused" };
    case "resume":
      return { ...same, state: rollout.stage < 0 ? "pending" : "running" };
    case "complete":
      return { ...same, state: "completed", endedAt: now };
    case "roll-back":
      return { ...same, state: "rolled-back", endedAt: now };
    case "supersede":
      return { ...same, state: "superseded", endedAt: now };
    default:
      return unreachable(kind);
  }
}

function forget(state: State, rollout: RolloutRecord, { kind, stage }: Transition): void {
  if (kind === "begin-stage") state.counters.forgetUnits(rollout.id, stage);
  if (kind === "pause" || kind === "resume" || kind === "begin-stage") return;
  state.counters.forgetAllUnits(rollout.id);
}
