/** Bounds beyond what a measure can be: a gate that can never fail guards nothing, and one that can never pass stops everything. */
import type { Comparison } from "../../grammar/compiled-spec/index.ts";
import type { Expression } from "../../grammar/generated/ast.ts";
import type { Context } from "./context.ts";

export interface Reach {
  readonly low: number;
  readonly high: number;
}

/** For messages: `12.5%`. */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(10))}%`;

/** Of shares and rates. */
export const fraction: Reach = { low: 0, high: 1 };

/** For messages, of metrics. */
export const plainly = (value: number): string => String(Number(value.toPrecision(6)));

export const decides = "A bound decides something when some can meet it and others cannot.";

/** The bound, or a report that it decides nothing. `what` begins a sentence: "a rate", "`auc`". */
export function deciding(value: number, comparison: Comparison, { low, high }: Reach, at: Expression, what: string, show: (n: number) => string, context: Context): number | undefined {
  const say = (verdict: string, side: string): undefined => context.report(at, "out-of-range", `this can never ${verdict}: ${what} is ${side}`, { hint: decides });
  const atLeast = `at least ${show(low)}`;
  const atMost = `at most ${show(high)}`;
  switch (comparison) {
    case ">=": return value <= low ? say("fail", atLeast) : value > high ? say("pass", atMost) : value;
    case ">": return value < low ? say("fail", atLeast) : value >= high ? say("pass", atMost) : value;
    case "<=": return value >= high ? say("fail", atMost) : value < low ? say("pass", atLeast) : value;
    case "<": return value > high ? say("fail", atMost) : value <= low ? say("pass", atLeast) : value;
  }
}

/** `factor` × what is compared with + `offset`; what is compared with is a value of the same measure. */
export interface Beside {
  readonly name: string;
  readonly factor: number;
  readonly offset: number;
}

/** Where a bound decides for fewer of all the values that it is compared with, it is as good as none. */
const leastShare = 1e-6;

/** True, or undefined and a report that the bound decides nothing, whatever it is compared with or nearly so. */
export function decidingBeside({ name, factor, offset }: Beside, comparison: Comparison, reach: Reach, at: Expression, what: string, show: (n: number) => string, context: Context): true | undefined {
  if (factor === 0) return context.report(at, "out-of-range", `\`${name}\` has no weight in this bound: it would not be compared with`, { hint: `For example \`${name} * 99%\`.` });
  const { passing, failing } = whereItDecides({ factor, offset }, comparison, reach);
  const asksForMore = comparison.startsWith(">");
  const say = (verdict: string, { only }: Part, side: string): undefined =>
    context.report(at, "out-of-range", `this can never ${verdict}${only === undefined ? `, whatever \`${name}\` is` : ` unless \`${name}\` is as good as ${show(only)}`}: ${what} is ${side}`, { hint: decides });
  const [atLeast, atMost] = [`at least ${show(reach.low)}`, `at most ${show(reach.high)}`];
  if (failing.share < leastShare) return say("fail", failing, asksForMore ? atLeast : atMost);
  if (passing.share < leastShare) return say("pass", passing, asksForMore ? atMost : atLeast);
  return true;
}

/** The values to compare with for which some value passes, and those for which some value fails. The factor is not 0. */
export function whereItDecides({ factor, offset }: Pick<Beside, "factor" | "offset">, comparison: Comparison, reach: Reach): { readonly passing: Part; readonly failing: Part } {
  const isStrict = !comparison.endsWith("=");
  const up = comparison.startsWith(">") ? 1 : -1;
  const [worst, best] = up > 0 ? [reach.low, reach.high] : [-reach.high, -reach.low];
  // Something passes where the bound is not beyond the best, and something fails where the bound is beyond the worst.
  return {
    passing: within({ factor: up * factor, offset: up * offset }, best, isStrict, reach),
    failing: within({ factor: -up * factor, offset: -up * offset }, -worst, !isStrict, reach),
  };
}

interface Part {
  readonly share: number;
  /** The end where it lies; undefined: there is none of it. */
  readonly only: number | undefined;
}

/** The part of a reach where `factor` × value + `offset` is at most `limit`, or with `open` below it. Of a reach without end any part with a length is all of it. */
function within({ factor, offset }: Pick<Beside, "factor" | "offset">, limit: number, open: boolean, { low, high }: Reach): Part {
  if (limit === Infinity) return { share: 1, only: undefined };
  const turn = (limit - offset) / factor;
  const length = factor > 0 ? Math.min(high, turn) - low : high - Math.max(low, turn);
  const end = factor > 0 ? low : high;
  const atEnd = factor * end + offset;
  return { share: length <= 0 ? 0 : Number.isFinite(high - low) ? length / (high - low) : 1, only: atEnd < limit || (!open && atEnd === limit) ? end : undefined };
}
