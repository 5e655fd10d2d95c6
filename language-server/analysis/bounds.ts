/**
 * What requirements ask for, as bounds that can be compared: `auc >= 0.7` is a lower bound of `auc`, and `price in 1..50` two bounds of `price`. Two bounds of one
 * subject are compared component by component: `control * 99% - 1%` by its offset and its factor, since a rate is not negative, and `latency.p99 < 20ms` by the
 * time and the quantile, since of a smaller part of the requests less is asked. Where neither is the stronger, nothing is said.
 */
import { everyPart, rangeOfMetric, type Call, type Evaluation, type Expectation, type Expression, type MetricRequirement, type Origin, type Slo, type StageRequirement } from "../../grammar/compiled-spec/index.ts";

type Limit = readonly [number, number];
export const [atLeast, atMost] = [1, -1] as const;

export interface Bound {
  /** What is bounded. Bounds of different subjects are never compared. */
  readonly subject: string;
  readonly side: typeof atLeast | typeof atMost;
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

const strengthOf = ({ side, limit: [a, b] }: Bound): Limit => [side * a, side * b];

/** True when whatever meets `a` meets `b`. */
export function implies(a: Bound, b: Bound): boolean {
  if (a.subject !== b.subject || a.side !== b.side) return false;
  const [[a0, a1], [b0, b1]] = [strengthOf(a), strengthOf(b)];
  return a0 >= b0 && a1 >= b1 && (a0 > b0 || a1 > b1 || a.strict || !b.strict);
}

/** True when nothing meets both of one subject (but for a control or baseline of exactly 0). */
export function excludes(low: Bound, high: Bound): boolean {
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
  return bound(subject, comparison.startsWith(">") ? atLeast : atMost, limit, !comparison.endsWith("="));
}

export const evaluationDemands = ({ requirements }: Evaluation): readonly Demand[] => requirements.map((r) => demand(r, [metricBound(r)]));

function metricBound({ metric, by, comparison, bound: to }: MetricRequirement): Bound {
  if (to.kind === "constant") return compared(JSON.stringify([metric, by]), comparison, [to.value, 0]);
  const { offset, factor, ...reference } = to;
  // Of `r2`, which may be negative, a larger factor is no larger bound.
  return compared(JSON.stringify([metric, by, reference, rangeOfMetric[metric].low < 0 && factor]), comparison, [offset, factor]);
}

export const stageDemands = (requirements: readonly StageRequirement[]): readonly Demand[] => requirements.map((r) => demand(r, [stageBound(r)]));

function stageBound(r: StageRequirement): Bound {
  switch (r.kind) {
    case "latency": return bound(r.kind, atMost, [r.maxMs, -r.quantile]);
    case "disagreement": return bound(r.kind, atMost, [r.max, r.tolerance]);
    case "error-rate": return rateBound(r.kind, r);
    case "label-rate": return rateBound(`${r.kind} ${r.label}`, r);
  }
}

function rateBound(subject: string, { comparison, bound: to }: Extract<StageRequirement, { bound: unknown }>): Bound {
  return to.kind === "constant" ? compared(subject, comparison, [to.value, 0]) : compared(`${subject} beside ${to.kind}`, comparison, [to.offset, to.factor]);
}

export const contractDemands = (expect: readonly Expectation[]): readonly Demand[] => expect.map(contractDemand);

function contractDemand(e: Expectation): Demand {
  switch (e.kind) {
    case "rows": return demand(e, between(`rows per ${String(e.perMs)}`, e.low, e.high));
    case "distinct": return demand(e, between(`distinct ${e.column}`, e.low, e.high));
    case "missing": return demand(e, [bound(`missing ${e.column}`, atMost, [e.max, 0], e.strict === true)]);
    // What a share of the rows satisfies says nothing of the others.
    case "each": return e.maxShare === 0 ? conditionDemand(e, e.condition) : demand(e, []);
  }
}

const between = (subject: string, low: number | null, high: number | null): readonly Bound[] =>
  [...(low === null ? [] : [bound(subject, atLeast, [low, 0])]), ...(high === null ? [] : [bound(subject, atMost, [high, 0])])];

/** Of each row: comparisons of a column with a number or time, joined by `and`. */
export function conditionDemand(at: Pick<Demand, "origin" | "text">, condition: Expression): Demand {
  const isAnd = (part: Expression): part is Call => part.op === "call" && part.fn === "and";
  const terms = [...everyPart([condition], (part) => (isAnd(part) ? part.args : []))].filter((part) => !isAnd(part)).map(boundsOfTerm);
  return demand(at, terms.flat(), terms.every((bounds) => bounds.length > 0));
}

const mirrored: Readonly<Record<string, string>> = { less: "greater", less_or_equal: "greater_or_equal", greater: "less", greater_or_equal: "less_or_equal", equal: "equal" };
const comparisons: Readonly<Record<string, (subject: string, numbers: readonly [number, ...number[]]) => readonly Bound[]>> = {
  less: (subject, [n]) => [compared(subject, "<", [n, 0])],
  less_or_equal: (subject, [n]) => [compared(subject, "<=", [n, 0])],
  greater: (subject, [n]) => [compared(subject, ">", [n, 0])],
  greater_or_equal: (subject, [n]) => [compared(subject, ">=", [n, 0])],
  equal: (subject, [n]) => between(subject, n, n),
  between: (subject, [low, high = low]) => between(subject, low, high),
};

/** None: it is no comparison of a column with constants. */
function boundsOfTerm(term: Expression): readonly Bound[] {
  if (term.op !== "call") return [];
  const [[column], [n, ...more]] = [term.args.flatMap(columnOf), term.args.flatMap(numberIn)];
  if (column === undefined || n === undefined || 2 + more.length < term.args.length) return [];
  const turned = term.args.slice(0, 1).flatMap(numberIn).length > 0;
  return comparisons[(turned ? mirrored[term.fn] : term.fn) ?? ""]?.(`value ${column}`, [n, ...more]) ?? [];
}

function columnOf(e: Expression): readonly string[] {
  if (e.op === "column") return [e.column];
  return e.op === "call" && e.fn === "float" ? e.args.flatMap(columnOf) : [];
}

function numberIn(e: Expression): readonly number[] {
  if (e.op !== "literal") return [];
  if (typeof e.value === "number") return [e.value];
  return typeof e.value === "string" && (e.type.kind === "timestamp" || e.type.kind === "date") ? [Date.parse(e.value)] : [];
}

/** Objectives in steps (99% for users, 99.9% for oneself) are meant: only what is said twice is said for nothing. */
export const objectiveDemands = (slos: readonly Slo[]): readonly Demand[] => slos.map(({ name, origin, target, indicator, objective, windowMs, respond }) =>
  demand({ origin, text: name }, [bound(JSON.stringify([target, indicator, windowMs, respond, objective]), atLeast, [objective, 0])]));
