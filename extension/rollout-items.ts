/** What rollouts of `mlspec status` offer: which commands work on them now, and how they are shown. What runs is known from the state, whatever the spec declares. */
import type { RolloutSummary } from "../cli/status-report.ts";

/** What is said to a rollout that was started. (Starting one asks for its declaration.) */
export type RolloutVerb = "approve" | "pause" | "resume" | "abort" | "promote";

const worksIn: Readonly<Record<RolloutVerb, readonly RolloutSummary["state"][]>> = {
  approve: ["active", "paused"], pause: ["active"], resume: ["paused"], promote: ["active", "paused"],
  abort: ["active", "paused", "completed"], // the one that completed last is undone
};

export const offers = (verb: RolloutVerb, { state }: RolloutSummary): boolean => worksIn[verb].includes(state);

/** Why a verb has nothing to be about, behind `No rollout here `. */
export const noneFor: Readonly<Record<RolloutVerb, string>> = {
  approve: "is under way: there is no stage to approve.", pause: "is going on: there is nothing to pause.", resume: "is paused: there is nothing to resume.",
  abort: "is under way or was completed: there is nothing to abort.", promote: "is under way: there is no candidate to promote.",
};

/** The kind of item in the view, by which the manifest gives it commands. One that ended and is not declared can neither be started nor stopped. */
export function itemKind({ state, declared }: RolloutSummary): "rolloutActive" | "rolloutPaused" | "rollout" | "rolloutEndedUndeclared" {
  if (state === "active") return "rolloutActive";
  if (state === "paused") return "rolloutPaused";
  return declared ? "rollout" : "rolloutEndedUndeclared";
}

/** Where it stands while it goes on; how it ended afterwards; and whether the spec knows it. */
export function progressOf(rollout: RolloutSummary): string {
  return [...standing(rollout), ...(rollout.declared ? [] : ["known from the state alone"])].join(", ");
}

function standing({ state, stage, share, awaitsApproval }: RolloutSummary): readonly string[] {
  if (state === "none") return ["not started"];
  if (state !== "active" && state !== "paused") return [state.replace("-", " ")];
  const at = `${stage ?? state}${share === null ? "" : ` (${(share * 100).toFixed(0)}%)`}`;
  return [at, ...(state === "paused" ? ["paused"] : []), ...(awaitsApproval === null ? [] : [`waits for ${awaitsApproval}`])];
}

/** Said before what cannot be taken back. */
export const undeclaredNote = ({ declared }: RolloutSummary): string => (declared ? "" : " The spec does not declare it; it runs by the plan that it was started with.");
