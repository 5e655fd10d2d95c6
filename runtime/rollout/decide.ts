/** What a rollout should do next. A pure function of recorded facts: the same facts give the same decision, today or after a crash. */
import type { StageCounters } from "../state/counters.ts";
import type { Approval, RolloutRecord, TransitionKind } from "../state/rollouts.ts";
import { durationText as duration } from "./duration.ts";
import { mismatchText, stageEvidence, type StageEvidence } from "./evidence.ts";
import type { Approvers, RolloutPlan, StagePlan } from "./plan.ts";
import type { Evidence } from "./verdict.ts";

export interface Facts {
  readonly rollout: RolloutRecord;
  /** What is live now; the rollout compares with what was live when it started. */
  readonly live: string | null;
  readonly approvals: readonly Approval[];
  /** Of the current stage. */
  readonly counters: StageCounters;
}

/** `held`: more time alone will not help, a person must act. */
export type WaitReason = "hold" | "evidence" | "approval" | "resume" | "sample-ratio" | "held";

export interface NextTransition {
  readonly kind: TransitionKind;
  /** Where it leads: an index into the plan's stages. */
  readonly stage: number;
  readonly reason: string;
}

export type Decision =
  | { readonly kind: "transition"; readonly transition: NextTransition; readonly evidence: StageEvidence }
  | { readonly kind: "wait"; readonly for: WaitReason; readonly text: string; readonly remainingMs: number | null; readonly evidence: StageEvidence }
  | { readonly kind: "ended" };

/** A stage without enough evidence goes on collecting it for this many holds, then says that it needs a person. */
const LONGEST_IN_HOLDS = 4;
const NO_EVIDENCE: StageEvidence = { mismatch: false, requirements: [] };

export function decide(facts: Facts): Decision {
  const { rollout } = facts;
  if (rollout.endedAt !== null) return { kind: "ended" };
  if (facts.live !== rollout.control) {
    const reason = `${facts.live ?? "the fallback"} went live instead of ${rollout.control ?? "the fallback"}: there is nothing to compare with`;
    return transition("supersede", rollout.stage, reason, NO_EVIDENCE);
  }
  const stage = rollout.plan.stages[rollout.stage];
  // Nobody has met the candidate yet: it may wait as long as it likes.
  if (stage === undefined) return rollout.state === "paused" ? paused(NO_EVIDENCE) : advance(facts, "started", NO_EVIDENCE);
  const evidence = stageEvidence(rollout.plan, stage, facts.counters);
  // Users meet the candidate in a paused stage too, so harm ends it all the same.
  const failed = evidence.requirements.filter((requirement) => requirement.outcome === "fail");
  if (failed.length > 0) {
    return transition("roll-back", rollout.stage, failed.map((requirement) => requirement.reason).join("; "), evidence);
  }
  return withinBounds(rollout, stage, rollout.state === "paused" ? paused(evidence) : afterStage(facts, stage, evidence));
}

/** A stage that has not passed when its time is up ends, whatever it waits for: evidence, lost units, an approval, the end of a pause. */
function withinBounds({ exposedMs, stage: index }: RolloutRecord, { name, atMostMs, overdue }: StagePlan, decision: Decision): Decision {
  if (decision.kind !== "wait" || atMostMs === undefined || exposedMs < atMostMs) return decision;
  const reason = `stage '${name}' has not passed within ${duration(atMostMs)}, the most that it may last: ${decision.text}`;
  return overdue === "ask" ? { ...decision, for: "held", text: `${reason}. Approve, abort, or pause and find out why` } : transition("roll-back", index, reason, decision.evidence);
}

