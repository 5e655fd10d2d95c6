/** Values that are known while compiling: `15m`, `480k / 1d`, `-1.5h`, `["?"]`. Readers report and return undefined when the value does not fit. */
import {
  isBinary, isGroup, isInstant, isList, isQuantity, isReference, isText, isTruth, isUnary,
  type Expression,
} from "../../grammar/generated/ast.ts";
import { parseQuantity, showDuration } from "../language/quantity.ts";
import { arithmetic } from "../types/operators.ts";
import { inWords, isNumeric, type, type Type } from "../types/type.ts";
import { textOf, type Context } from "./context.ts";
import type { Shape } from "../vocabulary/shape.ts";
import { showShape } from "../vocabulary/shape.ts";

export interface Constant {
  readonly type: Type;
  /** Milliseconds, 0 to 1, bytes, per millisecond, or the number itself. */
  readonly value: number;
}

/** Undefined when it is not a constant number, or when its units do not fit (which was reported). The value may be infinite: `1 / 0`, `1e999`. */
export function numberOf(e: Expression | undefined, context: Context): Constant | undefined {
  if (e === undefined) return undefined;
  if (isGroup(e)) return numberOf(e.inner, context);
  if (isQuantity(e)) {
    const quantity = parseQuantity(e.text);
    return { type: type(quantity.dimension), value: quantity.value };
  }
  if (isUnary(e) && e.operator === "-") {
    const inner = numberOf(e.operand, context);
    return inner && { type: inner.type, value: -inner.value };
  }
  if (!isBinary(e)) return undefined;
  const left = numberOf(e.left, context);
  const right = numberOf(e.right, context);
  if (left === undefined || right === undefined) return undefined;
  const outcome = arithmetic(e.operator, { type: left.type, text: textOf(e.left) }, { type: right.type, text: textOf(e.right) });
  if ("error" in outcome) return context.report(e, "type-mismatch", outcome.error, { hint: outcome.hint });
  return { type: outcome.type, value: compute(e.operator, left.value, right.value) };
}

/** Division by zero, or more than a number of 64 bits can hold (about 1.8e308). */
export const notFinite = (e: Expression, context: Context): undefined => context.report(e, "out-of-range", `\`${textOf(e)}\` is not a finite number`);

function compute(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return a / b;
    case "%": return a % b;
    case "^": return a ** b;
    default: return Number.NaN;
  }
}

export interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Not allowed themselves. */
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

export type NumberShape = "duration" | "share" | "int" | "number" | "rate";

const accepts: Readonly<Record<NumberShape, (t: Type) => boolean>> = {
  duration: (t) => t.kind === "duration",
  share: (t) => t.kind === "share" || t.kind === "float" || t.kind === "int",
  int: (t) => t.kind === "int",
  number: isNumeric,
  rate: (t) => t.kind === "rate",
};

/** `what` names the property or argument: "`timeout`". */
export function readNumber(e: Expression | undefined, shape: NumberShape, what: string, context: Context, bounds: Bounds = {}): number | undefined {
  if (e === undefined) return undefined;
  const constant = numberOf(e, context);
  if (constant === undefined) return expected(e, { kind: shape }, what, context);
  if (!accepts[shape](constant.type)) {
    const isWhole = shape === "int" && isNumeric(constant.type);
    return context.report(e, "type-mismatch", `${what} expects ${showShape({ kind: shape })}${isWhole ? "" : `, but this is ${inWords(constant.type)}`}`);
  }
  const limits = shape === "share" ? { min: 0, max: 1, ...bounds } : bounds;
  return inBounds(e, constant.value, shape, what, limits, context);
}

function inBounds(e: Expression, value: number, shape: NumberShape, what: string, { min, max, above, below }: Bounds, context: Context): number | undefined {
  const show = (n: number): string => (shape === "duration" ? showDuration(n) : shape === "share" && Number.isFinite(n * 100) ? `${n * 100}%` : String(n));
  if (!Number.isFinite(value)) return context.report(e, "out-of-range", `${what} is not a finite number: ${textOf(e)}`);
  if (above !== undefined && value <= above) return context.report(e, "out-of-range", `${what} must be more than ${show(above)}, but this is ${show(value)}`);
  if (below !== undefined && value >= below) return context.report(e, "out-of-range", `${what} must be less than ${show(below)}, but this is ${show(value)}`);
  if (min !== undefined && value < min) return context.report(e, "out-of-range", `${what} must be at least ${show(min)}, but this is ${show(value)}`);
  if (max !== undefined && value > max) return context.report(e, "out-of-range", `${what} must be at most ${show(max)}, but this is ${show(value)}`);
  return value;
}

/** Reports that something else was expected; silent about unresolved names, which the linker reports. */
export function expected(e: Expression, shape: Shape, what: string, context: Context): undefined {
  if (isReference(e) && e.target.ref === undefined) return undefined;
  return context.report(e, "type-mismatch", `${what} expects ${showShape(shape)}`);
}

export function readText(e: Expression | undefined, what: string, context: Context): string | undefined {
  if (e === undefined) return undefined;
  return isText(e) ? e.value : expected(e, { kind: "text" }, what, context);
}

export function readTruth(e: Expression | undefined, what: string, context: Context): boolean | undefined {
  if (e === undefined) return undefined;
  return isTruth(e) ? e.text === "true" : expected(e, { kind: "bool" }, what, context);
}

/** A list, or one thing that stands for a list of one. */
export const itemsOf = (e: Expression | undefined): readonly Expression[] => (e === undefined ? [] : isList(e) ? e.items : [e]);

export function readTexts(e: Expression | undefined, what: string, context: Context): string[] {
  return itemsOf(e).map((item) => readText(item, what, context)).filter((t) => t !== undefined);
}

/** ISO 8601 in UTC: a date, or a timestamp with milliseconds. */
export function readInstant(e: Expression | undefined, what: string, context: Context): string | undefined {
  if (e === undefined) return undefined;
  if (!isInstant(e)) return expected(e, { kind: "instant" }, what, context);
  return instantOf(e.text) ?? context.report(e, "invalid-date", `there is no ${e.text} in the calendar`);
}

export function instantOf(text: string): string | undefined {
  const [day = "", time] = text.replace(/Z$/, "").split("T");
  const parsed = new Date(`${day}T${time ?? "00:00"}Z`);
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day) return undefined;
  return time === undefined ? day : parsed.toISOString();
}
