/** Finding one's way in a declaration's block. Pure; nothing here reports an error. */
import type { Reference as LangiumReference } from "langium";
import {
  isColumns, isDefinition, isDenial, isGroup, isList, isMember, isProperty, isQualified, isReference, isRequirement, isSection,
  type Block, type Column, type Definition, type Denial, type Expression, type Named, type Property, type Qualified, type Requirement, type Section,
} from "../../grammar/generated/ast.ts";
import { written } from "./whole.ts";

export type Holder = { readonly body?: Block };

const itemsOf = (holder: Holder) => holder.body?.items ?? [];

export const properties = (holder: Holder): Property[] => itemsOf(holder).filter(isProperty);
export const sections = (holder: Holder, kind?: string): Section[] =>
  itemsOf(holder).filter(isSection).filter((s) => kind === undefined || s.kind === kind);
export const definitions = (holder: Holder): Definition[] => itemsOf(holder).filter(isDefinition);
export const requirements = (holder: Holder): Requirement[] => itemsOf(holder).filter(isRequirement);
export const denials = (holder: Holder): Denial[] => itemsOf(holder).filter(isDenial);
export const columnsIn = (holder: Holder): Column[] => itemsOf(holder).filter(isColumns).flatMap((c) => c.columns);

export function property(holder: Holder, name: string): Property | undefined {
  return itemsOf(holder).find((item): item is Property => isProperty(item) && item.name === name);
}

/** The value of a property; undefined when it is absent or half-typed. */
export function valueOf(holder: Holder, name: string): Expression | undefined {
  const value = property(holder, name)?.value;
  return value && written(value);
}

const targetOf = (reference: LangiumReference<Named> | undefined): Named | undefined => reference?.ref;

/** What a name stands for: of `x`, `a.x`, `(x)` and `x where …`. */
export function namedBy(expression: Expression | undefined): Named | undefined {
  if (expression === undefined) return undefined;
  if (isReference(expression)) return targetOf(expression.target);
  if (isMember(expression)) return targetOf(expression.member);
  if (isGroup(expression)) return namedBy(expression.inner);
  if (isQualified(expression)) return namedBy(expression.subject);
  return undefined;
}

export function elements(expression: Expression | undefined): readonly Expression[] {
  if (expression === undefined) return [];
  return isList(expression) ? expression.items : [expression];
}

/** A name that stands for nothing: the linker has reported it, or what it follows from. */
export function isUnresolved(e: Expression): boolean {
  if (isGroup(e)) return isUnresolved(e.inner);
  if (isReference(e)) return e.target.ref === undefined;
  return isMember(e) && (e.wildcard ? isUnresolved(e.receiver) : e.member?.ref === undefined);
}

export type Qualifier = "where" | "by" | "per" | "over" | "before" | "from";
const qualifiers: readonly Qualifier[] = ["where", "by", "per", "over", "before", "from"];

/** Which of them follow the subject. */
export const qualifiersOf = (e: Qualified): readonly Qualifier[] => qualifiers.filter((q) => e[q] !== undefined);
