/** What the counters of a stage say about each of its requirements: pass, fail or not enough evidence, and how much is missing. */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { StageCounters } from "../state/counters.ts";
import { evidenceNeeded, logEvidenceOfMoreErrors } from "../statistics/e-process.ts";
import { evidenceWhereLopsided } from "../statistics/lopsided.ts";
import { planTwoProportions } from "../statistics/planning.ts";
import { sampleRatioMismatch, seemsTooMany } from "../statistics/sample-ratio.ts";
import { judgeLabelRate, type Judging } from "./label-evidence.ts";
import { judgeLatency } from "./latency-evidence.ts";
import type { RolloutPlan, StagePlan } from "./plan.ts";
import { judgeShare } from "./share-evidence.ts";
import { PASSING_SHARE_OF_HARM, percent, strength, type Evidence } from "./verdict.ts";

export interface StageEvidence {
  /** Units are lost or doubled in an arm: nothing passes. Harm that is found still fails: it may be why they are missing. */
  readonly mismatch: boolean;
  readonly requirements: readonly Evidence[];
}

/** The candidate errs less often than this where the service declares no error budget, or it is harm. */
const DEFAULT_ERROR_BUDGET = 0.005;
/** Half of what fails a requirement, which is ln E: a harmless candidate is as suspicious as that at the end of a stage in a few of a hundred. */
const SUSPICIOUS = 0.5;

export function stageEvidence(plan: RolloutPlan, stage: StagePlan, counters: StageCounters): StageEvidence {
  const mismatch = hasMismatch(stage, counters);
  const requirements = stage.requirements.map((requirement) => {
    const judged = judge({ plan, stage, counters, split: splitOf(stage, counters, mismatch), isLopsided: mismatch || hasSuspiciouslyMany(stage, counters) }, requirement);
    const evidence = requirement.kind === "error-rate" && requirement.implied === true ? asGuard(judged) : judged;
    return mismatch ? underMismatch(evidence, stage, counters) : evidence;
  });
  return { mismatch, requirements };
}

/**
 * What the spec leaves unsaid stops harm and holds the stage while it is suspicious. It needs no proof that there is none: a rollout to few users
 * would never end, and nobody asked for it.
 */
function asGuard(evidence: Evidence): Evidence {
  const told = { ...evidence, text: `${evidence.text} (implied)` };
  if (evidence.outcome !== "not-enough-evidence" || (evidence.against ?? 0) >= SUSPICIOUS) return told;
  return { ...told, outcome: "pass", needed: null };
}

function hasMismatch({ traffic }: StagePlan, { candidate, control }: StageCounters): boolean {
  // A shadow answers nobody and has no split; with everything at the candidate there is none either.
  if (traffic <= 0 || traffic >= 1) return false;
  return sampleRatioMismatch([candidate.units, control.units], [traffic, 1 - traffic]);
}

/** A candidate with more units than its share would be blamed for errors that are merely more units, in the time until that is shown. With fewer it has the advantage. */
const hasSuspiciouslyMany = ({ traffic }: StagePlan, { candidate, control }: StageCounters): boolean => seemsTooMany(candidate.units, control.units, traffic);

/**
 * A pass is withheld, a failure stays. Users who met a broken candidate go away or try again, so harm itself makes a mismatch:
 * it must never keep a harmful candidate in its place.
 */
function underMismatch(evidence: Evidence, stage: StagePlan, counters: StageCounters): Evidence {
  if (evidence.outcome === "fail") return { ...evidence, reason: `${evidence.reason}; ${mismatchText(stage, counters)}` };
  return { ...evidence, outcome: "not-enough-evidence", reason: `withheld while the sample ratio is off (${evidence.reason})` };
}

export function mismatchText({ traffic }: StagePlan, { candidate, control }: StageCounters): string {
  return `sample ratio mismatch: ${candidate.units} candidate and ${control.units} control units at a share of ${percent(traffic)}`;
}

/**
 * The candidate's share of the units that the arms are compared over. It is the declared one, and an even split in a shadow stage, where both
 * arms see everything. Where units are known to be missing, or a busy mirror left requests out, it is the share that was seen, so that a candidate whose units are
 * merely counted twice is not blamed for twice the errors; what fails under a mismatch is judged by `statistics/lopsided.ts`, which allows for not knowing it.
 */
