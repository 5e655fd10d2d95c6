/**
 * DuckDB, in memory, over files: the only module that imports it. Nothing outlives `close`.
 *
 * Safety: DuckDB's external access stays on, for reading the files that a spec names is its work; but the only SQL that names
 * a file is made by `source.ts` and `dataset.ts`, names and texts are always quoted (`sql/quote.ts`), and an expression of a spec can only
 * become one of the functions of the language. Extensions are never fetched or loaded on their own.
 */
import { randomUUID } from "node:crypto";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import {
  DuckDBDateValue, DuckDBDecimalValue, DuckDBInstance, DuckDBListValue, DuckDBStructValue, DuckDBTimestampTZValue, DuckDBTimestampValue,
  DuckDBTypeId, type DuckDBConnection, type DuckDBDataChunk, type DuckDBValue,
} from "@duckdb/node-api";
import { MlspecError } from "../errors.ts";
import { BatchBuilder, type Batch, type Cell, type ColumnKind, type Row } from "./batch.ts";
import { dataError } from "./database-errors.ts";
import { Scratch } from "./scratch.ts";

export interface DatabaseOptions {
  /** Bytes that DuckDB may hold in memory before it spills to `tempFolder`: the smaller of 4 GiB and half of the machine's. */
  readonly memoryBytes?: number;
  readonly threads?: number;
  readonly tempFolder?: string;
}

/** Values of `$1`, `$2` … in the SQL. */
export type Parameters = readonly (boolean | number | bigint | string | null)[];

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface Database {
  /** Runs statements for their effect; returns the number of rows changed or copied by the last one. */
  run(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<number>;
  /** A small result as plain objects. */
  rows(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Row[]>;
  /** A result of any size, streamed: batches of `rows` rows, the last may be shorter. */
  batches(sql: string, options: QueryOptions & { readonly rows: number }): AsyncGenerator<Batch>;
  /** Gone when the database is closed. */
  readonly scratch: Scratch;
  close(): void;
  [Symbol.dispose](): void;
}

const gibibyte = 2 ** 30;

export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const memory = options.memoryBytes ?? Math.min(4 * gibibyte, totalmem() / 2);
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.max(1, Math.round(memory / 2 ** 20))}MiB`,
    // DuckDB makes this folder when it must spill, and removes it again.
    temp_directory: options.tempFolder ?? join(tmpdir(), `mlspec-duckdb-${randomUUID()}`),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  return new OpenDatabase(instance, await connect(instance));
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  // Texts without an offset are UTC, and deep (generated) expressions are allowed.
  await connection.run("SET TimeZone = 'UTC'; SET max_expression_depth = 20000; SET enable_progress_bar = false");
  return connection;
}

class OpenDatabase implements Database {
  readonly scratch = new Scratch();
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #closed = false;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  async run(sql: string, parameters: Parameters = [], options: QueryOptions = {}): Promise<number> {
    return interruptible(this.#connection, options.signal, sql, async () => {
      const result = await this.#connection.run(sql, bind(parameters));
      return result.rowsChanged;
    });
  }

  async rows(sql: string, parameters: Parameters = [], options: QueryOptions = {}): Promise<Row[]> {
    return interruptible(this.#connection, options.signal, sql, async () => {
      const reader = await this.#connection.runAndReadAll(sql, bind(parameters));
      return reader.getRowObjects().map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])));
    });
  }

  async *batches(sql: string, options: QueryOptions & { readonly rows: number }): AsyncGenerator<Batch> {
    // A connection of its own: a statement on a connection ends the stream that is open on it.
    const connection = await connect(this.#instance);
    try {
      const guarded = <T>(work: () => Promise<T>): Promise<T> => interruptible(connection, options.signal, sql, work);
      const result = await guarded(() => connection.stream(withEnd(sql)));
      const names = result.deduplicatedColumnNames().slice(0, -1);
      const layout = names.map((name, i) => ({ name, kind: kindOf(name, result.columnTypeId(i)) }));
      const builder = new BatchBuilder(layout, options.rows);
      for (let whole = false; !whole;) {
        const chunk = await guarded(() => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) throw await this.#whyCut(sql, options);
        whole = reader(chunk, names.length)(chunk.rowCount - 1) === true;
        yield* builder.add(chunk.rowCount - (whole ? 1 : 0), layout.map((_, i) => reader(chunk, i)));
      }
      yield* builder.rest();
    } finally {
      connection.disconnectSync();
    }
  }

  /** The query once more, in a way that tells its error. */
  async #whyCut(sql: string, options: QueryOptions): Promise<MlspecError> {
    try {
      await this.run(`CREATE OR REPLACE TEMP TABLE __whole AS SELECT * FROM (${sql}); DROP TABLE __whole`, [], options);
    } catch (error) {
      if (error instanceof MlspecError) return error;
      throw error;
    }
    return new MlspecError("data-failed", "DuckDB ended a result before its last row, and does not say why.", { hint: "Run it again." });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.scratch.clear();
    this.#connection.disconnectSync();
    this.#instance.closeSync();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A stream that breaks off (a damaged line far down) ends as one that is read to its end: DuckDB's library keeps the error to itself. So a last row
 * says that there are no more.
 */
const withEnd = (sql: string): string => `SELECT *, FALSE AS __whole FROM (${sql}) UNION ALL BY NAME SELECT TRUE AS __whole`;

async function interruptible<T>(connection: DuckDBConnection, signal: AbortSignal | undefined, sql: string, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted === true) throw new MlspecError("cancelled", "The work on the data was cancelled.");
  // Again and again until the work ends: an interrupt that comes before DuckDB has begun is forgotten.
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    again = setInterval(() => { connection.interrupt(); }, 20);
  };
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await work();
  } catch (error) {
    throw dataError(error, { sql });
  } finally {
    signal?.removeEventListener("abort", interrupt);
    clearInterval(again);
  }
}

const bind = (parameters: Parameters): DuckDBValue[] => [...parameters];

function cell(value: DuckDBValue): Cell {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return new Date(Number(value.micros / 1000n));
  if (value instanceof DuckDBDateValue) return new Date(value.days * 86_400_000);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue) return value.items.map(cell);
  if (value instanceof DuckDBStructValue) return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, cell(entry)]));
  return value.toString();
}

function kindOf(name: string, type: DuckDBTypeId): ColumnKind {
  switch (type) {
    case DuckDBTypeId.BOOLEAN: return "bool";
    case DuckDBTypeId.TINYINT: case DuckDBTypeId.SMALLINT: case DuckDBTypeId.INTEGER: case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UTINYINT: case DuckDBTypeId.USMALLINT: case DuckDBTypeId.UINTEGER: case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.TIMESTAMP: case DuckDBTypeId.DATE: return "int";
    case DuckDBTypeId.FLOAT: case DuckDBTypeId.DOUBLE: case DuckDBTypeId.DECIMAL: return "float";
    case DuckDBTypeId.VARCHAR: return "string";
    default: throw new MlspecError("data-failed", `Column ${name} is of a type that batches do not carry (${DuckDBTypeId[type]}); cast it in the query.`);
  }
}

function reader(chunk: DuckDBDataChunk, column: number): (row: number) => number | bigint | boolean | string | null {
  const vector = chunk.getColumnVector(column);
  return (row) => {
    const value: DuckDBValue = vector.getItem(row);
    if (value === null || typeof value !== "object") return value;
    if (value instanceof DuckDBTimestampValue) return value.micros;
    if (value instanceof DuckDBDateValue) return BigInt(value.days) * 86_400_000_000n;
    if (value instanceof DuckDBDecimalValue) return value.toDouble();
    return value.toString();
  };
}
