/**
 * Labels. A row label is an expression over the example's own row. A later-events label aggregates the events of
 * (example time, example time + within]; an example is mature when that window has closed at the newest event.
 */
import { aggregatesOf, type CompiledSpec, type Label, type ScalarKind, type Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { placeOf } from "./place.ts";
import type { LoadedSource } from "./source.ts";
import { columnsOf, expressionSql } from "./sql/expression.ts";
import { identifier } from "./sql/quote.ts";
import { castSql } from "./sql/types.ts";
import { windowAggregatesSql } from "./window-aggregates.ts";

export interface LabelledExamples {
  /** SQL of a relation with `__row`, `__time` and the examples' columns. */
  readonly sql: string;
  readonly source: Source;
}

/** SQL with `__row`, `__label` and `__mature`: one row per example. `events` is asked for the source of later events. */
export function labelSql(spec: CompiledSpec, label: Label, examples: LabelledExamples, events: (name: string) => LoadedSource): string {
  const { rule } = label;
  // A label that is not a finite number is none.
  const labelOf = (sql: string): string => {
    const value = castSql(sql, rule.value.type.kind, label.type.kind);
    return label.type.kind === "float" ? `(CASE WHEN isfinite(${value}) THEN ${value} END)` : value;
  };
  if (rule.kind === "row") {
    const value = labelOf(expressionSql(rule.value));
    return `SELECT __row, ${value} AS __label, TRUE AS __mature FROM (${examples.sql})`;
  }
  const [aggregate] = aggregatesOf(rule.value);
  if (aggregate === undefined) throw new MlspecError("aggregate-missing", `Label ${label.name} looks at later events, but its value is over none of them.`, { where: placeOf(spec, label.origin) });
  const loaded = events(rule.events);
  const time = loaded.source.time;
  if (time === null || examples.source.time === null) {
    throw new MlspecError("event-time-missing", `Label ${label.name} looks at later events, so ${loaded.source.name} and ${examples.source.name} need an event time.`, {
      where: placeOf(spec, label.origin), hint: "Name the column: `time: column`.",
    });
  }
  const kind = (source: Source, name: string): ScalarKind => source.columns.find((c) => c.name === name)?.type.kind ?? "string";
  const keys = rule.same.map((pair, i) => `${castSql(identifier(pair.example), kind(examples.source, pair.example), kind(loaded.source, pair.event))} AS k${i}`);
  const within = BigInt(Math.round(rule.withinMs * 1000));
  const inner = windowAggregatesSql({
    events: { table: loaded.table, time, keys: rule.same.map((pair) => identifier(pair.event)), where: null },
    examples: `SELECT __row, __time, ${keys.join(", ")} FROM (${examples.sql})`,
    // (t, t + within] in whole microseconds.
    aggregates: [{ aggregate, fromMicroseconds: 1n, toMicroseconds: within + 1n }],
  });
  const value = labelOf(expressionSql(rule.value, { ...columnsOf("x"), aggregate: () => "l.a0" }));
  const mature = `epoch_us(x.__time) + ${within} <= (SELECT max(epoch_us(${identifier(time)})) FROM ${loaded.table})`;
  return `SELECT x.__row, ${value} AS __label, coalesce(${mature}, FALSE) AS __mature FROM (${inner}) l JOIN (${examples.sql}) x ON l.__row = x.__row`;
}