function afterStage(facts: Facts, stage: StagePlan, evidence: StageEvidence): Decision {
  const { heldMs, plan } = facts.rollout;
  if (evidence.mismatch) {
    const text = `${mismatchText(stage, facts.counters)}. Units are lost or counted twice in one arm; nothing passes until the cause is found. Abort if unsure`;
    return wait("sample-ratio", text, null, evidence);
  }
  const open = evidence.requirements.filter((requirement) => requirement.outcome !== "pass");
  const unseen = mostlyUncounted(facts.counters);
  const toCollect = unseen.length > 0 ? null : timeToCollect(plan, stage, heldMs, open);
  const toHold = stage.holdMs - heldMs;
  if (toHold > 0) {
    return wait("hold", `stage '${stage.name}' is held ${duration(toHold)} more`, toCollect === null ? null : Math.max(toHold, toCollect), evidence);
  }
  const missing = [...open.map((requirement) => requirement.reason), ...unseen].join("; ");
  if (missing === "") return advance(facts, passedText(stage, evidence), evidence);
  if (stage.holdMs > 0 && heldMs > LONGEST_IN_HOLDS * stage.holdMs) {
    const text = `held: not enough evidence after ${LONGEST_IN_HOLDS} holds (${missing}). Raise the stage's traffic or hold, widen the requirement, or abort`;
    return wait("held", text, toCollect, evidence);
  }
  return wait("evidence", `not enough evidence: ${missing}`, toCollect, evidence);
}

/** Where most requests count in no arm, what is left is no evidence that users are served: nothing moves on, not even what asks for no proof. */
function mostlyUncounted({ candidate, control }: StageCounters): readonly string[] {
  const uncounted = candidate.uncounted + control.uncounted;
  const all = uncounted + candidate.requests + control.requests;
  if (uncounted * 2 <= all) return [];
  return [`${uncounted} of ${all} requests (${candidate.uncounted} of the candidate's) were late because of the server and count in neither arm; a candidate that keeps the whole server busy looks like this`];
}

function advance({ rollout, approvals }: Facts, because: string, evidence: StageEvidence): Decision {
  const next = rollout.stage + 1;
  const stage = rollout.plan.stages[next];
  if (stage === undefined) return transition("complete", rollout.stage, because, evidence);
  const missing = missingApprovals(stage, next, approvals);
  if (missing.length > 0) {
    const roles = missing.map((role) => role.role).join(", ");
    return wait("approval", `stage '${stage.name}' waits for the approval of ${roles}: \`mlspec rollout approve --stage ${stage.name}\``, null, evidence);
  }
  return transition("begin-stage", next, because, evidence);
}

export function missingApprovals(stage: StagePlan, index: number, approvals: readonly Approval[]): readonly Approvers[] {
  return stage.approvals.filter(
    ({ role, members }) => !approvals.some((approval) => approval.stage === index && approval.role === role && members.includes(approval.by)),
  );
}

/** Milliseconds until the slowest open requirement has the units it needs (0 when none is open), at the rate seen or else declared; null when that cannot be said. */
function timeToCollect(plan: RolloutPlan, stage: StagePlan, heldMs: number, open: readonly Evidence[]): number | null {
  const declared = (plan.volumePerMs ?? 0) * (stage.traffic <= 0 ? 1 : stage.traffic);
  let longest = 0;
  for (const { seen, needed } of open) {
    const perMs = seen > 0 && heldMs > 0 ? seen / heldMs : declared;
    // Enough was seen and it is still open: more would have to speak for itself, and nobody can say when.
    if (needed === null || seen >= needed || perMs <= 0) return null;
    longest = Math.max(longest, (needed - seen) / perMs);
  }
  return longest;
}

function transition(kind: TransitionKind, stage: number, reason: string, evidence: StageEvidence): Decision {
  return { kind: "transition", transition: { kind, stage, reason }, evidence };
}

const paused = (evidence: StageEvidence): Decision => wait("resume", "paused: `mlspec rollout resume` goes on", null, evidence);

function wait(reason: WaitReason, text: string, remainingMs: number | null, evidence: StageEvidence): Decision {
  return { kind: "wait", for: reason, text, remainingMs: remainingMs === null ? null : Math.max(0, Math.ceil(remainingMs)), evidence };
}

function passedText(stage: StagePlan, { requirements }: StageEvidence): string {
  const found = requirements.map((requirement) => `${requirement.text}: ${requirement.reason}`).join("; ");
  return `stage '${stage.name}' held ${duration(stage.holdMs)}${found === "" ? "" : `; ${found}`}`;
}

export { durationText as duration } from "./duration.ts";
