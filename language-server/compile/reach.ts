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
