/**
 * The online values of an entity's features as of a time: one row per key, computed by the same query as the training
 * features, so that serving and training cannot differ.
 */
import type { CompiledSpec, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { BatchColumn, Cell } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { entityView, featuresSql } from "./features.ts";
import { leaveOutFuture, type FutureRows } from "./future.ts";
import { loadSource, type LoadedSource } from "./source.ts";
import { identifier } from "./sql/quote.ts";

/** Timestamps and dates are microseconds since 1970, durations milliseconds; ints beyond 2^53 are bigints. */
export type OnlineValue = boolean | number | bigint | string | null;

export interface OnlineEntry {
  readonly key: OnlineValue;
  readonly values: Readonly<Record<string, OnlineValue>>;
}

export interface MaterializeOptions extends QueryOptions {
  readonly spec: CompiledSpec;
  readonly view: string;
  readonly database: Database;
  readonly dataFolder?: string | undefined;
  /** Milliseconds since 1970: rows with a later event time are left out, and nothing is as of later. */
  readonly presentMs: number;
  /** Microseconds since 1970, as if an example stood there; default: just after the newest event became known, or the present if that is earlier. */
  readonly asOfMicroseconds?: bigint | undefined;
  /** The view's source, if it is loaded already. */
  readonly source?: LoadedSource | undefined;
}

export interface Materialized {
  readonly asOfMicroseconds: bigint;
  readonly future: FutureRows | null;
  readonly features: readonly { readonly name: string; readonly kind: ScalarKind }[];
  /** To be read once; one entry per key that ever had an event. */
  readonly entries: AsyncGenerator<OnlineEntry>;
}

export async function materialize(options: MaterializeOptions): Promise<Materialized> {
  const { database, spec } = options;
  const entity = entityView(spec, options.view);
  const { loaded, future } = await leaveOutFuture(database, options.source ?? (await loadSource(database, entity.source, options)), options.presentMs, options);
  const [newest] = await database.rows(`SELECT max(epoch_us(${identifier(entity.time)})) AS newest FROM ${loaded.table}`, [], options);
  const asOfMicroseconds = options.asOfMicroseconds ?? asOf(newest?.["newest"] ?? null, entity.source.latenessMs, options.presentMs);

  const keys = identifier(`keys of ${options.view}`);
  const key = identifier(entity.key.name);
  await database.run(
    `CREATE OR REPLACE TABLE ${keys} AS SELECT row_number() OVER (ORDER BY ${key}) AS __row, make_timestamp(${asOfMicroseconds}::BIGINT) AS __time, ${key}
     FROM (SELECT DISTINCT ${key} FROM ${loaded.table} WHERE ${key} IS NOT NULL)`, [], options,
  );
  const features = entity.view.definitions.map((d) => ({ name: d.name, kind: d.type.kind }));
  const values = featuresSql(entity, loaded, { sql: `SELECT * FROM ${keys}`, key: entity.key }, features.map((f) => f.name));
  const columns = features.map((f, i) => `v.${identifier(f.name)} AS v${i}`);
  const sql = `SELECT ${[`k.${key} AS key`, ...columns].join(", ")} FROM (${values}) v JOIN ${keys} k ON k.__row = v.__row ORDER BY k.__row`;
  return { asOfMicroseconds, future, features, entries: entries(options, sql, features.map((f) => f.name)) };
}

/** `newest`: microseconds since 1970; null: nothing has happened. */
function asOf(newest: Cell, latenessMs: number, presentMs: number): bigint {
  const present = BigInt(Math.floor(presentMs)) * 1000n;
  if (newest === null) return present;
  const known = BigInt(Number(newest)) + BigInt(Math.round(latenessMs * 1000)) + 1n;
  return known < present ? known : present;
}

async function* entries(options: MaterializeOptions, sql: string, names: readonly string[]): AsyncGenerator<OnlineEntry> {
  for await (const batch of options.database.batches(sql, { rows: 8192, signal: options.signal })) {
    const [keys, ...columns] = batch.columns;
    for (let row = 0; row < batch.rows; row++) {
      yield { key: valueAt(keys, row), values: Object.fromEntries(names.map((name, i) => [name, valueAt(columns[i], row)])) };
    }
  }
}

function valueAt(column: BatchColumn | undefined, row: number): OnlineValue {
  if (!column || (column.valid !== null && column.valid[row] === 0)) return null;
  switch (column.kind) {
    case "bool": return column.values[row] === 1;
    case "int": {
      const value = column.values[row] ?? 0n;
      return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    case "float": case "string": return column.values[row] ?? null;
  }
}