function splitOf({ traffic }: StagePlan, { candidate, control }: StageCounters, mismatch: boolean): number {
  const seen = (mismatch || candidate.leftOut > 0) && control.units > 0;
  return seen ? candidate.units / (candidate.units + control.units) : plannedSplit(traffic);
}

const plannedSplit = (traffic: number): number => (traffic <= 0 ? 0.5 : traffic);

function judge(judging: Judging, requirement: StageRequirement): Evidence {
  const { plan, counters } = judging;
  switch (requirement.kind) {
    case "error-rate":
      return requirement.bound.kind === "control"
        ? errorsAgainstControl(judging, { ...requirement, bound: requirement.bound })
        : judgeShare(plan, requirement, {
            successes: counters.candidate.errors, trials: counters.candidate.requests, bound: requirement.bound.value, what: "failed",
          });
    case "label-rate":
      return judgeLabelRate(judging, requirement);
    case "disagreement": {
      const disagreed = counters.candidate.disagreed.get(requirement.tolerance) ?? 0;
      return judgeShare(plan, requirement, { successes: disagreed, trials: counters.candidate.compared, bound: requirement.max, what: "disagreed or failed", leftOut: counters.candidate.leftOut });
    }
    case "latency":
      return judgeLatency(judging, requirement);
  }
}

type ErrorRate = Extract<StageRequirement, { kind: "error-rate" }>;

/**
 * A unit counts once however often it errs: one shopper with a broken cart is one piece of evidence.
 * It fails when the e-process reaches 1/α, at any look. It passes when as many units were seen as show the smallest harm
 * (twice the control's rate or the error budget, or the bound where that leaves room) with the planned power, the rate seen lies
 * within a third of that harm, and the e-process has found nothing (E ≤ 1).
 */
function errorsAgainstControl(
  { plan, stage, counters, split, isLopsided }: Judging, requirement: ErrorRate & { readonly bound: { readonly factor: number; readonly offset: number } },
): Evidence {
  const { factor, offset } = requirement.bound;
  const candidate = { units: counters.candidate.units, errors: counters.candidate.erringUnits };
  const control = { units: counters.control.units, errors: counters.control.erringUnits };
  const arms = { candidate, control, factor, offset };
  const against = strength(isLopsided ? evidenceWhereLopsided(arms, plan.alpha) : logEvidenceOfMoreErrors({ ...arms, share: split }) / evidenceNeeded(plan.alpha));
  const rate = ratio(candidate.errors, candidate.units);
  const controlRate = ratio(control.errors, control.units);
  const bound = controlRate === null ? null : controlRate * factor + offset;
  const budget = Math.max(plan.errorBudget ?? DEFAULT_ERROR_BUDGET, 1e-6);
  // A control that errs on more than half cannot double; a few unlucky first units must not plan for the impossible.
  const baseline = Math.min(0.5, Math.max(budget, controlRate ?? 0));
  const room = baseline * factor + offset - baseline;
  const change = room > 0 ? room : baseline;
  const needed = planTwoProportions({ baseline, change, share: plannedSplit(stage.traffic), alpha: plan.alpha, power: plan.power }).candidateUnits;
  const passLine = bound === null ? null : bound + (room > 0 ? 0 : change * PASSING_SHARE_OF_HARM);
  const common = { text: requirement.text, kind: requirement.kind, candidate: rate, control: controlRate, bound, seen: candidate.units, needed, against } as const;
  const observed = `${percent(rate)} of ${candidate.units} candidate units met an error, ${percent(controlRate)} of ${control.units} control units`;
  if (against >= 1) return { ...common, outcome: "fail", reason: `${observed}: more than '${requirement.text}' allows` };
  if (candidate.units < needed || rate === null || passLine === null) {
    return { ...common, outcome: "not-enough-evidence", reason: `${observed}; ${needed} candidate units show an increase by ${percent(change)}` };
  }
  if (rate > passLine || against > 0) return { ...common, outcome: "not-enough-evidence", reason: `${observed}: suspicious, though it could still be chance` };
  return { ...common, outcome: "pass", reason: observed };
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
