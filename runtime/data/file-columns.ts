/** Where a file has the columns that a source declares: by the name that the file gives them, letter for letter. Pure. */
import type { Column, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, type ErrorPlace } from "../errors.ts";
import type { Database } from "./database.ts";
import { closest } from "./did-you-mean.ts";
import { isInPath, isPathColumn } from "./path-columns.ts";
import type { SourceFile } from "./source-files.ts";
import type { ValueOf } from "./source-values.ts";

export interface RawRelation {
  readonly sql: string;
  /** Beside the file columns (those without `value`), in the source's order. */
  readonly values: readonly ValueOf[];
}

export interface Reading {
  readonly database: Database;
  readonly source: Source;
  readonly columns: readonly Column[];
  readonly files: readonly SourceFile[];
  readonly where: ErrorPlace | undefined;
  /** The place of a column's declaration. */
  readonly whereOf: (column: Column) => ErrorPlace | undefined;
}

/** What is selected as `r0`, `r1` …. */
export const selected = (expressions: readonly string[]): string =>
  expressions.length === 0 ? "1 AS nothing" : expressions.map((sql, i) => `${sql} AS r${i}`).join(", ");

/** The place of each declared column among a file's names, null of one that the path has. Throws `column-missing`, `column-repeated`. */
export function placesIn(reading: Reading, names: readonly string[], path: string): (number | null)[] {
  const places = placesOf(names);
  return reading.columns.map((column) => {
    const [first, ...more] = places.get(column.physical) ?? [];
    if (first === undefined && isPathColumn(reading.source.read, column, path)) return null;
    if (first === undefined) throw missing(reading, column, names, path);
    if (more.length > 0) throw repeated(reading, column, [first, ...more], path);
    return first;
  });
}

export function placesOf(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    const known = places.get(name);
    if (known === undefined) places.set(name, [i]);
    else known.push(i);
  }
  return places;
}

function repeated({ source, whereOf }: Reading, column: Column, places: readonly number[], path: string): MlspecError {
  const numbers = places.map((place) => place + 1);
  const byPosition = source.read.format === "csv"
    ? `, or read the columns by their places: \`header: false, skip: ${source.read.skip + 1}\`, with every column of the file declared, in its order` : "";
  return new MlspecError(
    "column-repeated",
    `The column ${JSON.stringify(column.physical)} of source ${source.name} stands ${numbers.length === 2 ? "twice" : `${numbers.length} times`} in ${path}: as the columns ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1) ?? ""}.`,
    { where: whereOf(column), hint: `Which of them is meant, only you know: give the others another name in the file${byPosition}.` },
  );
}

export function missing({ source, columns, whereOf, files }: Reading, column: Column, names: readonly string[], path?: string): MlspecError {
  const isData = columns.some(({ physical }) => names.includes(physical));
  const suggestion = isData ? closest(column.physical, names) : (names.find((name) => spelling(name) === spelling(column.physical)) ?? null);
  const shown = names.slice(0, 40).map((name) => JSON.stringify(name)).join(", ");
  const inPath = files.some((file) => isInPath(file.path, column.physical));
  if (inPath && source.read.partitions !== true) {
    return new MlspecError("column-missing", `Source ${source.name} has no column ${JSON.stringify(column.physical)}, but folders of its files are called \`${column.physical}=…\`.`, {
      where: whereOf(column), hint: `If the column is meant to come from there, say so: \`${source.read.format}(…, partitions: true)\`.`,
    });
  }
  return new MlspecError(
    "column-missing",
    `Source ${source.name} has no column ${JSON.stringify(column.physical)}${path === undefined || files.length === 1 ? "" : ` in ${path}`}${inPath ? ", nor is it in the path" : ""}` +
      // What is in a file that has none of the columns may be none of the reader's business: a key, a list of passwords.
      (isData ? `; the file has ${shown}${names.length > 40 ? ", …" : ""}.` : ", nor has the file any other that is declared."),
    {
      where: whereOf(column),
      hint: suggestion === null
        ? `${isData ? "" : "Is it the right file, with the right delimiter? "}Correct the name, or name the file's column: \`name: type from "column"\`; a CSV file without a header line needs \`header: false\`.`
        : `Did you mean ${JSON.stringify(suggestion)}? Write \`${column.name}: ${column.type.kind} from ${JSON.stringify(suggestion)}\`.`,
    },
  );
}

/** Of the columns that no file has those that stand in the path of each. Throws `column-missing` of any other. */
export function absentButInPath(reading: Reading, names: readonly string[]): ReadonlySet<Column> {
  const absent = reading.columns.filter(({ physical }) => !names.includes(physical));
  for (const column of absent) {
    const without = reading.files.find(({ path }) => !isPathColumn(reading.source.read, column, path));
    if (without !== undefined) throw missing(reading, column, names, without.path);
  }
  return new Set(absent);
}

const spelling = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** True when DuckDB would take two of the names for one. */
export function meetInSql(names: readonly string[]): boolean {
  return new Set(names.map(folded)).size < new Set(names).size;
}

/** As DuckDB compares names: only the letters of ASCII have a case. */
export const folded = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
