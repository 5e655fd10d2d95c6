/**
 * A source as a table with the declared columns, typed and checked. Every source is read once, into a table that DuckDB moves to disk
 * when it outgrows its memory; everything after reads the table.
 */
import { columnsIn, type CompiledSpec, type Column, type Expression, type Source } from "../../grammar/compiled-spec/index.ts";
import { messageOf, MlspecError, type ErrorPlace } from "../errors.ts";
import type { Cell } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { endingsOf } from "./folders.ts";
import { placeOf } from "./place.ts";
import { notUtf8, readable } from "./readable.ts";
import { sourceFiles, type FileOptions, type SourceFile } from "./source-files.ts";
import type { SourceWarning } from "./source-warning.ts";
import { rawRelation, type RawRelation } from "./source-reader.ts";
import type { ValueOf } from "./source-values.ts";
import { inBundles } from "./sql/bundles.ts";
import { identifier } from "./sql/quote.ts";
import { sharing } from "./sql/sharing.ts";
import { castSql } from "./sql/types.ts";
import { isPersonal } from "./tags.ts";
import { textsInSpaces } from "./texts-in-spaces.ts";
import { isFatal, refuseUnreadable, unreadableLine, unreadableTexts } from "./unreadable-texts.ts";

export interface LoadedSource {
  readonly source: Source;
  /** Quoted name of the table: the declared columns and `__row`, the row's number over all files, from 1. */
  readonly table: string;
  readonly rows: number;
  /** How many of them were taken out of the table since they lie in the future (`future.ts`); the others keep their numbers. */
  readonly future?: number;
  readonly files: readonly SourceFile[];
  /** What was read and is likely not as it was meant. */
  readonly warnings: readonly SourceWarning[];
}

export interface SourceOptions extends QueryOptions {
  readonly spec: CompiledSpec;
  readonly dataFolder?: string | undefined;
  readonly onDownload?: FileOptions["onDownload"];
}

/**
 * Throws `data-file-missing`, `data-file-unreadable`, `column-missing`, `data-type-mismatch`, `texts-unreadable`, `unexpected-null`, `source-empty`,
 * each with its place in the spec.
 */
export async function loadSource(database: Database, source: Source, options: SourceOptions): Promise<LoadedSource> {
  const where = placeOf(options.spec, source.at["read"] ?? source.origin);
  const whereOf = (column: Column) => placeOf(options.spec, column.origin);
  const table = identifier(`source ${source.name}`);
  const { files: named, others } = await sourceFiles(database, source, options);
  let files = named;
  try {
    files = await readable(database, source, named, where);
    const columns = source.columns.filter((c) => c.value === null);
    const raw = await rawRelation({ database, source, columns, files: files.map((file) => ({ ...file, path: file.at })), where, whereOf });
    await database.run(`CREATE OR REPLACE TABLE ${table} AS ${typedSql(source, columns, raw)}`, [], options);
    const rows = await checkTypes(database, { source, columns, raw, table }, options);
    const unreadable = await unreadableTexts(database, source, table, options);
    for (const each of unreadable.filter(isFatal)) refuseUnreadable(source, each, whereOf(each.column));
    await checkNulls(database, source, table, options);
    const unread = unreadable.map((each) => ({ code: "some-texts-unreadable", text: unreadableLine(source, each) }) as const);
    const warnings = [...emptyFiles(source, files), ...leftOut(source, others), ...unread, ...(await textsInSpaces(database, source, table, options))];
    return { source, table, rows, files, warnings };
  } catch (error) {
    throw (await undecoded(error, source, files, where)) ?? placed(error, files, where);
  }
}

/** Files, among others that hold rows, that hold no byte. */
function emptyFiles({ name }: Source, files: readonly SourceFile[]): readonly SourceWarning[] {
  const paths = files.filter(({ bytes }) => bytes === 0).map(({ path }) => path);
  return paths.length === 0 ? [] : [{ code: "files-empty", text: `of the files of ${name} ${paths.length === 1 ? "one is empty and adds" : `${paths.length} are empty and add`} no rows: ${first(paths)}` }];
}

function leftOut({ name, read: { format } }: Source, others: readonly string[]): readonly SourceWarning[] {
  return others.length === 0 ? [] : [{ code: "files-left-out", text: `of the files in the folders of ${name} ${others.length === 1 ? "one is" : `${others.length} are`} left out, for the name ends in none of ${endingsOf(format)}: ${first(others)}` }];
}

const first = (paths: readonly string[]): string => `${paths.slice(0, 5).join(", ")}${paths.length > 5 ? `, and ${paths.length - 5} more` : ""}`;

