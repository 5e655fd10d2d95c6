/**
 * The SQL that reads a source's files: one relation with the columns `r0`, `r1` … (the source's file columns, in order, as they
 * stand in the file) and a way to type each. Looks at headers and schemas; reads no rows.
 */
import type { Reader } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { firstRecord, guessDelimiter, readStart, type Dialect, type FirstRecord } from "./csv-header.ts";
import { placesIn, selected, type RawRelation, type Reading } from "./file-columns.ts";
import { json } from "./json-reader.ts";
import { parquet } from "./parquet-reader.ts";
import { isPathColumn, ofPath, pathValue } from "./path-columns.ts";
import { notUtf8 } from "./readable.ts";
import type { SourceFile } from "./source-files.ts";
import { valueOfText } from "./source-values.ts";
import { text, textList } from "./sql/quote.ts";

export { type RawRelation } from "./file-columns.ts";

export async function rawRelation(context: Reading): Promise<RawRelation> {
  const read = context.source.read;
  switch (read.format) {
    case "csv": return csv(context, read);
    case "parquet": return parquet(context);
    case "json": return json(context);
  }
}

type CsvReader = Extract<Reader, { format: "csv" }>;

async function csv(context: Reading, read: CsvReader): Promise<RawRelation> {
  const groups = new Map<string, { first: FirstRecord; dialect: Dialect; paths: string[] }>();
  for (const file of context.files) {
    const { first, dialect } = await startOf(context, read, file);
    if (first === null) continue; // An empty file adds nothing.
    // Without a header the first record is data: only its width tells files apart.
    const inPath = context.columns.map((column) => isPathColumn(read, column, file.path));
    const key = JSON.stringify([read.header === false ? first.values.length : first.values, first.unixLine, dialect, inPath]);
    const group = groups.get(key) ?? { first, dialect, paths: [] };
    group.paths.push(file.path);
    groups.set(key, group);
  }
  const parts = [...groups.values()].map(({ first: { values: header, unixLine }, dialect, paths }) => {
    const indices = read.header === false ? byPosition(context, header.length, paths[0] ?? "") : placesIn(context, header, paths[0] ?? "");
    const layout = header.map((_, i) => `c${i}: 'VARCHAR'`).join(", ");
    const options = `auto_detect=false, header=${read.header !== false}, delim=${text(dialect.delimiter)}, quote=${text(dialect.quote)}, ` +
      `escape=${text(dialect.quote)}, skip=${dialect.skip}, columns={${layout}}${unixLine ? ", new_line='\\n'" : ""}, ${ofPath}`;
    return `SELECT ${selected(indices.map((i, n) => (i === null ? pathValue(context.columns[n]?.physical ?? "") : `c${i}`)))} FROM read_csv(${textList(paths)}, ${options})`;
  });
  const nothing = `SELECT ${selected(context.columns.map(() => "CAST(NULL AS VARCHAR)"))} WHERE FALSE`;
  return {
    sql: parts.length === 0 ? nothing : parts.join(" UNION ALL "),
    values: context.columns.map((c, i) => valueOfText(i, c.type.kind, read)),
  };
}

interface Start {
  readonly first: FirstRecord | null;
  readonly dialect: Dialect;
}

/**
 * DuckDB takes the first line end that it sees for the file's, also one inside quotes: a line feed is named to it. (`\r\n` is not: DuckDB 1.5
 * misreads files when that is named, and finds it by itself.)
 */
async function startOf({ where }: Reading, read: CsvReader, file: SourceFile): Promise<Start> {
  const start = await readStart(file.path);
  // Perhaps only the last letter, cut in the middle. A header in another encoding names other columns, and NUL is UTF-16's.
  const problem = /[\uFFFD\0]/.test(start.slice(0, -1)) ? await notUtf8(read, file, where) : null;
  if (problem !== null) throw problem;
  const partial = { quote: read.quote ?? '"', skip: read.skip };
  const dialect = { ...partial, delimiter: read.delimiter ?? guessDelimiter(start, partial, read.decimal) };
  return { first: firstRecord(start, dialect), dialect };
}

/** Without a header the columns are the file's, in order: all of them, for a silent shift would be worse than an error; but those of the path. */
function byPosition(context: Reading, width: number, path: string): (number | null)[] {
  const inFile = context.columns.filter((column) => !isPathColumn(context.source.read, column, path));
  if (width !== inFile.length) {
    throw new MlspecError("column-missing", `Source ${context.source.name} declares ${inFile.length} columns, but the file, which has no header, has ${width}.`, {
      where: context.where, hint: "Declare every column of the file, in its order; or check the delimiter.",
    });
  }
  return context.columns.map((column) => (inFile.includes(column) ? inFile.indexOf(column) : null));
}
