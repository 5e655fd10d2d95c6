/** `rate(label)` of a stage: the candidate's mean outcome against the control's or a constant, by a confidence sequence. */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { StageCounters } from "../state/counters.ts";
import { difference, effectiveEvents, halfWidth, meanOutcome, noOutcomes, type MeanComparison, type OutcomeSums } from "../statistics/confidence-sequence.ts";
import { sampleRatioMismatch } from "../statistics/sample-ratio.ts";
import { plannedVariance, planTwoProportions } from "../statistics/planning.ts";
import { durationText } from "./duration.ts";
import type { RolloutPlan, StagePlan } from "./plan.ts";
import { PASSING_SHARE_OF_HARM, percent, strength, type Evidence } from "./verdict.ts";

type LabelRate = Extract<StageRequirement, { kind: "label-rate" }>;

/** The sequence is asymptotic: it is not read before each arm expects this many events (yes answers). */
const FEWEST_EVENTS = 20;
/** Outcomes that are not yes or no may have a mean near zero, which is no event at all: this many units are enough in any case. */
const ENOUGH_UNITS = 20_000;
/** Where the bound is the control itself, a tenth of its rate is the smallest harm that a stage is planned for. */
const SMALLEST_HARM = 0.1;
/** Where the sequence is tightest (units in all) when no volume is declared. */
const DEFAULT_UNITS = 10_000;

export interface Judging {
  readonly plan: RolloutPlan;
  readonly stage: StagePlan;
  readonly counters: StageCounters;
  /** The candidate's share of the units of both arms. */
  readonly split: number;
}

interface Judged {
  readonly candidate: OutcomeSums;
  readonly control: OutcomeSums | null;
  readonly comparison: MeanComparison;
  readonly candidateMean: number;
  readonly controlMean: number | null;
  readonly bound: number;
  /** +1 where larger is better. */
  readonly good: 1 | -1;
  /** The smallest harm to notice, in the label's unit, positive. */
  readonly change: number;
  /** How far on the wrong side of the bound the estimate may lie for a pass. */
  readonly slack: number;
}

/**
 * Outcomes that came are believed when both kinds came, and for as many of either arm's units as its share says. Else the label's maturity completes
 * them, where it has one: what has no outcome by then has none. Where it has none the rate cannot be judged: who tells of purchases only would
 * promote a candidate that halves them.
 */
export function judgeLabelRate(judging: Judging, requirement: LabelRate): Evidence {
  const { plan, counters } = judging;
  const { label } = requirement;
  const incomplete = incompleteness(judging, requirement);
  if (incomplete === null) return judgeSums(judging, requirement, pick(counters, "outcomes", label));
  const withinMs = plan.labels?.[label]?.withinMs ?? null;
  const matured = pick(counters, "matured", label);
  const seen = withinMs === null ? (counters.candidate.outcomes.get(label)?.units ?? 0) : matured.candidate.units;
  const unjudged = { ...nothingYet(judging, requirement, seen), reason: `cannot judge: ${incomplete}` };
  if (withinMs === null) return { ...unjudged, needed: null };
  if (matured.candidate.units < 2) return { ...unjudged, reason: `${incomplete}; no prediction of this stage is ${durationText(withinMs)} old yet, when one without an outcome counts as none` };
  const judged = judgeSums(judging, requirement, matured);
  return { ...judged, reason: `${judged.reason} (no outcome within ${durationText(withinMs)} counts as none)` };
}

interface ArmSums {
  readonly candidate: OutcomeSums;
  readonly control: OutcomeSums;
}

function pick({ candidate, control }: StageCounters, which: "outcomes" | "matured", label: string): ArmSums {
  return { candidate: candidate[which].get(label) ?? noOutcomes, control: control[which].get(label) ?? noOutcomes };
}

/** Why the outcomes that came are not all that there are; null when nothing speaks against it. */
function incompleteness({ plan, counters, split }: Judging, { label, bound }: LabelRate): string | null {
  const { candidate, control } = pick(counters, "outcomes", label);
  const onlyYes = candidate.n + control.n > 0 && candidate.y === candidate.n && control.y === control.n;
  if (onlyYes && plan.labels?.[label]?.yesOrNo === true) return `no negative outcome of ${label} has ever come`;
  // A unit may have outcomes for some of its predictions only; that both arms have as many units with some is what can be compared.
  if (bound.kind === "control" && split > 0 && split < 1 && sampleRatioMismatch([candidate.units, control.units], [split, 1 - split])) {
    const share = (arm: OutcomeSums, { units }: { readonly units: number }): string => percent(units === 0 ? null : Math.min(1, arm.units / units));
    return `outcomes of ${label} come for ${share(candidate, counters.candidate)} of the candidate's units and ${share(control, counters.control)} of the control's`;
  }
  return null;
}

