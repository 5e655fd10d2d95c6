/** Declarations by name. A name that is not there gives undefined: the spec may be partial. */
import type { CompiledSpec, Column, Dataset, Entity, FeatureDefinition, FeatureView, Label, Model, Service, Source } from "../../grammar/compiled-spec/index.ts";
import { columnsRead } from "./expression.ts";

export interface SpecIndex {
  readonly entities: ReadonlyMap<string, Entity>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly views: ReadonlyMap<string, FeatureView>;
  /** By full name: `history.bought_28d`. */
  readonly features: ReadonlyMap<string, FeatureDefinition>;
  readonly labels: ReadonlyMap<string, Label>;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly models: ReadonlyMap<string, Model>;
  readonly services: ReadonlyMap<string, Service>;
}

export function indexOf(spec: CompiledSpec): SpecIndex {
  return {
    entities: byName(spec.entities),
    sources: byName(spec.sources),
    views: byName(spec.features),
    features: new Map(spec.features.flatMap((view) => view.definitions.map((definition) => [`${view.name}.${definition.name}`, definition]))),
    labels: byName(spec.labels),
    datasets: byName(spec.datasets),
    models: byName(spec.models),
    services: byName(spec.services),
  };
}

/** The first of a name counts; a duplicate is an error that the compiler reports. */
function byName<T extends { readonly name: string }>(declarations: readonly T[]): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const declaration of declarations) if (!map.has(declaration.name)) map.set(declaration.name, declaration);
  return map;
}

export function columnOf(source: Source | undefined, name: string | null): Column | undefined {
  return name === null ? undefined : source?.columns.find((column) => column.name === name);
}

/** The column of `source` that holds the key of `entity`. */
export function keyColumnOf(source: Source | undefined, entity: string | null): Column | undefined {
  return entity === null ? undefined : source?.columns.find((column) => column.entity === entity);
}

/** The columns of the file that these come from: a computed column is what it is computed from. */
export function storedColumns(source: Source, columns: Iterable<string>): ReadonlySet<string> {
  const names = new Set(columns);
  const stored = new Set<string>();
  for (const name of names) {
    const value = columnOf(source, name)?.value ?? null;
    if (value === null) stored.add(name);
    else for (const column of columnsRead(value)) names.add(column);
  }
  return stored;
}
