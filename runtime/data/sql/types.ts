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

/** The UTC timestamp that an ISO 8601 text says, offsets respected (a plain cast to TIMESTAMP would drop them); NULL if none. */
export function timestampOfText(sql: string): string {
  return `(TRY_CAST(${sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;
}

/** A constant of any type; null is typed too, so that DuckDB never guesses. */
export function literalSql({ value, type }: Pick<Literal, "value" | "type">): string {
  const typed = sqlTypes[type.kind];
  if (value === null) return `CAST(NULL AS ${typed})`;
  switch (type.kind) {
    case "bool": return value === true || value === "true" ? "TRUE" : "FALSE";
    case "int": case "duration": return intSql(Number(value));
    case "float": return floatSql(Number(value));
    case "string": return text(String(value));
    case "timestamp": case "date": return `CAST(${timestampOfText(text(String(value)))} AS ${typed})`;
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
