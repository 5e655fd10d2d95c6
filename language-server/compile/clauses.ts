/** Requirements compare something measured with a bound: `auc >= current.auc - 0.002`, `rate(errors) <= control`. */
import type { Comparison } from "../../grammar/compiled-spec/index.ts";
import { isBinary, isGroup, isQualified, isUnary, type Binary, type Expression, type Named, type Qualified } from "../../grammar/generated/ast.ts";
import { isUnresolved, namedBy, qualifiersOf, type Qualifier } from "../language/navigate.ts";
import { inWords, isNumeric } from "../types/type.ts";
import { notFinite, numberOf } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { withoutQuotes } from "./quoted.ts";

export const ungroup = (e: Expression): Expression => (isGroup(e) ? ungroup(e.inner) : e);

const mirrored: Readonly<Record<string, Comparison>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const asWritten: Readonly<Record<string, Comparison>> = { "<": "<", "<=": "<=", ">": ">", ">=": ">=" };

export interface Clause {
  readonly subject: Expression;
  readonly comparison: Comparison;
  readonly bound: Expression;
  /** As it was written, whichever way round. */
  readonly written: Binary;
}

/** Reports what stands behind a subject and has no meaning there; nothing that was written is passed over. */
export function allowQualifiers(e: Qualified, allowed: readonly Qualifier[], context: Context): boolean {
  const [stranger] = qualifiersOf(e).filter((q) => !allowed.includes(q));
  if (stranger === undefined) return true;
  const known = allowed.map((q) => `\`${q} …\``).join(" or ");
  context.report(e[stranger] ?? e, "wrong-clause", `\`${stranger}\` says nothing here`, { hint: known === "" ? "Leave it out." : `Only ${known} may stand here.` });
  return false;
}

/** A name on its own: `x`, `a.x`. Of anything else it reports that `what` is expected; an unknown name has been reported. */
export function readName(e: Expression, what: string, context: Context): Named | undefined {
  const name = ungroup(e);
  const named = name.$type === "Reference" || name.$type === "Member" ? namedBy(name) : undefined;
  if (named !== undefined || isUnresolved(name)) return named;
  return context.report(e, "type-mismatch", `${what} is expected, not \`${textOf(e)}\``, withoutQuotes(name));
}

/** With the measured thing on the left, whichever way it was written; `by` and its like may follow when they are `allowed`. */
export function readClause(e: Expression, isSubject: (e: Expression) => boolean, allowed: readonly Qualifier[], example: string, context: Context): Clause | undefined {
  const whole = ungroup(e);
  if (isQualified(whole) && !allowQualifiers(whole, allowed, context)) return undefined;
  const condition = isQualified(whole) ? ungroup(whole.subject) : whole;
  if (!isBinary(condition) || asWritten[condition.operator] === undefined) {
    return context.report(e, "wrong-clause", "a requirement compares: " + example);
  }
  return orient(condition, isSubject);
}

function orient(e: Binary, isSubject: (e: Expression) => boolean): Clause {
  const flip = !isSubject(ungroup(e.left)) && isSubject(ungroup(e.right));
  const table = flip ? mirrored : asWritten;
  return { subject: ungroup(flip ? e.right : e.left), comparison: table[e.operator] ?? "<=", bound: flip ? e.left : e.right, written: e };
}

const otherwiseSpelled: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

/**
 * Of a measure for which strict and not strict mean the same, one spelling is right: with two, they would look like a difference. True when `comparison` is
 * `right`, or another direction, about which the caller knows more.
 */
export function spelledAs(right: Comparison, { comparison, written }: Pick<Clause, "comparison" | "written">, what: string, context: Context): boolean {
  const suggestion = comparison !== right && comparison.charAt(0) === right.charAt(0) ? otherwiseSpelled[written.operator] : undefined;
  if (suggestion === undefined) return true;
  context.report(written, "wrong-clause", `\`${written.operator}\` would mean the same as \`${suggestion}\` of ${what}: write \`${suggestion}\``, { property: "operator", suggestion });
  return false;
}

/** factor × reference + offset; without a reference a constant (`offset`). */
export interface Linear {
  readonly reference: { readonly node: Expression; readonly target: Named | undefined } | undefined;
  readonly factor: number;
  readonly offset: number;
}

/** Reads `control * 99% + 1%`; undefined when it is not linear in one reference (which is reported) or a name is unknown. */
export function readLinear(e: Expression, context: Context): Linear | undefined {
  const linear = linearIn(e, context);
  return linear === undefined || (Number.isFinite(linear.factor) && Number.isFinite(linear.offset)) ? linear : notFinite(e, context);
}

function linearIn(e: Expression, context: Context): Linear | undefined {
  const bound = ungroup(e);
  const constant = isNumberLike(bound) ? numberOf(bound, context) : undefined;
  if (constant !== undefined) {
    if (!isNumeric(constant.type)) return context.report(e, "type-mismatch", `a bound is a number or a share, but this is ${inWords(constant.type)}`);
    return { reference: undefined, factor: 0, offset: constant.value };
  }
  if (bound.$type === "Reference" || bound.$type === "Member") {
    const target = readName(bound, "a name to compare with", context);
    return target && { reference: { node: bound, target }, factor: 1, offset: 0 };
  }
  if (isUnary(bound) && bound.operator === "-") return scale(readLinear(bound.operand, context), -1);
  if (isBinary(bound)) return combine(bound, readLinear(bound.left, context), readLinear(bound.right, context), context);
  return context.report(e, "wrong-clause", `\`${textOf(e)}\` is no bound: write a number, or one thing to compare with, times and plus numbers`);
}

/** Only numbers and operators: `numberOf` would answer, or rightly complain about its units. */
export function isNumberLike(e: Expression): boolean {
  if (isGroup(e)) return isNumberLike(e.inner);
  if (isUnary(e)) return isNumberLike(e.operand);
  return isBinary(e) ? isNumberLike(e.left) && isNumberLike(e.right) : e.$type === "Quantity";
}

const scale = (l: Linear | undefined, by: number): Linear | undefined => l && { reference: l.reference, factor: l.factor * by, offset: l.offset * by };

function combine(e: Binary, left: Linear | undefined, right: Linear | undefined, context: Context): Linear | undefined {
  if (left === undefined || right === undefined) return undefined;
  const single = left.reference === undefined || right.reference === undefined;
  const reference = left.reference ?? right.reference;
  if (single && e.operator === "+") return { reference, factor: left.factor + right.factor, offset: left.offset + right.offset };
  if (single && e.operator === "-") return { reference, factor: left.factor - right.factor, offset: left.offset - right.offset };
  if (single && e.operator === "*") return left.reference === undefined ? scale(right, left.offset) : scale(left, right.offset);
  if (right.reference === undefined && e.operator === "/" && right.offset !== 0) return scale(left, 1 / right.offset);
  return context.report(e, "wrong-clause", `\`${textOf(e)}\` is no bound: write one thing to compare with, times and plus numbers`);
}
