/**
 * Every property's value against the shape that the vocabulary gives it. The compiler's readers say more where they know more (units, bounds, types);
 * this is what holds for each property, also for one that is added tomorrow: a value of another shape is an error, never nothing.
 */
import {
  isBinary, isBuiltin, isCall, isColumn, isDefinition, isFeatures, isGroup, isInstant, isList, isMember, isQualified, isRangeExpression, isReference, isRequestShape, isSource, isText, isTruth,
  type Expression, type Named, type Property, type Qualified,
} from "../../grammar/generated/ast.ts";
import { rangeOf, textOf } from "../compile/context.ts";
import { isNumberLike, ungroup } from "../compile/clauses.ts";
import { isUnresolved, properties, qualifiersOf, sections, type Holder } from "../language/navigate.ts";
import { unreachable } from "../../runtime/errors.ts";
import { showShape, vocabularyOfBlock, type PropertyEntry, type Shape } from "../vocabulary/index.ts";
import type { Problem } from "./problem.ts";

/** Of a declaration's properties and those of its blocks. */
export function valueProblems(holder: Holder): Problem[] {
  const entries = holder.body === undefined ? undefined : vocabularyOfBlock(holder.body)?.properties;
  const own = properties(holder).map((p) => {
    const entry = entries?.find(({ name }) => name === p.name);
    return entry && valueProblem(p, entry);
  });
  return [...own.filter((p) => p !== undefined), ...sections(holder).flatMap(valueProblems)];
}

/** Undefined: the value has its shape, or lacks a name that the linker has reported. */
function valueProblem({ name, value }: Property, { type }: PropertyEntry): Problem | undefined {
  const misfit = misfitOf(value, type);
  if (misfit === undefined) return undefined;
  const { at, wanted } = misfit;
  const found = ungroup(at);
  const written = nameWithin(found);
  return {
    code: "type-mismatch", severity: "error", range: rangeOf(at),
    message: `\`${name}\` expects ${showShape(wanted)}, but this ${isGroup(at) && isName(found) ? "stands in parentheses" : `is ${formOf(found)}`}`,
    ...(written !== undefined && takesNames(wanted) ? { suggestion: written, hint: isText(found) ? `Names are written without quotes: \`${written}\`.` : `Write \`${written}\`.` } : {}),
  };
}

interface Misfit {
  readonly at: Expression;
  readonly wanted: Shape;
}

/** The first part of the value that is not what it should be. */
function misfitOf(value: Expression, shape: Shape): Misfit | undefined {
  if (isUnresolved(value)) return undefined;
  if (shape.kind === "either") return shape.shapes.some((one) => misfitOf(value, one) === undefined) ? undefined : { at: value, wanted: shape };
  if (shape.kind === "list") return misfitInList(value, shape);
  if (shape.kind === "from") return misfitInFrom(value, shape);
  return fits(value, shape) ? undefined : { at: value, wanted: shape };
}

function misfitInList(value: Expression, shape: Shape & { readonly kind: "list" }): Misfit | undefined {
  const items = isList(value) ? value.items : [value];
  if (items.length === 0 && shape.filled === true) return { at: value, wanted: shape };
  return items.map((item) => misfitOf(item, shape.of)).find((misfit) => misfit !== undefined);
}

function misfitInFrom(value: Expression, shape: Shape & { readonly kind: "from" }): Misfit | undefined {
  if (!isQualified(value) || value.from === undefined || qualifiersOf(value).length > 1) return { at: value, wanted: shape };
  return misfitOf(value.subject, shape.subject) ?? misfitOf(value.from, shape.from);
}

type Simple = Exclude<Shape, { readonly kind: "either" | "list" | "from" }>;

