/** Row expressions: checks types and compiles in one walk. Where names come from, and which calls mean more, is the environment's business. */
import {
  isList, isRangeExpression,
  type Binary, type Call, type Conditional, type Expression, type Instant, type Named, type Quantity, type Unary,
} from "../../grammar/generated/ast.ts";
import { isBeyondExact, parseQuantity } from "../language/quantity.ts";
import { arithmetic, comparison, logic, type Operand, type Outcome } from "../types/operators.ts";
import { comparable, inWords, isNumeric, join, type, valueType, type Type } from "../types/type.ts";
import { unreachable } from "../../runtime/errors.ts";
import { checkScalarCall } from "./calls.ts";
import type { Env } from "./env.ts";
import { instantOf, notFinite } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { alike, callOf, literal, typed, widenLiterals, type Typed } from "./typed.ts";

export function check(e: Expression | undefined, env: Env, context: Context): Typed | undefined {
  if (e === undefined) return undefined;
  switch (e.$type) {
    case "Group": return check(e.inner, env, context);
    case "Quantity": return checkQuantity(e, context);
    case "Text": return literal(type("string"), e.value);
    case "Truth": return typed(type("bool"), { op: "literal", type: valueType(type("bool")), value: e.text === "true" });
    case "Nothing": return literal(type("null", true), null);
    case "Instant": return checkInstant(e, context);
    case "Reference": return resolve(e.target.ref, e, env);
    case "Member": return e.wildcard ? misplaced(e, "everything at once", context) : resolve(e.member?.ref, e, env);
    case "Unary": return checkUnary(e, env, context);
    case "Binary": return checkBinary(e, env, context);
    case "Conditional": return checkConditional(e, env, context);
    case "Call": return checkCall(e, env, context);
    case "List": return misplaced(e, "a list", context);
    case "RangeExpression": return misplaced(e, "a range", context);
    case "Qualified": return misplaced(e, "`where`, `by`, `over` or `from`", context);
    case "RequestShape": return misplaced(e, "`request { … }`", context);
    default: return unreachable(e);
  }
}

/** A condition: a bool, or undefined when it was reported not to be. */
export function checkCondition(e: Expression | undefined, what: string, env: Env, context: Context): Typed | undefined {
  const condition = check(e, env, context);
  if (e === undefined || condition === undefined || condition.type.kind === "bool") return condition;
  return context.report(e, "type-mismatch", `${what} needs a condition, but this is ${inWords(condition.type)}`);
}

const resolve = (named: Named | undefined, at: Expression, env: Env): Typed | undefined => (named === undefined ? undefined : env.resolve(named, at));

const misplaced = (e: Expression, what: string, context: Context): undefined =>
  context.report(e, "type-mismatch", `a single value is needed here, not ${what}`);

function checkQuantity(e: Quantity, context: Context): Typed | undefined {
  const quantity = parseQuantity(e.text);
  if (isBeyondExact(e.text)) {
    return context.report(e, "out-of-range", `\`${e.text}\` is beyond 2^53 = 9007199254740992, where not every whole number has a value of its own here`, {
      hint: `If about so many are meant, write a float: \`${quantity.value.toExponential()}\`; ids that are so long are texts: declare the column \`string\`.`,
    });
  }
  return Number.isFinite(quantity.value) ? literal(type(quantity.dimension), quantity.value) : notFinite(e, context);
}

function checkInstant(e: Instant, context: Context): Typed | undefined {
  const iso = instantOf(e.text);
  if (iso === undefined) return context.report(e, "invalid-date", `there is no ${e.text} in the calendar`);
  return typed(type(e.text.includes("T") ? "timestamp" : "date"), { op: "literal", type: valueType(type(e.text.includes("T") ? "timestamp" : "date")), value: iso });
}

