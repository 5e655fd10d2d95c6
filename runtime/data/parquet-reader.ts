/** The SQL that reads Parquet files. */
import { MlspecError } from "../errors.ts";
import { durationUnits, type DurationUnit } from "./arrow-schema.ts";
import { textOf, type Row } from "./batch.ts";
import type { Database } from "./database.ts";
import type { Column } from "../../grammar/compiled-spec/index.ts";
import { absentButInPath, meetInSql, placesIn, placesOf, selected, type RawRelation, type Reading } from "./file-columns.ts";
import { ofPath, pathValue } from "./path-columns.ts";
import { valueOfTyped } from "./source-values.ts";
import { textList, verbatim } from "./sql/quote.ts";

export async function parquet(reading: Reading): Promise<RawRelation> {
  const paths = reading.files.map(({ path }) => path);
  const layouts = await layoutsOf(reading.database, paths);
  const names = [...new Set(layouts.flatMap((layout) => layout.names))];
  for (const layout of layouts) placesIn({ ...reading, columns: reading.columns.filter(({ physical }) => layout.names.includes(physical)) }, layout.names, layout.paths[0] ?? "");
  const inPath = absentButInPath(reading, names);
  const sql = meetInSql(names) ? byPlace(reading, layouts, paths, inPath) : `SELECT ${selected(reading.columns.map((column) => (inPath.has(column) ? pathValue(column.physical) : verbatim(column.physical))))} FROM ${reader(paths)}`;
  const types = (await reading.database.rows(`DESCRIBE ${sql}`)).map((row) => textOf(row["column_type"]));
  const units = await unitsOf(reading, paths);
  return { sql, values: reading.columns.map((column, i) => valueOfTyped(i, types[i] ?? "VARCHAR", column.type.kind, units.get(column.physical))) };
}

/** Of the columns that are declared durations: in which unit the files' writer had them, milliseconds where it does not say. */
async function unitsOf({ database, source, columns, whereOf }: Reading, paths: readonly string[]): Promise<ReadonlyMap<string, DurationUnit>> {
  const durations = columns.filter(({ type }) => type.kind === "duration");
  if (durations.length === 0) return new Map();
  const schemas = await database.rows(`SELECT decode(value) AS schema FROM parquet_kv_metadata(${textList(paths)}) WHERE key = 'ARROW:schema'::BLOB`);
  const said = schemas.map((row) => durationUnits(textOf(row["schema"])));
  return new Map(durations.map((column) => {
    const units = new Set<DurationUnit>([...said.map((each) => each.get(column.physical) ?? "ms"), ...(schemas.length < paths.length ? ["ms" as const] : [])]);
    if (units.size > 1) {
      throw new MlspecError("data-type-mismatch", `Column ${column.name} of source ${source.name} is a duration in files that write it in different units (${[...units].join(", ")}).`, {
        where: whereOf(column), hint: "Write all files of a source in one unit, or make a source of each.",
      });
    }
    return [column.physical, [...units][0] ?? "ms"];
  }));
}

const reader = (paths: readonly string[]): string => `read_parquet(${textList(paths)}, union_by_name=true, ${ofPath})`;

/** DuckDB would rename one of two columns that it takes for one, or read one for the other: files of one layout after the other are read by the columns' places. */
function byPlace({ columns }: Reading, layouts: readonly Layout[], paths: readonly string[], inPath: ReadonlySet<Column>): string {
  const runs: { readonly layout: Layout; readonly paths: string[] }[] = [];
  for (const path of paths) {
    const layout = layouts.find((each) => each.paths.includes(path));
    if (layout === undefined) throw new MlspecError("data-failed", `DuckDB does not say which columns ${path} has.`);
    if (runs.at(-1)?.layout === layout) runs.at(-1)?.paths.push(path);
    else runs.push({ layout, paths: [path] });
  }
  return runs.map((run) => {
    const places = placesOf(run.layout.names);
    const values = columns.map((column) => (inPath.has(column) ? pathValue(column.physical) : valueAt(places.get(column.physical))));
    return `SELECT ${selected(values)} FROM ${reader(run.paths)} AS t(${run.layout.names.map((_, i) => `c${i}`).join(", ")})`;
  }).join(" UNION ALL ");
}

const valueAt = (places: readonly number[] | undefined): string => (places === undefined ? "NULL" : `c${places[0] ?? 0}`);

/** The columns of a file, by the names that they have in it, in order. */
export const parquetNames = async (database: Database, path: string): Promise<readonly string[]> => (await layoutsOf(database, [path]))[0]?.names ?? [];

/** Files with the same columns, by the names that they have in the files. */
interface Layout {
  readonly names: readonly string[];
  readonly paths: readonly string[];
}

async function layoutsOf(database: Database, paths: readonly string[]): Promise<Layout[]> {
  const ofFile = `SELECT file_name, list({'name': name, 'children': coalesce(num_children, 0)} ORDER BY column_id) AS nodes FROM parquet_schema(${textList(paths)}) GROUP BY file_name`;
  const rows = await database.rows(`SELECT nodes, list(file_name ORDER BY file_name) AS paths FROM (${ofFile}) GROUP BY nodes ORDER BY 2`);
  return rows.map((row) => ({ names: namesOf(row["nodes"] as readonly Row[]), paths: row["paths"] as readonly string[] }));
}

/** The columns among the nodes of a schema, which is a tree in depth-first order: its root first. */
function namesOf(nodes: readonly Row[]): string[] {
  const names: string[] = [];
  for (let at = 1; at < nodes.length; at = after(nodes, at)) names.push(textOf(nodes[at]?.["name"]));
  return names;
}

/** Where the node after this one and all that is below it stands. */
function after(nodes: readonly Row[], at: number): number {
  let [next, left] = [at, 1];
  for (; left > 0 && next < nodes.length; next++) left += Number(nodes[next]?.["children"] ?? 0) - 1;
  return next;
}