/** DuckDB knows neither the spec nor, always, the file that it was reading. */
function placed(problem: unknown, files: readonly SourceFile[], where: ErrorPlace | undefined): unknown {
  if (!(problem instanceof MlspecError)) return problem;
  const error = called(problem, files);
  if (error.where) return error;
  const paths = files.map((file) => file.path);
  const named = error.code !== "data-file-unreadable" || paths.some((path) => error.message.includes(path));
  const list = paths.length === 1 ? paths[0] ?? "" : `one of ${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ", …" : ""}`;
  return new MlspecError(error.code, named ? error.message : `${error.message} (${list})`, { where, hint: error.hint, cause: error.cause });
}

/** Files that were downloaded or written anew are called what the spec calls them. */
function called(error: MlspecError, files: readonly SourceFile[]): MlspecError {
  const message = files.reduce((text, { path, at }) => (path === at ? text : text.replaceAll(at, path)), error.message);
  return message === error.message ? error : new MlspecError(error.code, message, { where: error.where, hint: error.hint, cause: error.cause });
}

/** Where DuckDB came upon bytes that are no text: which file and line, and what to do. */
async function undecoded(error: unknown, { read }: Source, files: readonly SourceFile[], where: ErrorPlace | undefined): Promise<MlspecError | null> {
  if (!(error instanceof MlspecError) || error.code !== "data-file-unreadable" || read.format === "parquet" || !/unicode|utf-?8|byte sequence/i.test(messageOf(error.cause))) return null;
  for (const file of files) {
    const problem = await notUtf8(read, file, where);
    if (problem !== null) return problem;
  }
  return null;
}

/** `__row`, the declared columns, and `__wrong`: which of `columns` has a value that is not of its type. */
export function typedSql(source: Source, columns: readonly Column[], raw: RawRelation): string {
  const all = (make: (value: ValueOf, i: number) => string): string => raw.values.map((v, i) => `, ${make(v, i)}`).join("");
  const given = `SELECT row_number() OVER () AS __row${all((v, i) => `${v.given} AS g${i}`)} FROM (${raw.sql})`;
  const typed = `SELECT *${all((v, i) => `${v.typed} AS t${i}`)} FROM (${given})`;
  const wrong = raw.values.map((_, i) => `WHEN g${i} IS NOT NULL AND t${i} IS NULL THEN ${i}`).join(" ");
  const kept = all((v, i) => `${v.kept} AS ${identifier(columns[i]?.name ?? "")}`);
  const base = `SELECT __row${kept}, ${wrong === "" ? "CAST(NULL AS INTEGER)" : `CASE ${wrong} END`} AS __wrong FROM (${typed})`;
  const names = ["__row", "__wrong", ...columns.map(({ name }) => identifier(name))];
  let relation = base;
  for (const group of ranked(source.columns)) {
    relation = withColumns(relation, names, group);
    names.push(...group.map(({ name }) => identifier(name)));
  }
  return relation;
}

type Computed = Column & { readonly value: Expression };

function withColumns(relation: string, names: readonly string[], columns: readonly Computed[]): string {
  const { from, sql } = sharing(`(${relation})`, columns.map(({ value }) => value));
  const values = columns.map(({ name, type, value }) => `${castSql(sql(value), value.type.kind, type.kind)} AS ${identifier(name)}`);
  return `SELECT ${[...names, ...values].join(", ")} FROM ${from}`;
}

/**
 * Computed columns in groups, each after those that it names. (The language puts the values of named ones in: there is one group.)
 * The type checker has refused cycles.
 */
function ranked(columns: readonly Column[]): readonly (readonly Computed[])[] {
  const left = new Map(columns.filter((column): column is Computed => column.value !== null).map((column) => [column.name, column]));
  const groups: Computed[][] = [];
  while (left.size > 0) {
    const group = [...left.values()].filter(({ value }) => ![...columnsIn(value)].some((name) => left.has(name)));
    if (group.length === 0) break;
    for (const { name } of group) left.delete(name);
    groups.push(group);
  }
  return groups;
}

interface Loaded {
  readonly source: Source;
  readonly columns: readonly Column[];
  readonly raw: RawRelation;
  readonly table: string;
}

