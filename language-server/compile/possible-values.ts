/**
 * The values that an expression can have over all rows, as a span of numbers (of a bool 0 and 1): so that `hour_of_day(at) == 25` and `x * 0` are told where
 * they are written. Of columns nothing is assumed. What is not worked out here can be anything.
 */
import { fold, functionByName, type Aggregate, type Call, type Conditional, type Expression, type ScalarKind } from "../../grammar/compiled-spec/index.ts";

/** Null: it has no value in any row. */
export type Span = { readonly low: number; readonly high: number } | null;
type Filled = NonNullable<Span>;

const anything: Filled = { low: -Infinity, high: Infinity };
const notNegative: Filled = { low: 0, high: Infinity };
const either: Filled = { low: 0, high: 1 };
const one = (value: number): Filled => ({ low: value, high: value });
const isOne = ({ low, high }: Filled): boolean => low === high;

/** The one value that there is in all rows where there is any, or null where there is none. Undefined: there are several, or nobody knows. */
export function soleValue(expression: Expression): number | null | undefined {
  const span = possible(expression);
  if (span === null) return null;
  if (!isOne(span)) return undefined;
  // A number that is not finite is null in the end, as where it is run.
  return Number.isFinite(span.low) ? span.low : null;
}

export const possible: (expression: Expression) => Span = fold<Span>((part, of) => {
  switch (part.op) {
    case "literal": return typeof part.value === "number" || typeof part.value === "boolean" ? one(Number(part.value)) : part.value === null ? null : anything;
    case "column": return part.type.kind === "bool" ? either : anything;
    case "aggregate": return ofAggregate(part.aggregate);
    case "if": return ofBranches(part, of);
    case "call": return within(part, ofCall(part, part.args.map(of)));
  }
});

function ofAggregate({ fn, type: { kind } }: Aggregate): Span {
  if (fn === "count" || fn === "distinct") return notNegative;
  return fn === "share" || kind === "bool" ? either : anything;
}

function ofBranches({ when, then, else: otherwise }: Conditional, of: (part: Expression) => Span): Span {
  const condition = of(when);
  const mayHold = condition !== null && condition.high > 0;
  const mayNot = condition === null || condition.low < 1 || when.type.nullable;
  const [yes, no] = [of(then), of(otherwise)];
  if (!mayHold) return no;
  if (!mayNot) return yes;
  // Whether there is a value tells the rows apart, too.
  if (yes === null || no === null) return yes === no ? null : anything;
  return union(yes, no);
}

const union = (a: Filled, b: Filled): Filled => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) });

/** Whole numbers have 64 bits where it is run, and wrap or end beyond. */
function within({ type: { kind } }: Call, span: Span): Span {
  if (span === null) return null;
  if (Number.isNaN(span.low) || Number.isNaN(span.high)) return anything;
  if (kind !== "int" || (fits(span.low) && fits(span.high))) return span;
  return { low: fits(span.low) && span.low !== Infinity ? span.low : -Infinity, high: fits(span.high) && span.high !== -Infinity ? span.high : Infinity };
}

const fits = (n: number): boolean => Number.isSafeInteger(n) || !Number.isFinite(n);

const worked: ReadonlySet<ScalarKind> = new Set(["bool", "int", "float", "duration"]);

function ofCall({ fn, args: parts }: Call, args: readonly Span[]): Span {
  const [a, b] = args;
  if (fn === "and") return conjunction(args);
  if (fn === "or") return opposite(conjunction(args.map(opposite)));
  if (fn === "is_null") return a === null ? one(1) : either;
  if (fn === "coalesce") return a === null ? b ?? null : b === null ? a ?? null : a && b ? union(a, b) : anything;
  // A list or range with a null in it may still say no.
  if ((fn === "one_of" || fn === "between") && args.slice(1).includes(null)) return either;
  if (functionByName.get(fn)?.nulls === "propagate" && args.includes(null)) return null;
  const spans = args.filter((arg) => arg !== null);
  const fixed = calendar[fn];
  if (fixed !== undefined) return { low: fixed[0], high: fixed[1] };
  const compute = spanOf[fn];
  if (compute === undefined || parts.some(({ type: { kind } }) => !worked.has(kind))) return functionByName.get(fn)?.returns === "bool" ? either : anything;
  return compute(spans, parts.every(({ type: { kind } }) => kind === "int"));
}

/** As in SQL: a part that is false decides, whatever is missing. */
function conjunction(args: readonly Span[]): Span {
  const mayHold = args.every((arg) => arg !== null && arg.high > 0);
  const mayNot = args.some((arg) => arg !== null && arg.low < 1);
  return mayHold || mayNot ? { low: mayNot ? 0 : 1, high: mayHold ? 1 : 0 } : null;
}

const opposite = (span: Span): Span => span && { low: 1 - span.high, high: 1 - span.low };

const calendar: Readonly<Record<string, readonly [number, number]>> = {
  hour_of_day: [0, 23], day_of_week: [0, 6], day_of_month: [1, 31], day_of_year: [1, 366], month: [1, 12], length: [0, Infinity],
};

