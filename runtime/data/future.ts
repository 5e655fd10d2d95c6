/**
 * Rows whose event time is after the present have not happened: a mistyped year, a plan, local times taken for UTC. They are counted and taken out
 * of the source's table before anything is made of it, so that no example, window, split or maturity knows them. There is no tolerance: the
 * present is the time up to which everything is known, and a row of the next hour is there in an hour.
 */
import type { CompiledSpec, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { textOf } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { placeOf } from "./place.ts";
import type { LoadedSource } from "./source.ts";
import { identifier, text } from "./sql/quote.ts";
import { isPersonal } from "./tags.ts";

export interface FutureRows {
  readonly source: string;
  /** The event time's column. */
  readonly column: string;
  readonly rows: number;
  /** Of all rows that the files hold. */
  readonly of: number;
  /** The newest event time, as text; null where the column says something about a person. */
  readonly newest: string | null;
  /** The row that has it. */
  readonly row: number;
}

/** When the table would be the same: from the newest row kept on, and before the oldest left out. Milliseconds since 1970. */
export interface Presents {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

export interface PastRows {
  readonly loaded: LoadedSource;
  readonly future: FutureRows | null;
  readonly presents: Presents;
}

/** Takes them out of the table. */
export async function leaveOutFuture(database: Database, loaded: LoadedSource, presentMs: number, options: QueryOptions = {}): Promise<PastRows> {
  const { source, table, rows } = loaded;
  const column = source.columns.find(({ name }) => name === source.time);
  if (column === undefined) return { loaded, future: null, presents: { sinceMs: null, untilMs: null } };
  const time = `CAST(${identifier(column.name)} AS TIMESTAMP)`;
  const later = `${time} > make_timestamp(${BigInt(Math.floor(presentMs)) * 1000n}::BIGINT)`;
  const ms = (moment: string): string => `(epoch_us(${moment}) + 999) // 1000`;
  const form = column.type.kind === "date" ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ";
  const [found = {}] = await database.rows(
    `SELECT count(*) FILTER (${later}) AS n, strftime(max(${time}), ${text(form)}) AS newest, arg_max(__row, ${time}) AS row,
      ${ms(`max(${time}) FILTER (NOT (${later}))`)} AS since, ${ms(`min(${time}) FILTER (${later})`)} AS until FROM ${table}`, [], options,
  );
  const [count, since, until] = [Number(found["n"]), found["since"] ?? null, found["until"] ?? null];
  const presents = { sinceMs: since === null ? null : Number(since), untilMs: until === null ? null : Number(until) };
  if (count === 0) return { loaded, future: null, presents };
  await database.run(`DELETE FROM ${table} WHERE ${later}`, [], options);
  const future: FutureRows = { source: source.name, column: column.name, rows: count, of: rows, newest: isPersonal(column) ? null : textOf(found["newest"] ?? null), row: Number(found["row"]) };
  return { loaded: { ...loaded, future: count }, future, presents };
}

export const inAll = (each: readonly Presents[]): Presents => ({
  sinceMs: each.reduce<number | null>((last, { sinceMs }) => (sinceMs === null ? last : Math.max(last ?? sinceMs, sinceMs)), null),
  untilMs: each.reduce<number | null>((first, { untilMs }) => (untilMs === null ? first : Math.min(first ?? untilMs, untilMs)), null),
});

/** Would the same rows be left out? A clock that was set back counts too. */
export const holdsAt = ({ sinceMs, untilMs }: Presents, presentMs: number): boolean => (sinceMs === null || sinceMs <= presentMs) && (untilMs === null || presentMs < untilMs);

/** Nothing can be learned from, or judged on, what has not happened. @throws MlspecError `no-examples`. */
export function requirePast(spec: CompiledSpec, dataset: string, { source, rows, future = 0 }: LoadedSource): void {
  if (rows > future) return;
  throw new MlspecError("no-examples", `Dataset ${dataset} has no examples: the event time of all ${rows.toLocaleString("en-US")} rows of ${source.name} is in the future.`, {
    where: placeOf(spec, timeOf(source)), hint: "Check the column that `time` names, and this machine's clock. Times without an offset are read as UTC.",
  });
}

const timeOf = (source: Source): Source["origin"] => source.at["time"] ?? source.origin;

/** What a run or a service says of them. */
export function futureLine({ source, column, rows, of, newest, row }: FutureRows): string {
  const count = (n: number): string => n.toLocaleString("en-US");
  const where = `${newest === null ? "" : `${newest} in `}row ${count(row)}`;
  const said = rows === 1
    ? `1 of ${count(of)} rows of ${source} has an event time (${column}) in the future, ${where}: it is left out until then`
    : `${count(rows)} of ${count(of)} rows of ${source} have an event time (${column}) in the future, the newest ${where}: they are left out until then`;
  return `${said}. Times without an offset are read as UTC`;
}
