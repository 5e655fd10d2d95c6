/** Texts with spaces around them: `"Berlin "` is another text than `"Berlin"`, in files as in requests, and mostly nobody meant it. */
import type { Source } from "../../grammar/compiled-spec/index.ts";
import type { Database, QueryOptions } from "./database.ts";
import type { SourceWarning } from "./source-warning.ts";
import { inBundles } from "./sql/bundles.ts";
import { identifier } from "./sql/quote.ts";

/** Of a Parquet file nothing is said: its writer had texts, not lines. */
export async function textsInSpaces(database: Database, source: Source, table: string, options: QueryOptions): Promise<readonly SourceWarning[]> {
  const columns = source.columns.filter(({ type, value }) => type.kind === "string" && value === null);
  if (columns.length === 0 || source.read.format === "parquet") return [];
  const found: SourceWarning[] = [];
  for (const bundle of inBundles(columns)) {
    const select = bundle.map(({ name }, i) => `count(*) FILTER (${identifier(name)} <> trim(${identifier(name)}, ' ' || chr(9))) AS __n${i}`);
    const [counts] = await database.rows(`SELECT ${select.join(", ")} FROM ${table}`, [], options);
    found.push(...bundle.flatMap(({ name }, i) => warning(source, name, Number(counts?.[`__n${i}`] ?? 0))));
  }
  return found;
}

function warning(source: Source, name: string, rows: number): readonly SourceWarning[] {
  if (rows === 0) return [];
  return [{ code: "texts-in-spaces", text: `column ${name} of source ${source.name} has spaces around its text in ${rows} ${rows === 1 ? "row" : "rows"}, which belong to it${wayOut(source)}` }];
}

const wayOut = ({ read }: Source): string => (read.format === "csv" && read.delimiter === null
  ? "; if every field begins with one, write `delimiter: \", \"`; else a computed column takes them away: `clean: string = trim(raw)`" : "; a computed column takes them away: `clean: string = trim(raw)`");