function checkUnary(e: Unary, env: Env, context: Context): Typed | undefined {
  const operand = check(e.operand, env, context);
  if (operand === undefined) return undefined;
  if (e.operator === "not") {
    const outcome = logic("not", [operandOf(operand, e.operand)]);
    return settle(e, outcome, context, (t) => callOf(t, "not", [operand]));
  }
  if (!isNumeric(operand.type) && operand.type.kind !== "duration") {
    return context.report(e, "type-mismatch", `cannot negate ${inWords(operand.type)} (${textOf(e.operand)})`);
  }
  if (operand.code.op === "literal" && typeof operand.code.value === "number") return literal(operand.type, -operand.code.value);
  return callOf(operand.type, "negate", [operand]);
}

function settle(e: Expression, outcome: Outcome, context: Context, build: (t: Type) => Typed): Typed | undefined {
  if ("error" in outcome) return context.report(e, "type-mismatch", outcome.error, { hint: outcome.hint });
  return build(outcome.type);
}

const functionOf: Readonly<Record<string, string>> = {
  "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo", "^": "power",
  "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_or_equal", ">": "greater", ">=": "greater_or_equal", and: "and", or: "or",
};

/** `not in` is a data type rule that joins its words. */
const isNotIn = (operator: string): boolean => operator.replaceAll(/\s/g, "") === "notin";

/** Its text is for messages: in a sum of thousands, copying it at each `+` would cost the square. */
const operandOf = ({ type: t }: Typed, e: Expression): Operand => ({ type: t, get text() { return textOf(e); } });

function checkBinary(e: Binary, env: Env, context: Context): Typed | undefined {
  if (e.operator === "in") return checkIn(e, env, context);
  if (isNotIn(e.operator)) {
    const inside = checkIn(e, env, context);
    return inside && callOf(inside.type, "not", [inside]);
  }
  const left = check(e.left, env, context);
  const right = check(e.right, env, context);
  if (left === undefined || right === undefined) return undefined;
  const operands: [Operand, Operand] = [operandOf(left, e.left), operandOf(right, e.right)];
  const fn = functionOf[e.operator] ?? e.operator;
  switch (e.operator) {
    case "and": case "or": return settle(e, logic(e.operator, operands), context, (t) => callOf(t, fn, [left, right]));
    case "+": case "-": case "*": case "/": case "%": case "^":
      return settle(e, arithmetic(e.operator, ...operands), context, (t) => compute(e.operator, fn, t, left, right));
    case "==": case "!=": return settle(e, comparison(e.operator, ...operands), context, (t) => callOf(t, fn, alike([left, right])));
    default:
      if (ordersTexts(left, right, env)) return refuseTextOrder(e, env, context);
      return settle(e, comparison(e.operator, ...operands), context, (t) => callOf(t, fn, alike([left, right])));
  }
}

/** ONNX has no order of strings, so a comparison such as `city < "M"` exists in SQL alone. */
const ordersTexts = (left: Typed, right: Typed, env: Env): boolean =>
  env.servedAs !== undefined && left.type.kind === "string" && right.type.kind === "string" && !(left.code.op === "literal" && right.code.op === "literal");

function refuseTextOrder(e: Binary, { servedAs = "" }: Env, context: Context): undefined {
  return context.report(e, "not-servable", `texts cannot be ordered inside the served model, where ${servedAs} is computed`, {
    hint: "Compare them in a column of the source (`early: bool = name < \"M\"`), or use `==` or `in […]`.",
  });
}

/** A quotient is null when the divisor may be zero; what else is known: sums and products of what is not negative are not. */
function compute(operator: string, fn: string, t: Type, left: Typed, right: Typed): Typed {
  const args = widenLiterals([left, right]);
  const a = left.low;
  const b = right.low;
  if (operator === "/" || operator === "%") {
    const divisor = right.code.op === "literal" ? right.code.value : undefined;
    const neverZero = (typeof divisor === "number" && divisor !== 0) || (b !== undefined && b > 0);
    return callOf(neverZero ? t : { ...t, nullable: true }, fn, args, neverZero && a !== undefined && a >= 0 && (b ?? -1) > 0 ? 0 : undefined);
  }
  const low = a === undefined || b === undefined ? undefined : operator === "+" ? a + b : operator === "*" && a >= 0 && b >= 0 ? a * b : undefined;
  return callOf(t, fn, args, low);
}