/** Parentheses may stand around names and numbers, not around what has a form of its own. */
function fits(e: Expression, shape: Simple): boolean {
  switch (shape.kind) {
    case "duration": case "share": case "int": case "number": case "rate": return isNumberLike(e);
    case "text": return isText(e);
    case "bool": return isTruth(e);
    case "instant": return isInstant(e);
    case "call": return isCall(e) && shape.calls.includes(e.function);
    case "request": return isRequestShape(e);
    case "word": return isReference(e);
    case "objective": return isQualified(e) && only(e, "over");
    case "expression": return !(isList(e) || isRangeExpression(e) || isQualified(e) || isRequestShape(e));
    case "reference": return isDeclared(e, shape.to, shape.where === true);
    case "column": return named(e, isColumn);
    case "builtin": return isReference(e) && named(e, (n) => isBuiltin(n) && n.kind === shape.of);
    case "definition": return named(e, (n) => isDefinition(n) && n.kind === shape.of);
    case "columns": return isMember(e) && !e.wildcard && named(e, (n) => isBuiltin(n) && n.kind === "part");
    case "features": return !isGroup(e) && (isMember(e) && e.wildcard ? named(e.receiver, isGroupOfFeatures) : named(e, (n) => isColumn(n) || isGroupOfFeatures(n) || (isDefinition(n) && isFeatures(n.$container.$container))));
    default: return unreachable(shape);
  }
}

const isGroupOfFeatures = (n: Named): boolean => isSource(n) || isFeatures(n);

/** A plain name (`x`, `a.x`) of something that is `right`; a name that is nowhere is the linker's to report. */
function named(e: Expression, right: (named: Named) => boolean): boolean {
  if (isGroup(e)) return named(e.inner, right);
  if (isUnresolved(e)) return true;
  const target = isReference(e) ? e.target.ref : isMember(e) ? e.member?.ref : undefined;
  return target !== undefined && right(target);
}

function isDeclared(e: Expression, to: readonly string[], where: boolean): boolean {
  if (where && isQualified(e)) return only(e, "where") && isDeclared(e.subject, to, false);
  return isReference(ungroup(e)) && named(e, (n) => to.includes(n.$type));
}

const only = (e: Qualified, qualifier: string): boolean => qualifiersOf(e).every((q) => q === qualifier);

const takesNames = (shape: Shape): boolean => {
  if (shape.kind === "either") return shape.shapes.some(takesNames);
  return ["reference", "column", "features", "definition", "columns", "builtin", "word", "from"].includes(shape.kind);
};

const isName = (e: Expression): boolean => isReference(e) || isMember(e) || isRequestShape(e);

/** The name that a text in quotes, or a list of one, was probably meant to be. */
function nameWithin(e: Expression): string | undefined {
  if (isText(e)) return /^[A-Za-z_]\w*(\.([A-Za-z_]\w*|\*))?( from [A-Za-z_]\w*)?$/.exec(e.value)?.[0];
  const [item, ...more] = isList(e) ? e.items : [];
  return item !== undefined && more.length === 0 && (isReference(item) || isMember(item)) ? textOf(item) : undefined;
}

/** What stands there, in words. */
export function formOf(e: Expression): string {
  switch (e.$type) {
    case "Text": return "a text in quotes";
    case "Quantity": return "a number";
    case "Truth": return `\`${e.text}\``;
    case "Nothing": return "`null`";
    case "Instant": return "a date or time";
    case "List": return e.items.length === 0 ? "an empty list" : "a list";
    case "Call": return `\`${e.function}(…)\``;
    case "RangeExpression": return "a range";
    case "RequestShape": return "`request { … }`";
    case "Conditional": return "a condition";
    case "Unary": case "Binary": return isBinary(e) && e.operator !== "and" && e.operator !== "or" ? `a calculation with \`${e.operator}\`` : `an expression with \`${e.operator}\``;
    case "Qualified": return qualifiersOf(e).map((q) => `\`… ${q} …\``).join(" and ");
    case "Group": return formOf(e.inner);
    case "Reference": case "Member": return kindOfName(e);
    default: return unreachable(e);
  }
}

function kindOfName(e: Expression): string {
  const target = isReference(e) ? e.target.ref : isMember(e) ? e.member?.ref : undefined;
  if (target === undefined || isGroup(e)) return `\`${textOf(e)}\``;
  const kind = isDefinition(target) ? (target.kind ?? "definition") : isBuiltin(target) ? target.kind : target.$type.toLowerCase();
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
