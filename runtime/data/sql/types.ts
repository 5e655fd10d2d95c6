/** The language's types and constants in DuckDB. */
import type { Literal, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { text } from "./quote.ts";

/** int and duration (milliseconds) are BIGINT, float is DOUBLE, timestamp is TIMESTAMP in UTC. */
export const sqlTypes: Readonly<Record<ScalarKind, string>> = {
  bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", string: "VARCHAR", timestamp: "TIMESTAMP", date: "DATE", duration: "BIGINT",
};

/** From one of the language's types to another; NULL where the value does not fit. */
export function castSql(sql: string, from: ScalarKind, to: ScalarKind): string {
  return sqlTypes[from] === sqlTypes[to] ? sql : `TRY_CAST(${sql} AS ${sqlTypes[to]})`;
}

/**
 * The UTC timestamp that a text says as one of the formats has it, without formats as ISO 8601; NULL if none. `sql` stands several times in it.
 * A year below 1000 is read only with a format that has `%Y`, and as four digits: `5/11/24` is not of the year 5.
 */
export function timestampOfText(sql: string, formats: readonly string[] = []): string {
  if (formats.length > 0) return `coalesce(${formats.map((format) => formatted(sql, format)).join(", ")}, NULL)`;
  // A plain cast is several times quicker than one with a zone, but knows no offset. The other one also knows the names of zones, of which only some have what looks like an offset.
  const hasOffset = `contains(${sql}, '+') OR contains(substr(${sql}, 12), '-')`;
  const withOffset = `CASE WHEN regexp_matches(${sql}, '[0-9][+-][0-9]{2}(:?[0-9]{2})?$') THEN TRY_CAST(${sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END`;
  return notBefore1000(`(CASE WHEN ${hasOffset} THEN ${withOffset} ELSE TRY_CAST(${sql} AS TIMESTAMP) END)`);
}

/** Written once: `nullif` of what is not above is what is left out. */
const notBefore1000 = (moment: string): string => `nullif(greatest(${moment}, TIMESTAMP '0999-12-31 23:59:59.999999'), TIMESTAMP '0999-12-31 23:59:59.999999')`;

function formatted(sql: string, format: string): string {
  const hasOffset = /%z/.test(format.replaceAll("%%", ""));
  const moment = `try_strptime(${sql}, ${text(format)})${hasOffset ? " AT TIME ZONE 'UTC'" : ""}`;
  if (!format.replaceAll("%%", "").includes("%Y")) return moment;
  return `(CASE WHEN regexp_matches(${sql}, '(^|[^0-9])0[0-9]{3}([^0-9]|$)') THEN ${moment} ELSE ${notBefore1000(moment)} END)`;
}

/** A moment that the spec says, of any year. */
export const momentOfIso = (iso: string): string => `(TRY_CAST(${text(iso)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;

/** A constant of any type; null is typed too, so that DuckDB never guesses. */
export function literalSql({ value, type }: Pick<Literal, "value" | "type">): string {
  const typed = sqlTypes[type.kind];
  if (value === null) return `CAST(NULL AS ${typed})`;
  switch (type.kind) {
    case "bool": return value === true || value === "true" ? "TRUE" : "FALSE";
    case "int": case "duration": return intSql(Number(value));
    case "float": return floatSql(Number(value));
    case "string": return text(String(value));
    case "timestamp": case "date": return `CAST(${momentOfIso(String(value))} AS ${typed})`;
  }
}

function intSql(value: number): string {
  if (!Number.isFinite(value)) return "CAST(NULL AS BIGINT)";
  return Number.isSafeInteger(value) ? `CAST(${value} AS BIGINT)` : `TRY_CAST('${BigInt(Math.trunc(value))}' AS BIGINT)`;
}

/** An exponent makes DuckDB read a DOUBLE; without, it would read a DECIMAL. */
export function floatSql(value: number): string {
  if (!Number.isFinite(value)) return "CAST(NULL AS DOUBLE)";
  const digits = value.toExponential();
  return value < 0 ? `(${digits})` : digits;
}
