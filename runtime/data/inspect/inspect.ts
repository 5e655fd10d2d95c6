/** What a data file holds, as a source that declares it rightly would read it: `mlspec init` writes its first spec of this. */
import { basename } from "node:path";
import type { Column, Reader, ScalarKind, Source } from "../../../grammar/compiled-spec/index.ts";
import type { FileFacts } from "../../../grammar/file-facts.ts";
import { MlspecError } from "../../errors.ts";
import { textOf } from "../batch.ts";
import type { Database } from "../database.ts";
import { formatOf } from "../folders.ts";
import { sourceFiles } from "../source-files.ts";
import { rawRelation } from "../source-reader.ts";
import { columnFacts, sameAs } from "./columns.ts";
import { kindsOf } from "./kinds.ts";
import { namesOf } from "./names.ts";

/** @throws MlspecError `data-file-missing`, `data-file-unreadable`, `source-empty`. */
export async function inspectFile(database: Database, path: string, now: Date): Promise<FileFacts> {
  const format = formatOf(path);
  await sourceFiles(database, sourceOf(format, path, true, []), { spec: { files: [] } });
  const { names, header } = await namesOf(database, format, path);
  const repeated = header ? [...new Set(names.filter((name, i) => names.indexOf(name) !== i))] : [];
  const kept = names.filter((name) => name !== "" && !repeated.includes(name));
  const nothing = { hint: "Name a file of rows and columns: CSV, Parquet or JSON." };
  if (kept.length === 0) throw new MlspecError("source-empty", `${path} has no column that has a name of its own.`, nothing);
  const types = await load(database, format, path, header ? kept : names, header);
  const [total] = await database.rows(`SELECT count(*) AS n FROM ${rawTable}`);
  const rows = Number(total?.["n"]);
  if (rows === 0) throw new MlspecError("source-empty", `${path} has no rows.`, nothing);
  const read = await kindsOf(database, types, format);
  return { format, rows, header, missing: read.missing, times: read.times, repeated, columns: await columnFacts(database, { names: header ? kept : names, read, now }) };
}

/** Columns that are the same as this one in other words: one value of theirs for each of its values. */
export const copiesOf = sameAs;

const rawTable = "inspected";

/** Into a table as the reader gives it, `r0`, `r1` …, one for each name; gives the types that the columns have there. */
async function load(database: Database, format: Reader["format"], path: string, names: readonly string[], header: boolean): Promise<readonly string[]> {
  const columns = names.map((name): Column => columnOf(name, "string"));
  const source = sourceOf(format, path, header, columns);
  const raw = await rawRelation({ database, source, columns, files: [{ path, bytes: 0, at: path }], where: undefined, whereOf: () => undefined });
  await database.run(`CREATE OR REPLACE TABLE ${rawTable} AS ${raw.sql}`);
  return (await database.rows(`DESCRIBE ${rawTable}`)).map((row) => textOf(row["column_type"]));
}

const origin = { file: 0, range: [0, 0, 0, 0] } as const;

function columnOf(name: string, kind: ScalarKind): Column {
  return { name, type: { kind, nullable: true }, entity: null, tags: [], physical: name, value: null, doc: null, origin } as unknown as Column;
}

function sourceOf(format: Reader["format"], path: string, header: boolean, columns: readonly Column[]): Source {
  const read: Reader = format === "csv" ? { format, paths: [path], delimiter: null, quote: null, header, missing: [], skip: 0 } : { format, paths: [path] };
  return { name: basename(path), read, columns, folder: "", time: null, at: {}, origin } as unknown as Source;
}
