/** `rate(label)` of a stage: the candidate's mean outcome against the control's or a constant, by a confidence sequence. */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { StageCounters } from "../state/counters.ts";
import { difference, effectiveEvents, halfWidth, meanOutcome, type MeanComparison, type OutcomeSums } from "../statistics/confidence-sequence.ts";
import { sampleRatioMismatch } from "../statistics/sample-ratio.ts";
import { plannedVariance, planTwoProportions } from "../statistics/planning.ts";
import { durationText } from "./duration.ts";
import { coverage, coverageText, othersAsNo, pick, shownEqual, type ArmSums } from "./outcome-coverage.ts";
import type { RolloutPlan, StagePlan } from "./plan.ts";
import { PASSING_SHARE_OF_HARM, percent, strength, type Evidence } from "./verdict.ts";

type LabelRate = Extract<StageRequirement, { kind: "label-rate" }>;

/** The sequence is asymptotic: it is not read before each arm expects this many events (yes answers). */
const FEWEST_EVENTS = 20;
/** Outcomes that are not yes or no may have a mean near zero, which is no event at all: this many units are enough in any case. */
const ENOUGH_UNITS = 20_000;
/** Where the bound is the control itself, a tenth of its rate is the smallest harm that a stage is planned for. */
const SMALLEST_HARM = 0.1;
/** Of so many predictions with an outcome the others are too few to move a mean by the smallest harm. */
const NEARLY_ALL = 1 - SMALLEST_HARM;
/** Where the sequence is tightest (units in all) when no volume is declared. */
const DEFAULT_UNITS = 10_000;

export interface Judging {
  readonly plan: RolloutPlan;
  readonly stage: StagePlan;
  readonly counters: StageCounters;
  /** The candidate's share of the units of both arms. */
  readonly split: number;
  /** Units are lost or counted twice in one arm, or it looks like it: what fails must not count on its share. */
  readonly isLopsided: boolean;
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
 * Outcomes that did not come are unknown. Of a yes-or-no label all of them may be no (nobody tells of those who did not buy) or none more than of the others (they are
 * late), so it is judged both ways, and only what both say is said. Where they do not, the label's maturity completes the outcomes, if it has one: what has no
 * outcome by then has none. Who tells of purchases, or of those and a few others, would promote a candidate that halves them otherwise.
 */
export function judgeLabelRate(judging: Judging, requirement: LabelRate): Evidence {
  const { plan, counters } = judging;
  const { label } = requirement;
  const facts = plan.labels?.[label];
  const sums = pick(counters, "outcomes", label);
  const told = facts?.yesOrNo === true ? judgeYesOrNo(judging, requirement, sums) : judgeNumbers(judging, requirement, sums);
  const withinMs = facts?.withinMs ?? null;
  if (told.doubt === null || withinMs === null) return told.evidence;
  const matured = pick(counters, "matured", label);
  if (matured.candidate.units < 2) {
    const reason = `${told.doubt}; no prediction of this stage is ${durationText(withinMs)} old yet, when one without an outcome counts as none`;
    return { ...nothingYet(judging, requirement, matured.candidate.units), reason };
  }
  const judged = judgeSums(judging, requirement, matured);
  return { ...judged, reason: `${judged.reason} (no outcome within ${durationText(withinMs)} counts as none)` };
}

interface Told {
  readonly evidence: Evidence;
  /** Why the outcomes that came are not believed; null where they are. */
  readonly doubt: string | null;
}

const believed = (evidence: Evidence): Told => ({ evidence, doubt: null });

function doubted(judging: Judging, requirement: LabelRate, sums: ArmSums, doubt: string): Told {
  return { evidence: { ...nothingYet(judging, requirement, sums.candidate.units), reason: `cannot judge: ${doubt}`, needed: null }, doubt };
}

/**
 * The missing outcomes have a yes in a share θ of the rate of those that came, 0 ≤ θ ≤ 1, the same in both arms: what holds at either end holds between,
 * since the ratio of the arms' rates, and against a constant the rate, is monotone in θ.
 */
function judgeYesOrNo(judging: Judging, requirement: LabelRate, sums: ArmSums): Told {
  const { counters } = judging;
  const { label } = requirement;
  const isCompared = requirement.bound.kind === "control";
  const came = judgeSums(judging, requirement, sums);
  const least = Math.min(coverage(counters.candidate, sums.candidate) ?? 1, isCompared ? (coverage(counters.control, sums.control) ?? 1) : 1);
  if (least === 1) return believed(came);
  if (onlyYes(sums)) return doubted(judging, requirement, sums, `no negative outcome of ${label} has ever come`);
  const all = judgeSums(judging, requirement, { candidate: othersAsNo(counters.candidate, sums.candidate), control: othersAsNo(counters.control, sums.control) });
  const shares = coverageText(label, counters, sums, isCompared);
  if (came.outcome !== all.outcome) return doubted(judging, requirement, sums, `${shares}; of those that came, ${withoutRate(came)}; with the others as no, ${withoutRate(all)}`);
  if (came.outcome !== "fail" && isShownUnequal(judging, requirement, sums)) return doubted(judging, requirement, sums, shares);
  if (came.outcome !== "not-enough-evidence" || least >= NEARLY_ALL || sums.candidate.n === 0) return believed(came);
  return { evidence: { ...came, reason: `${came.reason}; ${shares}` }, doubt: shares };
}

/**
 * An outcome that is missing has no value. Both arms' outcomes may be missing alike, which a pass must have shown; against a constant nearly all must be
 * there: then what is missing would have to lie off by the constant itself to move the mean by the smallest harm.
 */
function judgeNumbers(judging: Judging, requirement: LabelRate, sums: ArmSums): Told {
  const { plan, stage, counters } = judging;
  const isCompared = requirement.bound.kind === "control";
  const shares = coverageText(requirement.label, counters, sums, isCompared);
  if (isShownUnequal(judging, requirement, sums)) return doubted(judging, requirement, sums, shares);
  const came = judgeSums(judging, requirement, sums);
  if (came.outcome !== "pass") return believed(came);
  if (!isCompared) {
    return (coverage(counters.candidate, sums.candidate) ?? 0) >= NEARLY_ALL ? believed(came) : doubted(judging, requirement, sums, `${shares}, and ${percent(NEARLY_ALL)} are needed`);
  }
  if (shownEqual(counters, sums, { within: SMALLEST_HARM, alpha: plan.alpha, tightestAt: plannedUnits(plan, stage) })) return believed(came);
  return doubted(judging, requirement, sums, `${shares}, not shown to be equal within ${percent(SMALLEST_HARM)}`);
}

/** In both arms together; a label of which nothing came has no answers at all. */
const onlyYes = ({ candidate, control }: ArmSums): boolean => candidate.n + control.n > 0 && candidate.y === candidate.n && control.y === control.n;

/** Units with an outcome are not as many in either arm as its share says. */
function isShownUnequal({ split }: Judging, { bound }: LabelRate, { candidate, control }: ArmSums): boolean {
  return bound.kind === "control" && split > 0 && split < 1 && sampleRatioMismatch([candidate.units, control.units], [split, 1 - split]);
}

/** In a sentence that names the label already. */
const withoutRate = ({ reason }: Evidence): string => reason.replace(/^rate\(.*?\): /, "");

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
