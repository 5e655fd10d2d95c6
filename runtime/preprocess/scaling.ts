/** What an input's numbers are in the train part → how a number is scaled, the same in the fit and in the graph. Pure. */
import type { FittedScalar } from "./fitted.ts";

/** Of the finite values of an input; all 0 when there are none. */
export interface Range {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** For `robust`, of the finite values. `widths` are those of the middle 50%, 90% and 98%, and of all. */
export interface Middle {
  readonly median: number;
  readonly widths: readonly number[];
}

export type ScalarEncoding = "number" | "standardize" | "robust" | "normalize";

type Scaling = Omit<FittedScalar, "kind" | "indicator">;

/** Squares of larger numbers leave the range of a double: fit and graph take this for whatever is beyond. */
export const largest = 1e100;

/**
 * So many deviations beyond the train part's least and greatest a number counts, and no more. A line goes on a good way; a column that was 5 ± 1e-9
 * in training and is 5.1 when served does not become 100,000,000.
 */
const furtherDeviations = 10;

/** Of the middle half's width, on either side of the median. */
const robustReach = 5;

/** A number that FLOAT rounds by more than this share of the deviation has lost what tells it from the others. */
const tolerableRounding = 1e-3;
/** Half a unit in the last of FLOAT's 24 binary digits, of a number of size 1. */
const halfUnit = 2 ** -24;

export function scaling(kind: ScalarEncoding, range: Range, middle: Middle | undefined): Scaling {
  switch (kind) {
    case "number": return centred(range);
    case "standardize": return standardized(range);
    case "normalize": return { shift: range.low, scale: range.high > range.low ? 1 / (range.high - range.low) : 0, low: 0, high: 1 };
    case "robust": return robust(middle ?? { median: 0, widths: [] });
  }
}

const asItIs: Scaling = { shift: 0, scale: 1, low: null, high: null };

/** Of equal values the computed deviation may be a rounding error above 0. */
export const varies = ({ low, high, deviation }: Range): boolean => low < high && deviation > 0;

/** As it is; but where FLOAT could not tell the values apart, less their mean, which the first layer's bias takes up. */
function centred(range: Range): Scaling {
  const rounding = Math.max(Math.abs(range.low), Math.abs(range.high)) * halfUnit;
  return varies(range) && rounding > tolerableRounding * range.deviation ? { ...asItIs, shift: range.mean } : asItIs;
}

function standardized(range: Range): Scaling {
  const { mean, deviation, low, high } = range;
  if (!varies(range)) return { shift: mean, scale: 0, low: null, high: null };
  const of = (value: number): number => (value - mean) / deviation;
  return {
    shift: mean, scale: 1 / deviation,
    low: Math.max(of(-largest), of(low) - furtherDeviations), high: Math.min(of(largest), of(high) + furtherDeviations),
  };
}

/** Where the middle half is one value, by the next wider part that is not. */
function robust({ median, widths }: Middle): Scaling {
  const width = widths.find((each) => each > 0) ?? 0;
  return { shift: median, scale: width > 0 ? 1 / width : 0, low: -robustReach, high: robustReach };
}
