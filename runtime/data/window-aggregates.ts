/**
 * Aggregates over the events around each example's time, as one SQL query. Pure.
 *
 * Events and examples are put into one relation, ordered by key and time, and each aggregate becomes a window function with a
 * RANGE frame: O(n log n), and DuckDB spills the sort when memory is short. (Joining examples with events first would multiply them.)
 *
 * Exact at ties: time is counted in whole microseconds, so the half-open window [from, to) has inclusive integer ends.
 * Deterministic: where the order of simultaneous events matters (`last`, sums of floats) the order key carries the event's row number.
 */
import type { Aggregate, Expression } from "../../grammar/compiled-spec/index.ts";
import { unreachable } from "../errors.ts";
import { conditionSql, expressionSql } from "./sql/expression.ts";
import { identifier } from "./sql/quote.ts";
import { sqlTypes } from "./sql/types.ts";

export interface WindowQuery {
  readonly events: {
    readonly table: string;
    readonly time: string;
    /** SQL over the events' columns. */
    readonly keys: readonly string[];
    readonly where: Expression | null;
  };
  /** A relation with `__row` (unique), `__time` and the keys as `k0`, `k1` …, of the same types as the events' keys. */
  readonly examples: string;
  readonly aggregates: readonly WindowAggregate[];
}

/** Events with example time + from ≤ event time < example time + to; `from` null reaches back to the beginning. */
export interface WindowAggregate {
  readonly aggregate: Aggregate;
  readonly fromMicroseconds: bigint | null;
  readonly toMicroseconds: bigint;
}

/** Events of one microsecond lie within this distance of order keys: room for a row number. */
const spread = 1n << 40n;

/** SQL with the columns `__row`, `a0`, `a1` …: one row per row of `examples`, also where a key is null (then there are no events). */
export function windowAggregatesSql(query: WindowQuery): string {
  const keys = query.events.keys.map((_, i) => `k${i}`);
  const ordered = query.aggregates.some(orderMatters);
  const scale = ordered ? spread : 1n;
  const order = (time: string, tie: string): string => (ordered ? `epoch_us(${time})::HUGEINT * ${scale}::HUGEINT + ${tie}` : `epoch_us(${time})`);
  const windows = new Map<string, string>();
  const windowOf = (aggregate: WindowAggregate): string => {
    const frame = frameSql(aggregate, scale, ordered ? "HUGEINT" : "BIGINT");
    const name = windows.get(frame) ?? `w${windows.size}`;
    windows.set(frame, name);
    return name;
  };
  const inputOf = query.aggregates.map(inputSql);
  const numbers = new Map([...new Set(inputOf)].map((sql, i) => [sql, i]));
  const inputs = [...numbers.keys()];
  const selected = query.aggregates.map((a, i) => `${resultSql(a.aggregate, `x${numbers.get(inputOf[i] ?? "") ?? 0}`, windowOf(a))} AS a${i}`);
  const frames = [...windows].map(([frame, name]) => `${name} AS (PARTITION BY ${keys.join(", ")} ORDER BY __order ${frame})`);
  const moments = `SELECT DISTINCT __time, ${keys.join(", ")} FROM (${query.examples})`;
  const same = keys.map((key) => `e.${key} IS NOT DISTINCT FROM f.${key}`).join(" AND ");
  // Examples of one key and moment (the lines of an invoice) have one answer: it is found once and joined back.
  return `SELECT e.__row, ${query.aggregates.map((_, i) => `f.a${i}`).join(", ")} FROM (${query.examples}) e JOIN (
  SELECT __example, __time, ${[...keys, ...selected].join(", ")} FROM (
    SELECT FALSE AS __example, __time, ${order("__time", "__row")} AS __order, ${[...keys, ...inputs.map((_, i) => `x${i}`)].join(", ")}
    FROM (${eventsSql(query, inputs)})
    UNION ALL
    SELECT TRUE, __time, ${order("__time", "0")}, ${[...keys, ...inputs.map(() => "NULL")].join(", ")} FROM (${moments})
  ) WINDOW ${frames.join(", ")}
) f ON f.__example AND e.__time = f.__time AND ${same}`;
}

function orderMatters({ aggregate }: WindowAggregate): boolean {
  const ofFloats = (aggregate.fn === "sum" || aggregate.fn === "avg") && aggregate.argument?.type.kind === "float";
  return aggregate.fn === "last" || ofFloats;
}

/** Events that some example could see: of a key that occurs, and not older than the longest window reaches. */
function eventsSql(query: WindowQuery, inputs: readonly string[]): string {
  const { events, aggregates } = query;
  const keys = events.keys.map((sql, i) => `${sql} AS k${i}`);
  const values = inputs.map((sql, i) => `${sql} AS x${i}`);
  const known = events.keys.map((sql, i) => `${sql} IN (SELECT k${i} FROM (${query.examples}) WHERE k${i} IS NOT NULL)`);
  const oldest = aggregates.reduce<bigint | null>(
    (least, a) => (least === null || a.fromMicroseconds === null ? null : a.fromMicroseconds < least ? a.fromMicroseconds : least),
    aggregates[0]?.fromMicroseconds ?? null,
  );
  const recent = oldest === null ? [] : [`epoch_us(${identifier(events.time)}) >= (SELECT min(epoch_us(__time)) + (${oldest}) FROM (${query.examples}))`];
  const conditions = [...known, ...recent, conditionSql(events.where)];
  return `SELECT __row, CAST(${identifier(events.time)} AS TIMESTAMP) AS __time, ${[...keys, ...values].join(", ")} FROM ${events.table} WHERE ${conditions.join(" AND ")}`;
}

/** What the aggregate sees of an event: NULL where the event does not count. */
function inputSql({ aggregate }: WindowAggregate): string {
  const value = aggregate.argument === null ? "TRUE" : expressionSql(aggregate.argument);
  const counted = aggregate.fn === "share" ? `CASE WHEN ${value} THEN 1e0 WHEN NOT ${value} THEN 0e0 END` : value;
  return aggregate.where === null ? `(${counted})` : `(CASE WHEN ${expressionSql(aggregate.where)} THEN ${counted} END)`;
}

function resultSql(aggregate: Aggregate, input: string, window: string): string {
  const over = `OVER ${window}`;
  const typed = (sql: string): string => `TRY_CAST(${sql} AS ${sqlTypes[aggregate.type.kind]})`;
  switch (aggregate.fn) {
    case "count": return `count(${input}) ${over}`;
    case "distinct": return `count(DISTINCT ${input}) ${over}`;
    case "sum": return typed(`sum(${input}) ${over}`);
    case "avg": return aggregate.type.kind === "float" ? `avg(${input}) ${over}` : typed(`round(avg(${input}) ${over})`);
    case "share": return `avg(${input}) ${over}`;
    case "min": return `min(${input}) ${over}`;
    case "max": return `max(${input}) ${over}`;
    case "last": return `last_value(${input} IGNORE NULLS) ${over}`;
    default: return unreachable(aggregate.fn);
  }
}

/** Order keys from the first of time + from to the last before time + to. */
function frameSql(window: WindowAggregate, scale: bigint, type: string): string {
  const bound = (offset: bigint): string => (offset < 0n ? `${-offset}::${type} PRECEDING` : `${offset}::${type} FOLLOWING`);
  const start = window.fromMicroseconds === null ? "UNBOUNDED PRECEDING" : bound(window.fromMicroseconds * scale);
  return `RANGE BETWEEN ${start} AND ${bound(window.toMicroseconds * scale - 1n)}`;
}