function judgeSums(judging: Judging, requirement: LabelRate, sums: ArmSums): Evidence {
  const { plan, stage } = judging;
  const judged = compare(requirement, sums);
  const candidateUnits = sums.candidate.units;
  if (judged === null) return nothingYet(judging, requirement, candidateUnits);
  const found = difference(judged.comparison);
  const width = halfWidth(found, plan.alpha, plannedUnits(plan, stage));
  const estimate = found.estimate * judged.good;
  const planned = Math.ceil((candidateUnits * found.standardError ** 2) / plannedVariance({ change: judged.change, alpha: plan.alpha, power: plan.power }));
  // Without a single event there is neither a variance nor a harm to plan for.
  const needed = Number.isFinite(planned) ? planned : null;
  const common = {
    text: requirement.text, kind: requirement.kind, candidate: judged.candidateMean, control: judged.controlMean, bound: judged.bound,
    seen: candidateUnits, needed, against: strength(-estimate / width),
  } as const;
  const observed = words(requirement, judged);
  if (!enoughEvents(judged)) return { ...common, outcome: "not-enough-evidence", reason: `${observed}; too few ${requirement.label} outcomes to judge` };
  if (found.standardError === 0 && judged.control !== null) return { ...common, ...alike(judged, observed) };
  if (estimate + width < 0) return { ...common, outcome: "fail", reason: `${observed}: worse than '${requirement.text}' allows` };
  if (estimate - width >= 0) return { ...common, outcome: "pass", reason: `${observed}: shown at ${percent(1 - plan.alpha)} confidence` };
  if (needed === null || candidateUnits < needed) return { ...common, outcome: "not-enough-evidence", reason: `${observed}; ${needed} candidate units show a harm of ${short(judged.change)}` };
  if (estimate < -judged.slack) return { ...common, outcome: "not-enough-evidence", reason: `${observed}: suspicious, though it could still be chance` };
  return { ...common, outcome: "pass", reason: `${observed}; no harm in a sample that would show ${short(judged.change)}` };
}

/**
 * All outcomes of both arms are the same, so there is no variance and a sequence of no width, which would show anything. Where more is better, a feed
 * that has stopped looks like this; where less is better, nothing bad in as many units is what a healthy candidate looks like.
 */
function alike({ good, candidateMean, controlMean }: Judged, observed: string): Pick<Evidence, "outcome" | "reason"> {
  if (good === -1 && candidateMean === 0 && controlMean === 0) return { outcome: "pass", reason: `${observed}: none in either arm` };
  return { outcome: "not-enough-evidence", reason: `${observed}: no outcome differs from another, which shows nothing` };
}

/** Null before there are outcomes to compare. */
function compare(requirement: LabelRate, { candidate, control }: ArmSums): Judged | null {
  const { bound } = requirement;
  const good = requirement.comparison === ">" || requirement.comparison === ">=" ? 1 : -1;
  if (candidate.units < 2) return null;
  const candidateMean = meanOutcome(candidate);
  if (bound.kind === "constant") {
    const change = Math.abs(bound.value) * SMALLEST_HARM;
    const comparison = { candidate, control: null, factor: 0, offset: bound.value };
    return { candidate, control: null, comparison, candidateMean, controlMean: null, bound: bound.value, good, change, slack: 0 };
  }
  if (control.units < 2) return null;
  const controlMean = meanOutcome(control);
  const limit = controlMean * bound.factor + bound.offset;
  // Room between the control and the bound, on the harmful side: `control * 90%` leaves a tenth.
  const room = (controlMean - limit) * good;
  const change = room > 0 ? room : Math.abs(controlMean) * SMALLEST_HARM;
  const comparison = { candidate, control, factor: bound.factor, offset: bound.offset };
  return { candidate, control, comparison, candidateMean, controlMean, bound: limit, good, change, slack: room > 0 ? 0 : change * PASSING_SHARE_OF_HARM };
}

/** Events expected at the control's rate (or the bound), not those seen: a candidate whose rate is nothing must be able to fail. */
function enoughEvents({ candidate, control, bound }: Judged): boolean {
  if (candidate.units >= ENOUGH_UNITS && (control === null || control.units >= ENOUGH_UNITS)) return true;
  if (control === null) return Math.max(effectiveEvents(candidate), candidate.units * Math.min(1, Math.abs(bound))) >= FEWEST_EVENTS;
  const events = effectiveEvents(control);
  return events >= FEWEST_EVENTS && (candidate.units * events) / control.units >= FEWEST_EVENTS;
}

function nothingYet({ plan, stage, counters }: Judging, requirement: LabelRate, seen: number): Evidence {
  const rate = plan.labelRates[requirement.label];
  const factor = requirement.bound.kind === "control" ? requirement.bound.factor : 1;
  const share = stage.traffic <= 0 ? 0.5 : stage.traffic;
  const change = rate === undefined ? 0 : rate * (factor < 1 ? factor - 1 : -SMALLEST_HARM);
  const planned = rate === undefined ? Infinity : planTwoProportions({ baseline: rate, change, share, alpha: plan.alpha, power: plan.power }).candidateUnits;
  return {
    text: requirement.text, kind: requirement.kind, outcome: "not-enough-evidence", candidate: null, control: null, bound: null,
    reason: `no ${requirement.label} outcomes yet, of ${counters.candidate.units} candidate units`,
    seen, needed: Number.isFinite(planned) ? planned : null, against: null,
  };
}

/** Units that the stage was planned to see in all: known before the data, as the sequence asks. */
function plannedUnits(plan: RolloutPlan, stage: StagePlan): number {
  const planned = (plan.volumePerMs ?? 0) * stage.holdMs;
  return planned >= 1 ? planned : DEFAULT_UNITS;
}

function words(requirement: LabelRate, judged: Judged): string {
  const control = judged.controlMean === null ? "" : `, control ${short(judged.controlMean)} of ${judged.control?.units ?? 0} units`;
  return `rate(${requirement.label}): candidate ${short(judged.candidateMean)} of ${judged.candidate.units} units${control}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
