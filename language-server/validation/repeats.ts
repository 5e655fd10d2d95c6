/** What is said twice in one place: the second time it says nothing, and mostly something else was meant. */
import { AstUtils, CstUtils, type AstNode } from "langium";
import {
  isBinary, isBuiltin, isCall, isDenial, isList, isMember, isProperty, isQualified, isReference, isRequirement,
  type Argument, type Block, type Call, type Expression, type Property,
} from "../../grammar/generated/ast.ts";
import { rangeOf, textOf } from "../compile/context.ts";
import { ungroup } from "../compile/clauses.ts";
import { elements, namedBy, sections, type Holder } from "../language/navigate.ts";
import { parseQuantity } from "../language/quantity.ts";
import { constructorByName, vocabularyOfBlock, type Shape } from "../vocabulary/index.ts";
import type { Problem } from "./problem.ts";

/** In the lists, clauses and calls of a declaration and its blocks. */
export const repeatProblems = (holder: Holder & AstNode, uri: string): Problem[] => [...inBlocks(holder, uri), ...AstUtils.streamAst(holder).filter(isCall).flatMap((call) => inCall(call, uri))];

function inBlocks(holder: Holder, uri: string): Problem[] {
  if (holder.body === undefined) return [];
  const entries = vocabularyOfBlock(holder.body)?.properties ?? [];
  const lists = holder.body.items.filter(isProperty).filter((p) => isSet(entries.find(({ name }) => name === p.name)?.type));
  return [...lists.flatMap((p) => inList(p, uri)), ...inClauses(holder.body, uri), ...sections(holder).flatMap((s) => inBlocks(s, uri))];
}

/** Of layers each counts. Of features the compiler knows more: what a `*` brings. */
const isSet = (shape: Shape | undefined): boolean => shape?.kind === "list" && shape.of.kind !== "call" && shape.of.kind !== "features";

const inList = ({ name, value }: Property, uri: string): Problem[] =>
  repeated(elements(value)).map(([item, first]) => ({
    code: "no-effect", severity: "warning", range: rangeOf(item), message: `\`${textOf(item)}\` is listed twice in \`${name}\``, hint: "Leave it out.", related: [{ uri, range: rangeOf(first), message: "the first time" }],
  }));

const inClauses = ({ items }: Block, uri: string): Problem[] =>
  [repeated(items.filter(isRequirement).map((r) => r.condition)), repeated(items.filter(isDenial).map((d) => d.subject))].flatMap((clauses, i) =>
    clauses.map(([clause, first]): Problem => ({
      code: "duplicate-clause", severity: "error", range: rangeOf(clause), message: `\`${textOf(clause)}\` is ${i === 0 ? "required" : "denied"} already`, hint: "Leave it out, or write what was meant.",
      related: [{ uri, range: rangeOf(first), message: "the first time" }],
    })));

/** Files, columns to group by, texts that stand for nothing. A file that is read twice has each of its rows twice. */
function inCall(call: Call, uri: string): Problem[] {
  const entry = constructorByName.get(call.function);
  const related = (first: Expression): Pick<Problem, "related"> => ({ related: [{ uri, range: rangeOf(first), message: "the first time" }] });
  const unnamed = call.arguments.filter((a) => a.name === undefined).flatMap(valuesOf);
  const files = entry?.group === "reader" ? repeated(unnamed).map(([item, first]): Problem => ({
    code: "wrong-arguments", severity: "error", range: rangeOf(item), message: `\`${textOf(item)}\` is named twice: each of its rows would be read twice`, ...related(first),
  })) : [];
  const sets = call.arguments.filter((a) => entry?.parameters.some((p) => p.name === a.name && (p.type === "texts" || p.type === "columns")) === true);
  return [...files, ...sets.flatMap((a) => repeated(valuesOf(a)).map(([item, first]): Problem => ({
    code: "no-effect", severity: "warning", range: rangeOf(item), message: `\`${textOf(item)}\` is listed twice in \`${a.name ?? ""}\``, hint: "Leave it out.", ...related(first),
  })))];
}

const valuesOf = ({ value }: Argument): readonly Expression[] => (value === undefined ? [] : isList(value) ? value.items : [value]);

/** Those that say the same as one before them, with the first that does. */
export function repeated(items: readonly Expression[]): (readonly [Expression, Expression])[] {
  const first = new Map<unknown, Expression>();
  return items.flatMap((item) => {
    const said = meaning(item);
    const known = first.get(said);
    if (known === undefined) first.set(said, item);
    return known === undefined || said === "" ? [] : [[item, known] as const];
  });
}

/** A name is what it names. Of other things their words, without what only looks different: blanks, parentheses around it, `60s` for `1m`, `0.7 <= auc`. */
export function meaning(e: Expression): unknown {
  const inner = ungroup(e);
  const named = isReference(inner) || isMember(inner) ? namedBy(inner) : undefined;
  // `auc` is a metric of many: `current.auc` is another.
  return named === undefined || isBuiltin(named) ? words(inner) : named;
}

const mirrored: Readonly<Record<string, string>> = { ">": "<", ">=": "<=" };

function words(e: Expression): string {
  const inner = ungroup(e);
  if (isQualified(inner)) return `${words(inner.subject)} ${textOf(inner).slice(textOf(inner.subject).length)}`;
  const turned = isBinary(inner) ? mirrored[inner.operator] : undefined;
  return isBinary(inner) && turned !== undefined ? `${tokens(inner.right)} ${turned} ${tokens(inner.left)}` : tokens(inner);
}

function tokens({ $cstNode: node }: AstNode): string {
  if (node === undefined) return "";
  return CstUtils.flattenCst(node).filter((leaf) => !leaf.hidden).map((leaf) => (leaf.tokenType.name === "QUANTITY" ? quantity(leaf.text) : leaf.text)).join(" ");
}

function quantity(text: string): string {
  const { dimension, value } = parseQuantity(text);
  return dimension === "duration" || dimension === "size" ? `${value} ${dimension}` : String(value);
}
