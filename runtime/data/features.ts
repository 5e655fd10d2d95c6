/**
 * Point-in-time features: what was known about an entity at an example's time, never later. An event counts when
 * event time + lateness < example time + window.to and event time ≥ example time + window.from.
 * As in SQL, aggregates pass missing values over: `last(x)` is the last known x. Of events at the same instant the last is the
 * one further down the file.
 */
import { aggregatesOf, columnsIn, type Aggregate, type CompiledSpec, type FeatureDefinition, type FeatureView, type ScalarKind, type Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { LoadedSource } from "./source.ts";
import { placeOf } from "./place.ts";
import { columnsOf } from "./sql/expression.ts";
import { identifier } from "./sql/quote.ts";
import { sharing } from "./sql/sharing.ts";
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
  definitions.forEach((definition) => refuseColumns(entity.view, definition));
  const { numberOf, distinct } = numbered(definitions.flatMap(({ value }) => aggregatesOf(value)));
  const windows = distinct.map((aggregate) => windowOf(aggregate, entity.source.latenessMs));
  const scope = { ...columnsOf(), aggregate: (aggregate: Aggregate) => `a${numberOf(aggregate)}` };
  const select = (relation: string): string => {
    const { from, sql } = sharing(`(${relation})`, definitions.map(({ value }) => value), { scope });
    const columns = definitions.map(({ name, value, type }) => `${castSql(sql(value), value.type.kind, type.kind)} AS ${identifier(name)}`);
    return `SELECT __row, ${columns.join(", ")} FROM ${from}`;
  };
  if (windows.length === 0) return select(examples.sql);
  return select(windowsSql(entity, events, examples, windows));
}

/** SQL with `__row`, `a0`, `a1` …: how many events each aggregate sees. */
export function eventCountsSql(entity: EntityView, events: LoadedSource, examples: ExamplesRelation, aggregates: readonly Aggregate[]): string {
  return windowsSql(entity, events, examples, aggregates.map((each) => windowOf({ ...each, fn: "count", type: { kind: "int", nullable: false } }, entity.source.latenessMs)));
}

function windowsSql(entity: EntityView, events: LoadedSource, examples: ExamplesRelation, aggregates: readonly WindowAggregate[]): string {
  return windowAggregatesSql({
    events: { table: events.table, time: entity.time, keys: [identifier(entity.key.name)], where: entity.view.where },
    examples: `SELECT __row, __time, ${castSql(identifier(examples.key.name), examples.key.kind, entity.key.kind)} AS k0 FROM (${examples.sql})`,
    aggregates,
  });
}

/** Equal aggregates have one number, and are computed once. */
function numbered(aggregates: readonly Aggregate[]): { readonly numberOf: (aggregate: Aggregate) => number; readonly distinct: readonly Aggregate[] } {
  const numbers = new Map<string, number>();
  const known = new Map<Aggregate, number>();
  const distinct: Aggregate[] = [];
  for (const aggregate of new Set(aggregates)) {
    const text = JSON.stringify(aggregate);
    const number = numbers.get(text) ?? distinct.push(aggregate) - 1;
    numbers.set(text, number);
    known.set(aggregate, number);
  }
  return { numberOf: (aggregate) => known.get(aggregate) ?? 0, distinct };
}

function definitionOf(view: FeatureView, name: string): FeatureDefinition {
  const definition = view.definitions.find((d) => d.name === name);
  if (!definition) throw new MlspecError("feature-unknown", `${view.name} has no feature ${name}.`);
  return definition;
}

/** The type checker has refused it: a column has a value per event. */
function refuseColumns(view: FeatureView, { name, value }: FeatureDefinition): void {
  const [column] = columnsIn(value);
  if (column === undefined) return;
  throw new MlspecError("aggregate-missing", `${view.name}.${name} uses the column ${column} outside of an aggregate, so it is unclear which event's.`, {
    hint: `Say which: \`last(${column})\`, \`max(${column}) over 7d\` …`,
  });
}

const microseconds = (ms: number): bigint => BigInt(Math.round(ms * 1000));

/** Lateness moves the window's end: what happened later was not known yet. */
function windowOf(aggregate: Aggregate, latenessMs: number): WindowAggregate {
  const { fromMs, toMs } = aggregate.window;
  return { aggregate, fromMicroseconds: fromMs === null ? null : microseconds(fromMs), toMicroseconds: microseconds(toMs) - microseconds(latenessMs) };
}