/** Number of rows; throws when the source is empty or a value does not fit its column. */
async function checkTypes(database: Database, { source, columns, raw, table }: Loaded, options: SourceOptions): Promise<number> {
  const [found] = await database.rows(
    `SELECT count(*) AS rows, count(__wrong) AS wrong, arg_min(__wrong, __row) AS "column", min(__row) FILTER (__wrong IS NOT NULL) AS row FROM ${table}`, [], options,
  );
  const rows = Number(found?.["rows"] ?? 0);
  if (rows === 0) {
    throw new MlspecError("source-empty", `Source ${source.name} has no rows.`, {
      where: placeOf(options.spec, source.at["read"] ?? source.origin), hint: "Nothing can be learned from an empty source; check the files that `read` names.",
    });
  }
  const index = found?.["column"];
  const column = typeof index === "number" ? columns[index] : undefined;
  if (!column || typeof index !== "number") return rows;
  const row = Number(found?.["row"]);
  const given = raw.values[index]?.given ?? "NULL";
  const [example] = await database.rows(
    `SELECT CAST(${given} AS VARCHAR) AS value FROM (SELECT *, row_number() OVER () AS __n FROM (${raw.sql})) WHERE __n = ${row}`, [], options,
  );
  const count = Number(found?.["wrong"]);
  throw new MlspecError(
    "data-type-mismatch",
    `Column ${column.name} of source ${source.name} is declared ${column.type.kind}, but row ${row} holds ${shownValue(example?.["value"] ?? null, column, source)}` +
      `${count > 1 ? ` (and ${count - 1} more rows do not fit)` : ""}.`,
    { where: placeOf(options.spec, column.origin), hint: mismatchHint(column, source, example?.["value"] ?? null) },
  );
}

/** A person's value is not shown, and neither is one of a file that says nowhere that it is the declared data. */
function shownValue(value: Cell, column: Column, source: Source): string {
  const secret = isPersonal(column) || (source.read.format === "csv" && source.read.header === false);
  return secret && typeof value === "string" ? `a text of ${value.length} ${value.length === 1 ? "character" : "characters"}` : JSON.stringify(value);
}

function mismatchHint(column: Column, source: Source, value: Cell): string {
  const missing = source.read.format === "csv" ? ` or, if this text stands for a missing value, name it in \`missing\` and declare \`${column.type.kind}?\`` : "";
  return `Declare the type that the file has${missing}.${formOf(column, source)}${commaOf(value, column, source)}`;
}

/** `1,5`, perhaps with `1.000,5`, where nothing of it was said. */
function commaOf(value: Cell, { type: { kind } }: Column, { read }: Source): string {
  if (read.format !== "csv" || (kind !== "float" && kind !== "int") || typeof value !== "string" || !/^[+-]?[\d.]*,\d+$/.test(value)) return "";
  return ` Numbers with a comma before their fraction are read by \`decimal: ","\`${value.includes(".") ? ', with `thousands: "."`' : ""}; those with commas between their thousands by \`thousands: ","\`.`;
}

/** How values of the type are written in files, where it does not go without saying. */
function formOf({ name, type: { kind } }: Column, { read }: Source): string {
  if (kind === "timestamp" || kind === "date") {
    const times = read.format === "parquet" ? undefined : read.times;
    const option = read.format === "parquet" ? `, with a column of texts: \`${name}: ${kind} = timestamp(written, "%d.%m.%y")\`` : `: \`${read.format}(…, times: "%d.%m.%y")\``;
    const as = times === undefined ? "ISO 8601 (2026-11-20 14:00:00, with Z or an offset such as +02:00; no names of time zones, no years of two digits)" : `${times.map((format) => `\`${format}\``).join(" or ")}, as \`times\` says`;
    return ` Times are read as ${as}${times === undefined ? `. What is written in another way is read by its format${option}` : ""}.`;
  }
  return kind === "duration" ? ` A duration is read as a whole number of milliseconds; of seconds it is computed: \`${name}: duration = seconds * 1s\`, with a column \`seconds: float\`.` : "";
}

async function checkNulls(database: Database, source: Source, table: string, options: SourceOptions): Promise<void> {
  // Without an event time a row has no place in time, whatever the column's type allows.
  for (const columns of inBundles(source.columns.filter((c) => !c.type.nullable || c.name === source.time))) await checkNullsOf(database, { source, table, columns }, options);
}

async function checkNullsOf(database: Database, { source, table, columns }: Pick<Loaded, "source" | "table" | "columns">, options: SourceOptions): Promise<void> {
  const select = columns.flatMap((c, i) => [
    `count(*) FILTER (${identifier(c.name)} IS NULL) AS n${i}`, `min(__row) FILTER (${identifier(c.name)} IS NULL) AS row${i}`,
  ]);
  const [counts] = await database.rows(`SELECT ${select.join(", ")} FROM ${table}`, [], options);
  columns.forEach((column, i) => {
    const count = Number(counts?.[`n${i}`] ?? 0);
    if (count === 0) return;
    const what = column.name === source.time ? "event time" : "column";
    throw new MlspecError(
      "unexpected-null",
      `The ${what} ${column.name} of source ${source.name} is missing in ${count} ${count === 1 ? "row" : "rows"}, first in row ${Number(counts?.[`row${i}`])}.`,
      {
        where: placeOf(options.spec, column.origin),
        hint: column.name === source.time ? "Every event needs a time: mend the file." : `If it may be missing, declare it \`${column.type.kind}?\`.`,
      },
    );
  });
}
