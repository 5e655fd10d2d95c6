/** Lineage from sources to labels and features. */
import type { Column, CompiledSpec, Expression, FeatureDefinition, FeatureView, Label, Source, ValueType } from "../../grammar/compiled-spec/index.ts";
import { columnsRead, readsOf } from "./expression.ts";
import { keyColumnOf } from "./index-of.ts";
import type { LineageBuilder } from "./lineage-graph.ts";
import { namedParts, readsOfNamed, type NamedParts } from "./named-parts.ts";

export function addData(builder: LineageBuilder, spec: CompiledSpec): void {
  for (const entity of spec.entities) builder.node("entity", entity.name, entity.origin);
  for (const source of spec.sources) addSource(builder, source);
  for (const view of spec.features) addView(builder, view, spec.sources);
  for (const label of spec.labels) addLabel(builder, label);
}

export function typeText(type: ValueType): string {
  return type.nullable ? `${type.kind}?` : type.kind;
}

export function tagNames(tags: readonly { readonly name: string }[]): string[] {
  return tags.map((tag) => tag.name);
}

/** Every column that `expression` names decides about `to`, but is not in its value. */
export function addSelection(builder: LineageBuilder, expression: Expression | null, id: (column: string) => string, to: string): void {
  if (expression !== null) for (const column of columnsRead(expression)) builder.edge(id(column), to, "selects");
}

function addSource(builder: LineageBuilder, source: Source): void {
  const id = builder.node("source", source.name, source.origin);
  // Columns of the file first: computed ones come from them (the order that `flow.ts` relies on).
  for (const column of source.columns.toSorted((a, b) => Number(a.value !== null) - Number(b.value !== null))) {
    const member = builder.node("column", `${source.name}.${column.name}`, column.origin, describe(column));
    builder.edge(id, member, "holds");
    if (column.entity !== null) builder.edge(`entity:${column.entity}`, member, "selects");
    if (column.value === null) continue;
    for (const read of readsOf(column.value)) builder.edge(columnId(source.name, read.column), member, read.as, read.through);
  }
}

function addView(builder: LineageBuilder, view: FeatureView, sources: readonly Source[]): void {
  const { from } = view;
  if (from.kind === "request") {
    for (const field of from.columns) builder.node("request-field", `${view.name}.${field.name}`, field.origin, describe(field));
  }
  const idOf = (column: string) => (from.kind === "request" ? `request-field:${view.name}.${column}` : columnId(from.source, column));
  const named = namedParts(view.definitions);
  for (const definition of view.definitions) {
    const id = addFeature(builder, view, definition, idOf, named);
    addSelection(builder, view.where, idOf, id);
    if (from.kind === "source" && view.entity !== null) {
      builder.edge(`source:${from.source}`, id, "selects");
      addEntityJoin(builder, view, sources.find((source) => source.name === from.source), id);
    }
  }
}

function addFeature(
  builder: LineageBuilder, view: FeatureView, definition: FeatureDefinition, idOf: (column: string) => string, named: NamedParts<FeatureDefinition>,
): string {
  const more = { type: typeText(definition.type), tags: tagNames(definition.tags) };
  const id = builder.node("feature", `${view.name}.${definition.name}`, definition.origin, more);
  for (const { from, as, through } of readsOfNamed(definition, named)) {
    builder.edge(typeof from === "string" ? idOf(from) : `feature:${view.name}.${from.name}`, id, as, through);
  }
  return id;
}

/** Which events belong to an entity, and which are in the window, is decided by the key's and the time's column. */
function addEntityJoin(builder: LineageBuilder, view: FeatureView, source: Source | undefined, feature: string): void {
  if (source === undefined) return;
  const key = keyColumnOf(source, view.entity);
  if (key !== undefined) builder.edge(columnId(source.name, key.name), feature, "selects");
  if (source.time !== null) builder.edge(columnId(source.name, source.time), feature, "selects");
}

function addLabel(builder: LineageBuilder, label: Label): void {
  const id = builder.node("label", label.name, label.origin, { type: typeText(label.type) });
  const ofExample = (column: string) => columnId(label.of, column);
  const { rule } = label;
  if (rule.kind === "row") {
    for (const read of readsOf(rule.value)) builder.edge(ofExample(read.column), id, read.as, read.through);
    return;
  }
  builder.edge(`source:${rule.events}`, id, "selects");
  for (const pair of rule.same) {
    builder.edge(ofExample(pair.example), id, "selects");
    builder.edge(columnId(rule.events, pair.event), id, "selects");
  }
  for (const read of readsOf(rule.value)) builder.edge(columnId(rule.events, read.column), id, read.as, read.through);
}

function columnId(source: string, column: string): string {
  return `column:${source}.${column}`;
}

function describe(column: Column): { type: string; tags: string[] } {
  return { type: typeText(column.type), tags: tagNames(column.tags) };
}
