/**
 * The SQL that reads a source's files: one relation with the columns `r0`, `r1` … (the source's file columns, in order, as they
 * stand in the file) and a way to type each. Looks at headers and schemas; reads no rows.
 */
import type { Column, Reader, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, type ErrorPlace } from "../errors.ts";
import { firstRecord, guessDelimiter, readStart, type Dialect, type FirstRecord } from "./csv-header.ts";
import { textOf } from "./batch.ts";
import type { Database } from "./database.ts";
import { closest } from "./did-you-mean.ts";
import { isRemote, type SourceFile } from "./source-files.ts";
import { valueOfText, valueOfTyped, type ValueOf } from "./source-values.ts";
import { identifier, text, textList } from "./sql/quote.ts";

export interface RawRelation {
  readonly sql: string;
  /** Beside the file columns (those without `value`), in the source's order. */
  readonly values: readonly ValueOf[];
}

interface Context {
  readonly database: Database;
  readonly source: Source;
  readonly columns: readonly Column[];
  readonly files: readonly SourceFile[];
  readonly where: ErrorPlace | undefined;
  /** The place of a column's declaration. */
  readonly whereOf: (column: Column) => ErrorPlace | undefined;
}

export async function rawRelation(context: Context): Promise<RawRelation> {
  const read = context.source.read;
  switch (read.format) {
    case "csv": return csv(context, read);
    case "parquet": return parquet(context);
    case "json": return json(context);
  }
}

type CsvReader = Extract<Reader, { format: "csv" }>;

async function csv(context: Context, read: CsvReader): Promise<RawRelation> {
  const groups = new Map<string, { first: FirstRecord; dialect: Dialect; paths: string[] }>();
  for (const file of context.files) {
    const { first, dialect } = await startOf(context, read, file.path);
    if (first === null) continue; // An empty file adds nothing.
    // Without a header the first record is data: only its width tells files apart.
    const key = JSON.stringify([read.header === false ? first.values.length : first.values, first.unixLine, dialect]);
    const group = groups.get(key) ?? { first, dialect, paths: [] };
    group.paths.push(file.path);
    groups.set(key, group);
  }
  const parts = [...groups.values()].map(({ first: { values: header, unixLine }, dialect, paths }) => {
    const indices = read.header === false ? byPosition(context, header.length) : context.columns.map((c) => indexOf(context, c, header));
    const layout = header.map((_, i) => `c${i}: 'VARCHAR'`).join(", ");
    const options = `auto_detect=false, header=${read.header !== false}, delim=${text(dialect.delimiter)}, quote=${text(dialect.quote)}, ` +
      `escape=${text(dialect.quote)}, skip=${dialect.skip}, columns={${layout}}${unixLine ? ", new_line='\\n'" : ""}`;
    return `SELECT ${selected(indices.map((i) => `c${i}`))} FROM read_csv(${textList(paths)}, ${options})`;
  });
  const nothing = `SELECT ${selected(context.columns.map(() => "CAST(NULL AS VARCHAR)"))} WHERE FALSE`;
  return {
    sql: parts.length === 0 ? nothing : parts.join(" UNION ALL "),
    values: context.columns.map((c, i) => valueOfText(i, c.type.kind, read.missing)),
  };
}

const selected = (expressions: readonly string[]): string =>
  expressions.length === 0 ? "1 AS nothing" : expressions.map((sql, i) => `${sql} AS r${i}`).join(", ");

interface Start {
  readonly first: FirstRecord | null;
  readonly dialect: Dialect;
}

/**
 * DuckDB takes the first line end that it sees for the file's, also one inside quotes: a line feed is named to it. (`\r\n` is not: DuckDB 1.5
 * misreads files when that is named, and finds it by itself.)
 */
async function startOf(context: Context, read: CsvReader, path: string): Promise<Start> {
  const start = isRemote(path) ? await remoteStart(context, read.skip, path) : await readStart(path);
  const partial = { quote: read.quote ?? '"', skip: read.skip };
  const dialect = { ...partial, delimiter: read.delimiter ?? guessDelimiter(start, partial) };
  return { first: firstRecord(start, dialect), dialect };
}

