/** What an expression is in every row, as far as that can be said without a row: so that what never has a value is refused where it is written. */
import { fold, functionByName, type Call, type Conditional, type Expression, type Literal } from "../../grammar/compiled-spec/index.ts";

type Value = Literal["value"];

/** Undefined: it depends on the row, or is not worked out here. A number that is not finite is null in the end, as where it is run; on the way it is a number. */
export const knownValue: (expression: Expression) => Value | undefined = fold<Value | undefined>(
  (part, of) => {
    const value = computed(part);
    if (typeof value === "number" && !Number.isFinite(value)) return null;
    return value === undefined && part.op === "if" ? same(of(part.then), of(part.else)) : value;
  },
  (part) => (part.op === "if" ? [part.then, part.else] : []),
);

const same = (a: Value | undefined, b: Value | undefined): Value | undefined => (a === b ? a : undefined);

const computed: (expression: Expression) => Value | undefined = fold<Value | undefined>((part, of) => {
  switch (part.op) {
    case "literal": return part.value;
    case "column": case "aggregate": return undefined;
    case "if": return branch(part, of);
    case "call": return called(part, part.args.map(of));
  }
});

function branch({ when, then, else: otherwise }: Conditional, of: (part: Expression) => Value | undefined): Value | undefined {
  const known = of(when);
  if (known !== undefined) return of(known === true ? then : otherwise);
  return same(of(then), of(otherwise));
}

function called({ fn, type, args: parts }: Call, args: readonly (Value | undefined)[]): Value | undefined {
  const [first, second] = args;
  if (fn === "is_null") return first === undefined ? undefined : first === null;
  if (fn === "coalesce") return first === null ? second : first;
  if (fn === "and" || fn === "or") return undefined;
  if (functionByName.get(fn)?.nulls === "propagate" && args.some((value) => value === null)) return null;
  if ((fn === "divide" || fn === "modulo") && second === 0) return null;
  const compute = arithmetic[fn];
  // Times and durations have an arithmetic of their own.
  if (compute === undefined || parts.some(({ type: { kind } }) => kind !== "int" && kind !== "float")) return undefined;
  if (!args.every((value) => typeof value === "number")) return undefined;
  const value = compute(...args as number[]);
  // Whole numbers have 64 bits where it is run, and none beyond.
  return type.kind !== "int" || Number.isSafeInteger(value) ? value : undefined;
}

const arithmetic: Readonly<Record<string, (...numbers: number[]) => number>> = Object.assign(Object.create(null) as object, {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  modulo: (a: number, b: number) => a % b,
  negate: (a: number) => -a,
  power: (a: number, b: number) => a ** b,
  abs: Math.abs, sqrt: Math.sqrt, exp: Math.exp, log: Math.log, log1p: Math.log1p, floor: Math.floor, ceil: Math.ceil, sin: Math.sin, cos: Math.cos, int: Math.trunc,
  round: (x: number) => Math.sign(x) * Math.round(Math.abs(x)),
  float: (x: number) => x,
  least: Math.min, greatest: Math.max,
  clip: (x: number, low: number, high: number) => Math.min(Math.max(x, low), high),
});
