/**
 * Texts, and parts of dates, that computed columns read as times and that are none. To an expression they are missing, and a column of nothing but missing values
 * trains without a complaint: so they are counted, and shown.
 */
import { columnsIn, everyPart, type Call, type Column, type Expression, type Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { Database, QueryOptions } from "./database.ts";
import { isPersonal } from "./tags.ts";
import { identifier } from "./sql/quote.ts";
import { sharing } from "./sql/sharing.ts";

export interface Unreadable {
  readonly column: Column;
  /** Rows whose value is missing for it. */
  readonly rows: number;
  /** Rows that have a text. */
  readonly of: number;
  /** Some of the texts, as they may be shown; empty of a person's. */
  readonly shown: readonly string[];
}

/** In the order of the columns; each has at least one. */
export async function unreadableTexts(database: Database, source: Source, table: string, options: QueryOptions): Promise<readonly Unreadable[]> {
  const found: Unreadable[] = [];
  for (const column of source.columns) {
    const one = column.value === null ? null : await unreadableIn(database, source, table, { column, value: column.value }, options);
    if (one !== null) found.push(one);
  }
  return found;
}

async function unreadableIn(database: Database, source: Source, table: string, { column, value }: { column: Column; value: Expression }, options: QueryOptions): Promise<Unreadable | null> {
  const readings = [...everyPart([value])].filter(isReading);
  if (readings.length === 0) return null;
  const texts = readings.map(textOf);
  const { from, sql } = sharing(table, [...readings, ...texts]);
  const given = texts.map((read) => `${sql(read)} IS NOT NULL`).join(" OR ");
  const failed = (i: number): string => `(${sql(texts[i] as Expression)} IS NOT NULL AND ${sql(readings[i] as Expression)} IS NULL)`;
  const lost = `${identifier(column.name)} IS NULL AND (${readings.map((_, i) => failed(i)).join(" OR ")})`;
  const example = `CASE ${readings.map((_, i) => `WHEN ${failed(i)} THEN ${sql(texts[i] as Expression)}`).join(" ")} END`;
  const [counts] = await database.rows(`SELECT count(*) FILTER (${given}) AS __given, count(*) FILTER (${lost}) AS __lost FROM ${from}`, [], options);
  const rows = Number(counts?.["__lost"] ?? 0);
  if (rows === 0) return null;
  const secret = [...columnsIn(value)].some((name) => source.columns.some((each) => each.name === name && isPersonal(each)));
  const shown = secret ? [] : await database.rows(`SELECT __text AS text FROM (SELECT __row, ${example} AS __text FROM ${from} WHERE ${lost}) GROUP BY __text ORDER BY min(__row) LIMIT 3`, [], options);
  return { column, rows, of: Number(counts?.["__given"] ?? 0), shown: shown.map(({ text }) => JSON.stringify(typeof text === "string" ? text.slice(0, 60) : text)) };
}

const isReading = (part: Expression): part is Call => part.op === "call" && (part.fn === "date" || (part.fn === "timestamp" && part.args[0]?.type.kind === "string"));

/** Of `date(year, month, day)` its parts as `2026-2-30`, which is null where one of them is. */
function textOf({ fn, args }: Call): Expression {
  const [first, ...more] = args as readonly [Expression, ...Expression[]];
  if (fn !== "date") return first;
  const type = { kind: "string", nullable: true } as const;
  const call = (name: string, of: readonly Expression[]): Expression => ({ op: "call", type, fn: name, args: of });
  const dash: Expression = { op: "literal", type: { kind: "string", nullable: false }, value: "-" };
  return call("concat", [call("string", [first]), ...more.flatMap((part) => [dash, call("string", [part])])]);
}

/** Where no text is a time the column is nothing; where it may not be missing, none may be. */
export const isFatal = ({ column, rows, of }: Unreadable): boolean => rows === of || !column.type.nullable;

export const unreadableLine = (source: Source, { column, rows, of, shown }: Unreadable): string =>
  `Column ${column.name} of source ${source.name} is missing in ${rows} of the ${of} rows that have ${isDate(column) ? "the parts of a day" : "a text"} for it (${percent(rows / of)}), for ${isDate(column) ? "there is no such day" : "the text is no time"}` +
  (shown.length === 0 ? " (of a column tagged @pii, so none is shown)." : `: ${shown.join(", ")}${rows > shown.length ? " …" : ""}.`);

const isDate = ({ value }: Column): boolean => value !== null && [...everyPart([value])].every((part) => !isReading(part) || part.fn === "date");

const percent = (share: number): string => (share < 0.0005 ? "less than 0.1%" : `${Number((share * 100).toPrecision(share > 0.1 ? 3 : 2))}%`);

/** @throws MlspecError `texts-unreadable`. */
export function refuseUnreadable(source: Source, unreadable: Unreadable, where: MlspecError["where"]): never {
  throw new MlspecError("texts-unreadable", unreadableLine(source, unreadable), {
    where, hint: isDate(unreadable.column) ? "A day is `date(year, month, day)`, with a year of four digits; declare the column with a `?` where some rows may have none." : `Times are read as ISO 8601 (2026-11-20 14:00:00); others by a format: \`timestamp(written, "%d.%m.%y")\`, of several by \`coalesce(timestamp(…, …), timestamp(…, …))\`.`,
  });
}