/** A file that cannot be opened here: its first line is asked of DuckDB, and so is how lines end. */
async function remoteStart(context: Context, skip: number, path: string): Promise<string> {
  const lines = `SELECT line FROM read_csv(${text(path)}, auto_detect=false, header=false, delim='\n', quote='', escape='', columns={line: 'VARCHAR'})`;
  const rows = await context.database.rows(`${lines} LIMIT ${skip + 1}`);
  return rows.map((row) => textOf(row["line"])).join("\n");
}

/** Without a header the columns are the file's, in order: all of them, for a silent shift would be worse than an error. */
function byPosition(context: Context, width: number): number[] {
  if (width !== context.columns.length) {
    throw new MlspecError("column-missing", `Source ${context.source.name} declares ${context.columns.length} columns, but the file, which has no header, has ${width}.`, {
      where: context.where, hint: "Declare every column of the file, in its order; or check the delimiter.",
    });
  }
  return context.columns.map((_, i) => i);
}

function indexOf(context: Context, column: Column, names: readonly string[]): number {
  const index = names.indexOf(column.physical);
  if (index >= 0) return index;
  const isData = context.columns.some(({ physical }) => names.includes(physical));
  const suggestion = isData ? closest(column.physical, names) : (names.find((name) => spelling(name) === spelling(column.physical)) ?? null);
  const shown = names.slice(0, 40).map((name) => JSON.stringify(name)).join(", ");
  throw new MlspecError(
    "column-missing",
    `Source ${context.source.name} has no column ${JSON.stringify(column.physical)}` +
      // What is in a file that has none of the columns may be none of the reader's business: a key, a list of passwords.
      (isData ? `; the file has ${shown}${names.length > 40 ? ", …" : ""}.` : ", nor has the file any other that is declared."),
    {
      where: context.whereOf(column),
      hint: suggestion === null
        ? `${isData ? "" : "Is it the right file, with the right delimiter? "}Correct the name, or name the file's column: \`name: type from "column"\`; a CSV file without a header line needs \`header: false\`.`
        : `Did you mean ${JSON.stringify(suggestion)}? Write \`${column.name}: ${column.type.kind} from ${JSON.stringify(suggestion)}\`.`,
    },
  );
}

const spelling = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

async function parquet(context: Context): Promise<RawRelation> {
  const reader = `read_parquet(${textList(context.files.map((f) => f.path))}, union_by_name=true, hive_partitioning=false)`;
  const schema = await schemaOf(context.database, reader);
  const names = [...schema.keys()];
  const columns = context.columns.map((c) => names[indexOf(context, c, names)] ?? c.physical);
  return {
    sql: `SELECT ${selected(columns.map(identifier))} FROM ${reader}`,
    values: context.columns.map((c, i) => valueOfTyped(i, schema.get(columns[i] ?? "") ?? "VARCHAR", c.type.kind)),
  };
}

async function json(context: Context): Promise<RawRelation> {
  const paths = textList(context.files.map((f) => f.path));
  let names = [...(await schemaOf(context.database, `read_json(${paths}, union_by_name=true)`)).keys()];
  if (context.columns.some((c) => !names.includes(c.physical))) {
    // Not among the first rows; perhaps further down.
    names = [...(await schemaOf(context.database, `read_json(${paths}, union_by_name=true, sample_size=-1)`)).keys()];
  }
  const columns = [...new Set(context.columns.map((c) => names[indexOf(context, c, names)] ?? c.physical))];
  const layout = columns.map((name) => `${identifier(name)}: 'VARCHAR'`).join(", ");
  return {
    sql: `SELECT ${selected(context.columns.map((c) => identifier(c.physical)))} FROM read_json(${paths}, columns={${layout}})`,
    values: context.columns.map((c, i) => valueOfText(i, c.type.kind, [])),
  };
}

async function schemaOf(database: Database, reader: string): Promise<Map<string, string>> {
  const rows = await database.rows(`DESCRIBE SELECT * FROM ${reader}`);
  return new Map(rows.map((row) => [textOf(row["column_name"]), textOf(row["column_type"])]));
}