type Compute = (spans: readonly Filled[], areInts: boolean) => Span;

const rising = (compute: (x: number) => number): Compute => ([x = anything]) => ({ low: compute(x.low), high: compute(x.high) });
const logarithm = (compute: (x: number) => number, from: number): Compute => ([x = anything]) =>
  (x.high <= from ? null : { low: x.low <= from ? -Infinity : compute(x.low), high: compute(x.high) });
const wave = (compute: (x: number) => number): Compute => ([x = anything]) => (isOne(x) ? one(compute(x.low)) : { low: -1, high: 1 });
const comparing = (holds: (a: Filled, b: Filled) => boolean, fails: (a: Filled, b: Filled) => boolean): Compute => ([a = anything, b = anything]) =>
  (holds(a, b) ? one(1) : fails(a, b) ? one(0) : either);

const apart = (a: Filled, b: Filled): boolean => a.high < b.low || b.high < a.low;
const alike = (a: Filled, b: Filled): boolean => isOne(a) && isOne(b) && a.low === b.low;
const below = (a: Filled, b: Filled): boolean => a.high < b.low;
const notAbove = (a: Filled, b: Filled): boolean => a.high <= b.low;

const spanOf: Readonly<Record<string, Compute>> = Object.assign(Object.create(null) as object, {
  add: ([a = anything, b = anything]) => ({ low: a.low + b.low, high: a.high + b.high }),
  subtract: ([a = anything, b = anything]) => ({ low: a.low - b.high, high: a.high - b.low }),
  multiply: ([a = anything, b = anything]) => ends(a, b, (x, y) => (x === 0 || y === 0 ? 0 : x * y)),
  divide: ([a = anything, b = anything]) => quotient(a, b),
  modulo: ([a = anything, b = anything], areInts) => remainder(a, b, areInts),
  power: ([a = anything, b = anything]) => (isOne(b) && b.low === 0 ? one(1) : isOne(a) && isOne(b) ? one(a.low ** b.low) : isOne(b) && b.low % 2 === 0 ? notNegative : anything),
  negate: ([x = anything]) => ({ low: -x.high, high: -x.low }),
  abs: ([x = anything]) => (x.low >= 0 ? x : { low: Math.max(0, -x.high), high: Math.max(-x.low, x.high) }),
  sqrt: ([x = anything]) => (x.high < 0 ? null : { low: Math.sqrt(Math.max(0, x.low)), high: Math.sqrt(x.high) }),
  log: logarithm(Math.log, 0), log1p: logarithm(Math.log1p, -1),
  exp: rising(Math.exp), floor: rising(Math.floor), ceil: rising(Math.ceil), int: rising(Math.trunc), float: rising((x) => x),
  round: rising((x) => Math.sign(x) * Math.round(Math.abs(x))),
  sin: wave(Math.sin), cos: wave(Math.cos),
  least: ([a = anything, b = anything]) => least(a, b),
  greatest: ([a = anything, b = anything]) => greatest(a, b),
  clip: ([x = anything, low = anything, high = anything]) => least(greatest(x, low), high),
  not: ([x = either]) => opposite(x),
  equal: comparing(alike, apart),
  not_equal: comparing(apart, alike),
  less: comparing(below, (a, b) => notAbove(b, a)),
  less_or_equal: comparing(notAbove, (a, b) => below(b, a)),
  greater: comparing((a, b) => below(b, a), notAbove),
  greater_or_equal: comparing((a, b) => notAbove(b, a), below),
  between: ([x = anything, low = anything, high = anything]) => (below(x, low) || below(high, x) ? one(0) : notAbove(low, x) && notAbove(x, high) ? one(1) : either),
  one_of: ([x = anything, ...items]) => (items.every((item) => apart(x, item)) ? one(0) : items.some((item) => alike(x, item)) ? one(1) : either),
} satisfies Record<string, Compute>);

function ends(a: Filled, b: Filled, compute: (x: number, y: number) => number): Filled {
  const all = [compute(a.low, b.low), compute(a.low, b.high), compute(a.high, b.low), compute(a.high, b.high)];
  return { low: Math.min(...all), high: Math.max(...all) };
}

const least = (a: Filled, b: Filled): Filled => ({ low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) });
const greatest = (a: Filled, b: Filled): Filled => ({ low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) });

function quotient(a: Filled, b: Filled): Span {
  if (isOne(b) && b.low === 0) return null;
  if (isOne(a) && a.low === 0) return one(0);
  return b.low > 0 || b.high < 0 ? ends(a, b, (x, y) => x / y) : anything;
}

/** It has the sign of the dividend. */
function remainder(a: Filled, b: Filled, areInts: boolean): Span {
  if (isOne(b) && b.low === 0) return null;
  if (isOne(a) && isOne(b)) return one(a.low % b.low);
  const most = Math.max(Math.abs(b.low), Math.abs(b.high)) - (areInts ? 1 : 0);
  return { low: a.low >= 0 ? 0 : -most, high: a.high <= 0 ? 0 : most };
}
