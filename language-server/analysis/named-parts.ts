/**
 * Reads of expressions that are made of one another. What a definition takes from another is one hop in the graph, not the other's
 * reads once more: the graph shows what the author wrote, and grows with it.
 */
import { rewriting, type Expression } from "../../grammar/compiled-spec/index.ts";
import { readsOf, type Read } from "./expression.ts";

interface Owner {
  readonly name: string;
  readonly value: Expression;
}

/** The definition that a part is the value of. */
export type NamedParts<T extends Owner> = ReadonlyMap<Expression, T>;

/** Of several names for one value the first. A bare column, constant or aggregate is no hop: it may have been written twice. */
export function namedParts<T extends Owner>(owners: readonly T[]): NamedParts<T> {
  const named = new Map<Expression, T>();
  for (const owner of owners) {
    const { op } = owner.value;
    if ((op === "call" || op === "if") && !named.has(owner.value)) named.set(owner.value, owner);
  }
  return named;
}

/** `from`: a column, or what has a name of its own. */
export type NamedRead<T> = Omit<Read, "column"> & { readonly from: string | T };

/** The reads of one of the owners; others' values are not looked into. */
export function readsOfNamed<T extends Owner>(owner: T, named: NamedParts<T>): readonly NamedRead<T>[] {
  return readsThrough(owner.value, (part) => {
    const other = named.get(part);
    return other === owner ? undefined : other;
  });
}

export function readsThrough<T extends Owner>(value: Expression, ownerOf: (part: Expression) => T | undefined): readonly NamedRead<T>[] {
  const owners = new Map<string, T>();
  const shown = rewriting((part) => {
    const owner = ownerOf(part);
    if (owner === undefined) return null;
    // No column has a space in its name.
    const column = `feature ${owner.name}`;
    owners.set(column, owner);
    return { op: "column", type: part.type, column };
  });
  return readsOf(shown(value)).map(({ column, as, through }) => ({ from: owners.get(column) ?? column, as, through }));
}
