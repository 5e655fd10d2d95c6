/**
 * What requirements ask for, as bounds that can be compared: `auc >= 0.7` is a lower bound of `auc`, and `price in 1..50` two bounds of `price`. Two bounds of one
 * subject are compared component by component: `control * 99% - 1%` by its offset and its factor, since a rate is not negative, and `latency.p99 < 20ms` by the
 * time and the quantile, since of a smaller part of the requests less is asked. Where neither is the stronger, nothing is said.
 */
import { everyPart, rangeOfMetric, type Call, type Evaluation, type Expectation, type Expression, type MetricRequirement, type Origin, type Slo, type StageRequirement } from "../../grammar/compiled-spec/index.ts";

type Limit = readonly [number, number];

export interface Bound {
  /** What is bounded. Bounds of different subjects are never compared. */
  readonly subject: string;
  readonly side: "low" | "high";
  readonly limit: Limit;
  readonly strict: boolean;
}

/** A requirement, or what else is asked for. */
export interface Demand {
  readonly origin: Origin;
  readonly text: string;
  readonly bounds: readonly Bound[];
  /** True when the bounds are all that it says. */
  readonly whole: boolean;
}

const strengthOf = ({ side, limit: [a, b] }: Bound): Limit => (side === "low" ? [a, b] : [-a, -b]);

/** True when whatever meets `a` meets `b`. */
export function implies(a: Bound, b: Bound): boolean {
  if (a.subject !== b.subject || a.side !== b.side) return false;
  const [[a0, a1], [b0, b1]] = [strengthOf(a), strengthOf(b)];
  return a0 >= b0 && a1 >= b1 && (a0 > b0 || a1 > b1 || a.strict || !b.strict);
}

/** True when nothing meets both (but for a control or baseline of exactly 0). */
export function excludes(low: Bound, high: Bound): boolean {
  if (low.subject !== high.subject || low.side !== "low" || high.side !== "high") return false;
  const [[l0, l1], [h0, h1]] = [low.limit, high.limit];
  return l0 >= h0 && l1 >= h1 && (l0 > h0 || l1 > h1 || low.strict || high.strict);
}

/** By falling strength: whatever implies a bound stands before it, or is as strong. */
export const byStrength = (a: Bound, b: Bound): number => {
  const [[a0, a1], [b0, b1]] = [strengthOf(a), strengthOf(b)];
  return b0 - a0 || b1 - a1 || Number(b.strict) - Number(a.strict);
};

const demand = ({ origin, text }: Pick<Demand, "origin" | "text">, bounds: readonly Bound[], whole = true): Demand => ({ origin, text, bounds, whole });
const bound = (subject: string, side: Bound["side"], limit: Limit, strict = false): Bound => ({ subject, side, limit, strict });

function compared(subject: string, comparison: string, limit: Limit): Bound {
  return bound(subject, comparison.startsWith(">") ? "low" : "high", limit, !comparison.endsWith("="));
}

export const evaluationDemands = ({ requirements }: Evaluation): readonly Demand[] => requirements.map((r) => demand(r, [metricBound(r)]));

function metricBound({ metric, by, comparison, bound: to }: MetricRequirement): Bound {
  const subject = `${metric} by ${by ?? ""}`;
  if (to.kind === "constant") return compared(subject, comparison, [to.value, 0]);
  // Of `r2`, which may be negative, a larger factor is no larger bound.
  const signed = rangeOfMetric[metric].low < 0 ? ` * ${to.factor}` : "";
  return compared(`${subject} beside ${to.kind === "baseline" ? to.baseline : "current"}${signed}`, comparison, [to.offset, signed === "" ? to.factor : 0]);
}

export const stageDemands = (requirements: readonly StageRequirement[]): readonly Demand[] => requirements.map((r) => demand(r, [stageBound(r)]));

function stageBound(r: StageRequirement): Bound {
  switch (r.kind) {
    case "latency": return bound("latency", "high", [r.maxMs, -r.quantile]);
    case "disagreement": return bound("disagreement", "high", [r.max, r.tolerance]);
    case "error-rate": case "label-rate": {
      const subject = r.kind === "error-rate" ? "errors" : `rate ${r.label}`;
      return r.bound.kind === "constant" ? compared(subject, r.comparison, [r.bound.value, 0]) : compared(`${subject} beside control`, r.comparison, [r.bound.offset, r.bound.factor]);
    }
  }
}

export const contractDemands = (expect: readonly Expectation[]): readonly Demand[] => expect.map(contractDemand);

function contractDemand(e: Expectation): Demand {
  switch (e.kind) {
    case "rows": return demand(e, between(`rows per ${e.perMs ?? ""}`, e.low, e.high));
    case "distinct": return demand(e, between(`distinct ${e.column}`, e.low, e.high));
    case "missing": return demand(e, [bound(`missing ${e.column}`, "high", [e.max, 0], e.strict ?? false)]);
    case "each": return conditionDemand(e, e.condition);
  }
}

const between = (subject: string, low: number | null, high: number | null): readonly Bound[] =>
  [...(low === null ? [] : [bound(subject, "low", [low, 0])]), ...(high === null ? [] : [bound(subject, "high", [high, 0])])];

/** Of each row: comparisons of a column with a number or time, joined by `and`. */
export function conditionDemand(at: Pick<Demand, "origin" | "text">, condition: Expression): Demand {
  const isAnd = (part: Expression): part is Call => part.op === "call" && part.fn === "and";
  const terms = [...everyPart([condition], (part) => (isAnd(part) ? part.args : []))].filter((part) => !isAnd(part)).map(boundsOfTerm);
  return demand(at, terms.flat(), terms.every((bounds) => bounds.length > 0));
}

const orders: Readonly<Record<string, string>> = { less: "<", less_or_equal: "<=", greater: ">", greater_or_equal: ">=" };
const mirrored: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** None: it is no comparison of a column with constants. */
function boundsOfTerm(term: Expression): readonly Bound[] {
  if (term.op !== "call") return [];
  const [first, second, third] = term.args;
  const [column, numbers] = [first && columnOf(first), [first, second, third].map((e) => e && numberIn(e))];
  const [of, low, high] = numbers;
  if (column !== undefined && term.fn === "between" && low !== undefined && high !== undefined) return between(`value ${column}`, low, high);
  if (column !== undefined && term.fn === "equal" && low !== undefined) return between(`value ${column}`, low, low);
  const order = orders[term.fn];
  if (order === undefined) return [];
  if (column !== undefined && low !== undefined) return [compared(`value ${column}`, order, [low, 0])];
  const other = second && columnOf(second);
  return other === undefined || of === undefined ? [] : [compared(`value ${other}`, mirrored[order] ?? order, [of, 0])];
}

function columnOf(e: Expression): string | undefined {
  if (e.op === "column") return e.column;
  const [inner] = e.op === "call" && e.fn === "float" ? e.args : [];
  return inner?.op === "column" ? inner.column : undefined;
}

function numberIn(e: Expression): number | undefined {
  if (e.op !== "literal") return undefined;
  if (typeof e.value === "number") return e.value;
  return typeof e.value === "string" && (e.type.kind === "timestamp" || e.type.kind === "date") ? Date.parse(e.value) : undefined;
}

/** Objectives in steps (99% for users, 99.9% for oneself) are meant: only what is said twice is said for nothing. */
export const objectiveDemands = (slos: readonly Slo[]): readonly Demand[] => slos.map(({ name, origin, target, indicator, objective, windowMs, respond }) =>
  demand({ origin, text: name }, [bound(JSON.stringify([target, indicator, windowMs, respond, objective]), "low", [objective, 0])]));