function checkIn(e: Binary, env: Env, context: Context): Typed | undefined {
  const value = check(e.left, env, context);
  if (isList(e.right)) return oneOf(e, value, e.right.items, env, context);
  if (isRangeExpression(e.right)) return between(e, value, [e.right.low, e.right.high], env, context);
  return context.report(e.right, "type-mismatch", "`in` needs a list such as `[1, 2]` or a range such as `1..5`");
}

function fitting(e: Binary, value: Typed | undefined, among: readonly Expression[], env: Env, context: Context): readonly Typed[] | undefined {
  const items = among.map((item) => check(item, env, context));
  if (value === undefined || items.includes(undefined)) return undefined;
  const known = items.filter((item) => item !== undefined);
  const odd = known.findIndex((item) => !comparable(item.type, value.type));
  const culprit = among[odd];
  if (culprit !== undefined && known[odd] !== undefined) {
    return context.report(culprit, "type-mismatch", `cannot compare ${inWords(value.type)} (${textOf(e.left)}) with ${inWords(known[odd].type)} (${textOf(culprit)})`);
  }
  return alike([value, ...known]);
}

function oneOf(e: Binary, value: Typed | undefined, among: readonly Expression[], env: Env, context: Context): Typed | undefined {
  if (among.length === 0) return context.report(e.right, "type-mismatch", "nothing is in an empty list");
  const args = fitting(e, value, among, env, context);
  return args && callOf(type("bool", value?.type.nullable ?? false), "one_of", args);
}

function between(e: Binary, value: Typed | undefined, ends: readonly Expression[], env: Env, context: Context): Typed | undefined {
  const args = fitting(e, value, ends, env, context);
  if (args?.[0] !== undefined && args[1] !== undefined && ordersTexts(args[0], args[1], env)) return refuseTextOrder(e, env, context);
  const [low, high] = [args?.[1]?.code, args?.[2]?.code].map((end) => (end?.op === "literal" && typeof end.value === "number" ? end.value : undefined));
  if (low !== undefined && high !== undefined && low > high) return context.report(e.right, "out-of-range", `nothing lies between ${low} and ${high}`);
  return args && callOf(type("bool", args.some((a) => a.type.nullable)), "between", args);
}

function checkConditional(e: Conditional, env: Env, context: Context): Typed | undefined {
  const when = checkCondition(e.condition, "`if`", env, context);
  const then = check(e.then, env, context);
  const otherwise = check(e.otherwise, env, context);
  if (when === undefined || then === undefined || otherwise === undefined) return undefined;
  const joined = join(then.type, otherwise.type);
  if (joined === undefined) {
    return context.report(e, "type-mismatch", `\`then\` gives ${inWords(then.type)} (${textOf(e.then)}) but \`else\` gives ${inWords(otherwise.type)} (${textOf(e.otherwise)})`);
  }
  const [yes, no] = alike([then, otherwise]);
  if (yes === undefined || no === undefined) return undefined;
  const low = yes.low === undefined || no.low === undefined ? undefined : Math.min(yes.low, no.low);
  return typed(joined, { op: "if", type: valueType(joined), when: when.code, then: yes.code, else: no.code }, low);
}

function checkCall(e: Call, env: Env, context: Context): Typed | undefined {
  const special = env.call?.(e);
  if (special !== undefined && special !== null) return special;
  if (special === undefined && env.call !== undefined) return undefined;
  return checkScalarCall(e, (argument) => check(argument, env, context), env.servedAs, context);
}
