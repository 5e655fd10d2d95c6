/**
 * Makes the tree of a half-typed file whole. Where an operand was expected and none came, the parser leaves a hole, or a node that is no
 * expression; both become a *reference to nothing*: an expression like any other, that names nothing. The parser has said what is
 * missing there, and whoever reads the tree is silent about names that lead nowhere (one mistake, one message), so that nobody
 * else has to know of holes.
 */
import type { AstNode } from "langium";
import { isExpression, isReference, reflection, type Expression, type MLSpecAstType, type Reference } from "../../grammar/generated/ast.ts";

type Parts = { readonly [T in keyof MLSpecAstType]?: readonly (keyof MLSpecAstType[T])[] };

/** The expressions that a node cannot be without. */
const operands: Parts = {
  Property: ["value"], Definition: ["value"], Requirement: ["condition"], Denial: ["subject"],
  Qualified: ["subject"], Binary: ["left", "right"], Unary: ["operand"], RangeExpression: ["low", "high"], Member: ["receiver"],
  Conditional: ["condition", "then", "otherwise"], Group: ["inner"],
};

interface Loose extends AstNode {
  $type: string;
  [property: string]: unknown;
}

/** Whether an expression stands for one that was never written. */
const isMissing = (e: Expression): boolean => isReference(e) && e.target.$refText === "";

/** The expression, or undefined when it was never written. */
export const written = (e: Expression): Expression | undefined => (isMissing(e) ? undefined : e);

/** Changes the tree in place: leaves of the concrete syntax keep pointing at their nodes. */
export function makeWhole(root: AstNode): void {
  const open: Loose[] = [root as Loose];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    fillLists(node);
    for (const [name, value] of Object.entries(node)) {
      if (name.startsWith("$")) continue;
      if (Array.isArray(value)) node[name] = keep(value, node, name);
      else if (isNode(value) && isBroken(value)) becomeNothing(value);
    }
    fillOperands(node);
    for (const [name, value] of Object.entries(node)) if (!name.startsWith("$")) open.push(...[value].flat().filter(isNode));
  }
}

const isNode = (value: unknown): value is Loose => typeof value === "object" && value !== null && "$type" in value;

/** `Expression` is what a rule leaves that failed before it knew which; concrete types have no subtypes. */
const isConcrete = (type: string): boolean => Object.hasOwn(reflection.types, type) && reflection.getAllSubTypes(type).every((t) => t === type);

/** Of an unknown type, or an expression without what makes it one: its operator, its text, its name, every operand. */
function isBroken(node: Loose): boolean {
  if (!isConcrete(node.$type)) return true;
  if (!isExpression(node)) return false;
  const needed: readonly string[] = operandsOf(node);
  const own = Object.values(reflection.getTypeMetaData(node.$type).properties).filter((p) => p.optional !== true && p.defaultValue === undefined && !needed.includes(p.name));
  if (own.some((p) => (node as unknown as Loose)[p.name] === undefined)) return true;
  return needed.length > 0 && needed.every((name) => (node as unknown as Loose)[name] === undefined);
}

const operandsOf = (node: AstNode): readonly string[] => operands[node.$type as keyof MLSpecAstType] ?? [];

function fillLists(node: Loose): void {
  for (const p of Object.values(reflection.getTypeMetaData(node.$type).properties)) if (Array.isArray(p.defaultValue)) node[p.name] ??= [];
}

/** Of a list of expressions every element stays; items, columns and declarations that are none are left out. */
function keep(values: readonly unknown[], node: Loose, property: string): readonly unknown[] {
  const kept = values.filter((value) => {
    if (!isNode(value) || !isBroken(value)) return true;
    if (node.$type !== "List") return false;
    becomeNothing(value);
    return true;
  });
  for (const [i, value] of kept.entries()) if (isNode(value)) Object.assign(value, { $container: node, $containerProperty: property, $containerIndex: i });
  return kept;
}

function fillOperands(node: Loose): void {
  for (const name of operandsOf(node)) {
    if (node[name] === undefined) node[name] = { $container: node, $containerProperty: name, ...nothing() };
  }
  // An argument is a value or a condition; a name alone is neither.
  if (node.$type === "Argument" && node["value"] === undefined && node["filter"] === undefined) {
    node["value"] = { $container: node, $containerProperty: "value", ...nothing() };
  }
}

const nothing = (): Pick<Reference, "$type" | "target"> => ({ $type: "Reference", target: { $refText: "", ref: undefined } });

function becomeNothing(node: Loose): void {
  for (const name of Object.keys(node)) if (!name.startsWith("$")) delete node[name];
  Object.assign(node, nothing());
}
