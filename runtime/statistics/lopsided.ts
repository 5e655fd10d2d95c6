/**
 * Errors of two arms whose units are known not to be as many as was planned: some are lost in one arm, come twice, or were never sent. The share by which units fall to the
 * candidate is unknown then, so what is tested by it alone would blame a candidate for units that are merely counted twice, or (by the share that was seen) excuse one
 * whose control has few units. Both tests here hold at all times at once; `docs/rollout.md` derives them, and says what is assumed.
 */
import { evidenceNeeded, logEvidenceAgainstShare, logEvidenceOfMoreErrors, logMeanExp, logSpaced, type TwoArmErrors } from "./e-process.ts";

/** How the false alarms that are allowed are divided: two tests, each with a bound on what it does not know. They add up to 1. */
const PART = { test: 0.4, bound: 0.1 };
/** A control that erred for nobody yet is taken for one whose requirement allows at most this, however few it answered. */
const MOST_WHILE_WHOLE = 0.5;
/** How much smaller odds may be than at the bound, each equally likely: two of three units without an error speak against a rate of nearly 1. */
const RATIOS = logSpaced(1.05, 2_000, 40);

export interface Successes {
  readonly successes: number;
  readonly trials: number;
}

/**
 * The largest average probability of a success that may be true: all of them at all times lie below it with probability 1 − alpha. It is where
 * Σ π_j r_j^s / (1 + b(r_j − 1))^n, with r_j below 1, reaches 1/alpha; that grows with b. 1 without trials.
 */
export function largestRate({ successes: s, trials: n }: Successes, alpha: number): number {
  const log = (b: number): number => logMeanExp(RATIOS.map((r) => -s * Math.log(r) - n * Math.log1p(b * (1 / r - 1))));
  const enough = evidenceNeeded(alpha);
  if (log(1) < enough) return 1;
  let [low, high] = [n === 0 ? 0 : s / n, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (log(middle) < enough) low = middle;
    else high = middle;
  }
  return high;
}

/** The same by the share alone, for what fails only beside a control of the same moments: a candidate's own latency says nothing. */
export function evidenceByLargestShare(arms: Omit<TwoArmErrors, "share">, alpha: number): number {
  return byShare(arms, PART.bound * alpha) / evidenceNeeded((1 - PART.bound) * alpha);
}

/** Evidence against "candidate's error rate ≤ factor · control's + offset", as a share of what fails it at level alpha: 1 fails. */
export function evidenceWhereLopsided(arms: Omit<TwoArmErrors, "share">, alpha: number): number {
  const needed = evidenceNeeded(PART.test * alpha);
  return Math.max(byShare(arms, PART.bound * alpha), byControlsRate(arms, PART.bound * alpha)) / needed;
}

/**
 * By the largest share of the units that may be the candidate's. Without an offset E falls as the share grows, so it is at most what the true one gives (with one that is not proved); where
 * fewer errors are asked for than the control has (a negative offset) it need not, and as many are allowed here.
 */
function byShare(arms: Omit<TwoArmErrors, "share">, alpha: number): number {
  const { candidate, control, offset } = arms;
  const share = largestRate({ successes: candidate.units, trials: candidate.units + control.units }, alpha);
  return logEvidenceOfMoreErrors({ ...arms, offset: Math.max(0, offset), share });
}

/** The candidate by itself, against what the requirement allows at the largest rate that the control may have. */
function byControlsRate({ candidate, control, factor, offset }: Omit<TwoArmErrors, "share">, alpha: number): number {
  const largest = factor * largestRate({ successes: control.errors, trials: control.units }, alpha) + offset;
  const bound = control.errors === 0 ? Math.max(offset, Math.min(largest, MOST_WHILE_WHOLE)) : largest;
  return logEvidenceAgainstShare({ successes: candidate.errors, trials: candidate.units, probability: bound });
}
