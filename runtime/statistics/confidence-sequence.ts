/**
 * Bounds on a mean that hold at all times at once, so that they may be read after every outcome: the asymptotic confidence sequence of
 * Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024 (Annals of Statistics 52(6), arXiv 2103.06476).
 */

/** Sums over units: a unit (a shopper) has `n` outcomes (its requests) that sum to `y`. With one outcome per unit n = 1 throughout. */
export interface OutcomeSums {
  readonly units: number;
  /** Σ n, Σ y, Σ n², Σ n·y, Σ y² over units. */
  readonly n: number;
  readonly y: number;
  readonly nn: number;
  readonly ny: number;
  readonly yy: number;
}

export const noOutcomes: OutcomeSums = { units: 0, n: 0, y: 0, nn: 0, ny: 0, yy: 0 };

/** Mean outcome Σy/Σn; NaN without outcomes. */
export function meanOutcome(sums: OutcomeSums): number {
  return sums.y / sums.n;
}

/**
 * Variance of one unit's contribution to the mean, e = (y − R·n)/n̄: the delta method for a ratio of sums, so that a shopper with many
 * requests counts as one observation (Deng, Knoblich & Lu 2018, arXiv 1803.06336). With n = 1 it is the plain variance.
 */
export function unitVariance(sums: OutcomeSums): number {
  if (sums.units < 2) return Infinity;
  const rate = meanOutcome(sums);
  const terms = [sums.yy, -2 * rate * sums.ny, rate * rate * sums.nn];
  const squares = terms.reduce((sum, term) => sum + term, 0);
  // Where the terms cancel to less than they are rounded by, the variance is not known to be smaller than that: an interval must never be too narrow.
  const rounding = CANCELLATION * terms.reduce((sum, term) => sum + Math.abs(term), 0);
  const spread = Math.abs(squares) > rounding || isExact(sums) ? Math.max(0, squares) : rounding;
  return spread / (sums.units - 1) / (sums.n / sums.units) ** 2;
}

/** Rounding of sums over many units, as a share of them. */
const CANCELLATION = 1e-9;

/** Sums of whole numbers this small are exact, as those of yes and no are: a variance of nothing is nothing then. */
const isExact = ({ y, yy, nn }: OutcomeSums): boolean => Number.isInteger(y) && Number.isInteger(yy) && Math.max(Math.abs(y), yy, nn) < 2 ** 40;

/** How many events the mean rests on: (Σy)²/Σy². For yes/no outcomes, one per unit, it is the number of yes. */
export function effectiveEvents(sums: OutcomeSums): number {
  return sums.yy === 0 ? 0 : (sums.y * sums.y) / sums.yy;
}

export interface MeanComparison {
  readonly candidate: OutcomeSums;
  /** Null compares with the constant `offset`. */
  readonly control: OutcomeSums | null;
  readonly factor: number;
  readonly offset: number;
}

export interface Difference {
  /** candidate − (factor · control + offset). */
  readonly estimate: number;
  readonly standardError: number;
  /** Units in all, over both arms. */
  readonly units: number;
}

/**
 * The difference of means and its standard error. With assignment by chance the units form one sequence of t = n₁ + n₀ independent
 * scores Z = m₁ − f·m₀ − o + 1{candidate}(X − m₁)/w − f·1{control}(X − m₀)/(1 − w), the augmented inverse-probability scores of section 3 of the
 * paper with the arm means as the regression; their mean is the difference of means and σ²/t = v₁/n₁ + f²·v₀/n₀ for any split w.
 *
 * The larger of the arms' variances stands for the candidate's: few outcomes show too small a variance exactly when they show
 * too small a rate, and judging by it alone would fail healthy candidates.
 */
export function difference({ candidate, control, factor, offset }: MeanComparison): Difference {
  if (control === null) {
    return {
      estimate: meanOutcome(candidate) - offset,
      standardError: Math.sqrt(unitVariance(candidate) / candidate.units),
      units: candidate.units,
    };
  }
  const controlVariance = unitVariance(control);
  const candidateVariance = Math.max(unitVariance(candidate), controlVariance);
  return {
    estimate: meanOutcome(candidate) - factor * meanOutcome(control) - offset,
    standardError: Math.sqrt(candidateVariance / candidate.units + (factor * factor * controlVariance) / control.units),
    units: candidate.units + control.units,
  };
}

/**
 * Half-width of the one-sided sequence at level α for either side, in units of the difference:
 * σ·√[2(tρ² + 1)/(t²ρ²) · ln(1 + √(tρ² + 1)/(2α))]; section B.1 of the paper, with σ = standardError·√t. It is tightest near
 * t = `tightestAt`, which must be chosen before the data are seen: ρ = √[(−2 ln 2α + ln(−2 ln 2α + 1))/N*].
 */
export function halfWidth(found: Difference, alpha: number, tightestAt: number): number {
  const t = found.units;
  const log = -2 * Math.log(Math.min(0.999, 2 * alpha));
  const rhoSquared = (log + Math.log(log + 1)) / Math.max(1, tightestAt);
  const spread = t * rhoSquared + 1;
  return found.standardError * Math.sqrt(((2 * spread) / (t * rhoSquared)) * Math.log(1 + Math.sqrt(spread) / (2 * alpha)));
}
