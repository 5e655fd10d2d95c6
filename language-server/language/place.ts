/** Where in a declaration an expression stands: what decides which names it may use and which type it should have. */
import { AstUtils, type AstNode, type LangiumDocument } from "langium";
import {
  isArgument, isBinary, isCall, isColumn, isColumns, isDeclaration, isDefinition, isDenial, isMember, isProperty, isQualified, isRequestShape, isRequirement, isSection,
  type Binary, type Call, type Column, type Declaration, type Item, type Qualified, type Section,
} from "../../grammar/generated/ast.ts";

export interface Place {
  readonly declaration: Declaration | undefined;
  /** From the outermost to the innermost. */
  readonly sections: readonly Section[];
  readonly item: Item | undefined;
  /** A column's computed value. */
  readonly column: Column | undefined;
  /** The innermost call around it, and the name of the argument it stands in. */
  readonly call: Call | undefined;
  readonly argument: string | undefined;
  /** The innermost `… where …` it stands in, and on which side. */
  readonly qualified: Qualified | undefined;
  readonly side: "subject" | "where" | "by" | "per" | "over" | "before" | "from" | undefined;
  /** In front of a dot. */
  readonly receiver: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function placeOf(node: AstNode): Place {
  const place: Mutable<Place> = {
    declaration: undefined, sections: [], item: undefined, column: undefined, call: undefined, argument: undefined,
    qualified: undefined, side: undefined, receiver: isMember(node.$container) && node.$containerProperty === "receiver",
  };
  for (let at: AstNode | undefined = node; at !== undefined; at = above(at)) note(place, at);
  return place;
}

const above = (node: AstNode): AstNode | undefined => (isBinary(node.$container) ? outermost(node.$container) : node.$container);

/** The file that a node stands in, as `AstUtils.getDocument`, which climbs past each operator. */
export function documentOf(node: AstNode): LangiumDocument {
  let root = node;
  for (let next = above(root); next !== undefined; next = above(root)) root = next;
  return AstUtils.getDocument(root);
}

const outermostOf = new WeakMap<Binary, Binary>();

/** Of operators in operators: what stands between says nothing about the place, and in a sum of thousands each name would climb past all of them. */
function outermost(node: Binary): Binary {
  const passed: Binary[] = [];
  let at = node;
  for (let next = outermostOf.get(at) ?? at.$container; isBinary(next) && next !== at; next = outermostOf.get(at) ?? at.$container) {
    passed.push(at);
    at = next;
  }
  for (const each of passed) outermostOf.set(each, at);
  return at;
}

function note(place: Mutable<Place>, at: AstNode): void {
  const parent = at.$container;
  if (isDeclaration(at)) place.declaration ??= at;
  else if (isSection(at)) place.sections = [at, ...place.sections];
  else if (isProperty(at) || isDefinition(at) || isRequirement(at) || isDenial(at) || isColumns(at)) place.item ??= at;
  else if (isColumn(at)) place.column ??= at;
  if (isSection(at)) place.item ??= at;
  if (isArgument(at) && isCall(parent)) {
    place.call ??= parent;
    if (place.call === parent) place.argument ??= at.name;
  }
  if (isQualified(parent) && place.qualified === undefined) {
    place.qualified = parent;
    place.side = at.$containerProperty as Place["side"];
  }
}

export const isInRequest = (place: Place): boolean => isRequestShape(place.column?.$container);

/** The declaration that a node stands in; itself when it is one. */
export function declarationAround(node: AstNode | undefined): Declaration | undefined {
  for (let at = node; at !== undefined; at = at.$container) if (isDeclaration(at)) return at;
  return undefined;
}
