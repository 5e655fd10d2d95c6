/** The SQL that reads JSON: a list of objects, or objects one a line. */
import { textOf } from "./batch.ts";
import type { Database } from "./database.ts";
import type { Column } from "../../grammar/compiled-spec/index.ts";
import { absentButInPath, folded, selected, type RawRelation, type Reading } from "./file-columns.ts";
import { ofPath, pathValue } from "./path-columns.ts";
import { valueOfText } from "./source-values.ts";
import { text, textList, verbatim } from "./sql/quote.ts";

export async function json(reading: Reading): Promise<RawRelation> {
  const paths = textList(reading.files.map(({ path }) => path));
  let names = await fieldsOf(reading.database, paths, ` LIMIT ${sample}`);
  // Not among the first rows; perhaps further down.
  if (reading.columns.some(({ physical }) => !names.includes(physical))) names = await fieldsOf(reading.database, paths);
  const inPath = absentButInPath(reading, names);
  const times = reading.source.read.format === "json" ? reading.source.read.times : undefined;
  return { sql: `SELECT ${select(reading, paths, inPath)}`, values: reading.columns.map((column, i) => valueOfText(i, column.type.kind, { times })) };
}

const sample = 20_480;
const objects = (paths: string): string => `read_json_objects(${paths}, format='auto', ${ofPath})`;

/** As the files spell them (`read_json` would rename one of two that it takes for one), in the order in which objects have them. */
export async function fieldsOf(database: Database, paths: string, limit = ""): Promise<string[]> {
  const keys = `SELECT json_keys(json) AS keys FROM ${objects(paths)}${limit}`;
  const rows = await database.rows(`SELECT name FROM (SELECT unnest(keys) AS name, generate_subscripts(keys, 1) AS place FROM (${keys})) GROUP BY name ORDER BY min(place), name`);
  return rows.map((row) => textOf(row["name"]));
}

function select({ columns }: Reading, paths: string, inPath: ReadonlySet<Column>): string {
  const groups = apart([...new Set(columns.filter((column) => !inPath.has(column)).map(({ physical }) => physical))]);
  const values = (ofFile: (name: string) => string): string => selected(columns.map((column) => (inPath.has(column) ? pathValue(column.physical) : ofFile(column.physical))));
  const [only] = groups;
  if (groups.length <= 1) {
    const layout = (only ?? []).map((name) => `${verbatim(name)}: 'VARCHAR'`).join(", ");
    return `${values(verbatim)} FROM read_json(${paths}, columns={${layout}}, ${ofPath})`;
  }
  const structs = groups.map((group, i) => `json_transform(json, ${text(JSON.stringify(Object.fromEntries(group.map((name) => [name, "VARCHAR"]))))}) AS s${i}`);
  const ofStruct = (name: string): string => `s${groups.findIndex((group) => group.includes(name))}.${verbatim(name)}`;
  return `${values(ofStruct)} FROM (SELECT __path, ${structs.join(", ")} FROM (SELECT __path, ${once(groups.flat())} AS json FROM ${objects(paths)}))`;
}

/** In groups within which DuckDB takes no two names for one. */
function apart(names: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  const seen = new Map<string, number>();
  for (const name of names) {
    const group = seen.get(folded(name)) ?? 0;
    seen.set(folded(name), group + 1);
    (groups[group] ??= []).push(name);
  }
  return groups;
}

/** The object, with none of these fields twice: `read_json` sees to it, `json_transform` would take the first. `database-errors.ts` knows the words. */
function once(names: readonly string[]): string {
  const found = `list_filter(json_keys(json), lambda name: list_contains(${textList(names)}, name))`;
  const twice = `list_filter(${found}, lambda name: len(list_filter(${found}, lambda other: other = name)) > 1)`;
  return `CASE WHEN len(${found}) = len(list_distinct(${found})) THEN json ELSE error(concat('has duplicate key "', ${twice}[1], '"')) END`;
}
