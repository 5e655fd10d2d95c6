/**
 * Tests of rates that may be looked at after every request: e-processes. Under the null hypothesis the expected value of E
 * never exceeds 1, so E reaches 1/α at any time with probability at most α (Ville's inequality). Nothing is lost by looking.
 */

/** Ratios of rates that evidence is spread over, log-spaced, equally weighted: from a 5% increase to a twentyfold one. */
const RATIOS: readonly number[] = logSpaced(1.05, 20, 24);

export function logSpaced(low: number, high: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** ln Σ e^x / n without overflow. */
export function logMeanExp(values: readonly number[]): number {
  const top = Math.max(...values);
  if (!Number.isFinite(top)) return top;
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0) / values.length);
}

/** 0 · ln 0 is 0 in a likelihood. */
const times = (count: number, logarithm: number): number => (count === 0 ? 0 : count * logarithm);

/**
 * ln E against "each of `trials` is a success with probability at most `probability`", for `successes` among them:
 * E = Σ π_j (θ_j/w)^s ((1 − θ_j)/(1 − w))^(m − s), θ_j = r_j·w/(r_j·w + 1 − w).
 * With w the candidate's share, m all errors and s those of the candidate, it tests "the candidate errs no more than control"
 * (Lindon & Malek 2022, arXiv 2011.03567); with w a bound, m requests and s errors it tests "the rate is at most w".
 */
export function logEvidenceAgainstShare(counts: { readonly successes: number; readonly trials: number; readonly probability: number }): number {
  const { successes: s, trials: m, probability: w } = counts;
  if (w >= 1) return 0;
  if (w <= 0) return s > 0 ? Infinity : 0;
  return logMeanExp(
    RATIOS.map((r) => {
      const theta = (r * w) / (r * w + 1 - w);
      return times(s, Math.log(theta / w)) + times(m - s, Math.log((1 - theta) / (1 - w)));
    }),
  );
}

export interface TwoArmErrors {
  readonly candidate: { readonly units: number; readonly errors: number };
  readonly control: { readonly units: number; readonly errors: number };
  /** Share of units the candidate answers; 0.5 when both answer everything (shadow). */
  readonly share: number;
  /** The hypothesis is: candidate's rate ≤ control's rate · factor + offset. */
  readonly factor: number;
  readonly offset: number;
}

/**
 * ln E against "candidate's error rate ≤ factor · control's + offset".
 *
 * Each unit (in the candidate with probability w) gives Z = X·1{candidate}/w − factor·X·1{control}/(1 − w) − offset, whose mean under
 * the hypothesis is at most 0, so Π(1 + λZ) is a supermartingale for any fixed 0 ≤ λ < 1/(factor/(1 − w) + offset): capital won
 * by betting against it (Waudby-Smith & Ramdas 2024, arXiv 2010.09686). The product depends on counts only. λ_j is set so
 * that for offset 0 this is exactly Lindon & Malek's mixture over r_j: λ_j = λmax · w·f·(r_j − 1)/(r_j·w·f + 1 − w).
 * Rates may drift as long as both arms drift together: an outage that hits everybody is no evidence.
 */
export function logEvidenceOfMoreErrors(arms: TwoArmErrors): number {
  const { candidate, control, share: w, factor: f, offset } = arms;
  if (w <= 0 || w >= 1) return 0;
  const errors = candidate.errors + control.errors;
  if (f === 0) return logEvidenceAgainstShare({ successes: candidate.errors, trials: candidate.units, probability: offset });
  // A negative offset asks for fewer errors than control: every unit without an error then counts for the hypothesis a little less.
  const largest = 1 / (f / (1 - w) + Math.max(0, offset));
  return logMeanExp(
    RATIOS.map((r) => {
      const bet = (largest * w * f * (r - 1)) / (r * w * f + 1 - w);
      return (
        times(candidate.errors, Math.log1p(bet * (1 / w - offset))) +
        times(control.errors, Math.log1p(-bet * (f / (1 - w) + offset))) +
        times(candidate.units + control.units - errors, Math.log1p(-bet * offset))
      );
    }),
  );
}

/** The logarithm that E must reach: ln(1/α). */
export function evidenceNeeded(alpha: number): number {
  return -Math.log(alpha);
}
