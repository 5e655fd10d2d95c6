/**
 * Point-in-time features: what was known about an entity at an example's time, never later. An event counts when
 * event time + lateness < example time + window.to and event time ≥ example time + window.from.
 * As in SQL, aggregates pass missing values over: `last(x)` is the last known x. Of events at the same instant the last is the
 * one further down the file.
 */
import type { Aggregate, CompiledSpec, FeatureDefinition, FeatureView, ScalarKind, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { LoadedSource } from "./source.ts";
import { placeOf } from "./place.ts";
import { expressionSql } from "./sql/expression.ts";
import { identifier } from "./sql/quote.ts";
import { castSql } from "./sql/types.ts";
import { windowAggregatesSql, type WindowAggregate } from "./window-aggregates.ts";

export interface EntityView {
  readonly view: FeatureView;
  readonly source: Source;
  /** The source's event time column. */
  readonly time: string;
  /** The source's column that holds the entity's key. */
  readonly key: { readonly name: string; readonly kind: ScalarKind };
}

/** A view with an entity, its source and its columns. Throws where the spec, unchecked, lacks one. */
export function entityView(spec: CompiledSpec, name: string): EntityView {
  const view = spec.features.find((v) => v.name === name);
  const from = view?.from;
  const source = from?.kind === "source" ? spec.sources.find((s) => s.name === from.source) : undefined;
  if (!view || view.entity === null || !source) throw new MlspecError("view-unknown", `There are no entity features named ${name}.`);
  const where = placeOf(spec, view.origin);
  const key = source.columns.find((c) => c.entity === view.entity);
  if (!key) {
    throw new MlspecError("entity-column-missing", `Source ${source.name} has no column that refers to ${view.entity}, which ${name} needs.`, {
      where, hint: `Write \`column: type -> ${view.entity}\` in the source.`,
    });
  }
  if (source.time === null) {
    throw new MlspecError("event-time-missing", `Source ${source.name} has no event time, which ${name} needs.`, { where, hint: "Name it: `time: column`." });
  }
  return { view, source, time: source.time, key: { name: key.name, kind: key.type.kind } };
}

export interface ExamplesRelation {
  /** SQL of a relation with `__row` (unique) and `__time`. */
  readonly sql: string;
  /** The column of it that holds the entity's key. */
  readonly key: { readonly name: string; readonly kind: ScalarKind };
}

/** SQL with `__row` and one column per feature, by its name: one row per example. */
export function featuresSql(entity: EntityView, events: LoadedSource, examples: ExamplesRelation, features: readonly string[]): string {
  const definitions = features.map((name) => definitionOf(entity.view, name));
  const aggregates = definitions.flatMap((d) => d.aggregates);
  const unique = new Map<string, number>();
  for (const aggregate of aggregates) {
    const text = JSON.stringify(aggregate);
    if (!unique.has(text)) unique.set(text, unique.size);
  }
  const numberOf = (aggregate: Aggregate | undefined): number => unique.get(JSON.stringify(aggregate)) ?? 0;
  const windows = [...unique.keys()].map((text) => windowOf(JSON.parse(text) as Aggregate, entity.source.latenessMs));
  const columns = definitions.map((d) => `${valueSql(entity.view, d, (index) => `a${numberOf(d.aggregates[index])}`)} AS ${identifier(d.name)}`);
  if (windows.length === 0) return `SELECT __row, ${columns.join(", ")} FROM (${examples.sql})`;
  const inner = windowAggregatesSql({
    events: { table: events.table, time: entity.time, keys: [identifier(entity.key.name)], where: entity.view.where },
    examples: `SELECT __row, __time, ${castSql(identifier(examples.key.name), examples.key.kind, entity.key.kind)} AS k0 FROM (${examples.sql})`,
    aggregates: windows,
  });
  return `SELECT __row, ${columns.join(", ")} FROM (${inner})`;
}

function definitionOf(view: FeatureView, name: string): FeatureDefinition {
  const definition = view.definitions.find((d) => d.name === name);
  if (!definition) throw new MlspecError("feature-unknown", `${view.name} has no feature ${name}.`);
  return definition;
}

function valueSql(view: FeatureView, definition: FeatureDefinition, aggregate: (index: number) => string): string {
  const column = (name: string): string => {
    throw new MlspecError("aggregate-missing", `${view.name}.${definition.name} uses the column ${name} outside of an aggregate, so it is unclear which event's.`, {
      hint: `Say which: \`last(${name})\`, \`max(${name}) over 7d\` …`,
    });
  };
  return castSql(expressionSql(definition.value, { column, aggregate }), definition.value.type.kind, definition.type.kind);
}

const microseconds = (ms: number): bigint => BigInt(Math.round(ms * 1000));

/** Lateness moves the window's end: what happened later was not known yet. */
function windowOf(aggregate: Aggregate, latenessMs: number): WindowAggregate {
  const { fromMs, toMs } = aggregate.window;
  return { aggregate, fromMicroseconds: fromMs === null ? null : microseconds(fromMs), toMicroseconds: microseconds(toMs) - microseconds(latenessMs) };
}
