/** What an expression is in every row, as far as that can be said without a row: so that what never has a value is refused where it is written. */
import { fold, functionByName, type Call, type Conditional, type Expression, type Literal } from "../../grammar/compiled-spec/index.ts";

type Value = Literal["value"];

/** Undefined: it depends on the row, or is not worked out here. A number that is not finite is null, as where it is run. */
export const knownValue: (expression: Expression) => Value | undefined = fold<Value | undefined>((part, of) => {
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
  const [yes, no] = [of(then), of(otherwise)];
  return yes === no ? yes : undefined;
}

function called({ fn, args: parts }: Call, args: readonly (Value | undefined)[]): Value | undefined {
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
  return Number.isFinite(value) ? value : null;
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
