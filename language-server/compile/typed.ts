/** An expression after checking: its type, its compiled form, and what is known about its value. */
import type { Expression, Literal } from "../../grammar/compiled-spec/index.ts";
import { type, valueType, type Type } from "../types/type.ts";

export interface Typed {
  readonly type: Type;
  readonly code: Expression;
  /** The value is never below this: then `log1p` of a count cannot be null. */
  readonly low?: number;
}

export const typed = (t: Type, code: Expression, low?: number): Typed => (low === undefined ? { type: t, code } : { type: t, code, low });

export function literal(t: Type, value: Literal["value"]): Typed {
  return typed(t, { op: "literal", type: valueType(t), value }, typeof value === "number" ? value : undefined);
}

export const callOf = (t: Type, fn: string, args: readonly Typed[], low?: number): Typed =>
  typed(t, { op: "call", type: valueType(t), fn, args: args.map((a) => a.code) }, low);

/** An int where a float is needed: literals are rewritten, everything else goes through `float(…)`. */
export function toFloat(value: Typed): Typed {
  if (value.type.kind !== "int") return value;
  const t = type("float", value.type.nullable);
  if (value.code.op === "literal") return typed(t, { ...value.code, type: valueType(t) }, value.low);
  return callOf(t, "float", [value], value.low);
}

/** Arguments that must have one kind: ints among floats become floats, a `null` takes the others' type. */
export function alike(values: readonly Typed[]): readonly Typed[] {
  const wide = values.some((v) => v.type.kind === "float" || v.type.kind === "share");
  const sample = values.find((v) => v.type.kind !== "null");
  return values.map((v) => {
    if (v.type.kind === "null" && sample !== undefined) return literal(type(wide ? "float" : sample.type.kind, true), null);
    return wide ? toFloat(v) : v;
  });
}

/** Literals only: `price * 2` multiplies floats, without a cast of columns. */
export function widenLiterals(values: readonly Typed[]): readonly Typed[] {
  const wide = values.some((v) => v.type.kind === "float" || v.type.kind === "share");
  return wide ? values.map((v) => (v.code.op === "literal" ? toFloat(v) : v)) : values;
}
