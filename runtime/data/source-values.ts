/**
 * From what a file holds to the declared type: one SQL expression per column, NULL where the value does not fit. Pure.
 * NaN and infinities count as missing: no computation that follows has a use for them.
 */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { textList } from "./sql/quote.ts";
import { sqlTypes, timestampOfText } from "./sql/types.ts";

export interface ValueOf {
  /** The raw value, NULL where it is missing. */
  readonly given: string;
  /** The value in the declared type, NULL where it is missing or does not fit. */
  readonly typed: string;
  /** True for values that may be given and yet have no typed value without being wrong (NaN). */
  readonly wrong: string;
}

/** From a text (CSV, JSON): surrounding spaces go, `missing` texts and the empty text are missing. */
export function valueOfText(raw: string, kind: ScalarKind, missing: readonly string[]): ValueOf {
  const trimmed = `trim(${raw}, ' ' || chr(9))`;
  const given = `(CASE WHEN ${trimmed} IN ${inList(["", ...missing])} THEN NULL ELSE ${trimmed} END)`;
  return judged(given, textAs(given, kind), kind, `TRY_CAST(${given} AS DOUBLE)`);
}

const inList = (texts: readonly string[]): string => `(${textList(texts).slice(1, -1)})`;

function textAs(given: string, kind: ScalarKind): string {
  switch (kind) {
    case "string": return given;
    case "bool": return `(CASE WHEN lower(${given}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN lower(${given}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END)`;
    case "int": case "duration": return wholeNumber(given);
    case "float": return finite(`TRY_CAST(${given} AS DOUBLE)`);
    case "timestamp": return moment(timestampOfText(given));
    case "date": return `CAST(${moment(timestampOfText(given))} AS DATE)`;
  }
}

/** From a column that has a type of its own (Parquet). `fileType` is DuckDB's name of it. */
export function valueOfTyped(raw: string, fileType: string, kind: ScalarKind): ValueOf {
  const type = fileType.toUpperCase();
  if (type === "VARCHAR" || type.startsWith("ENUM")) {
    const text = `CAST(${raw} AS VARCHAR)`;
    // A Parquet text is as its writer meant it: nothing is trimmed, the empty text is a text; but it is no number.
    const given = kind === "string" ? text : `nullif(trim(${text}), '')`;
    return judged(given, textAs(given, kind), kind, `TRY_CAST(${given} AS DOUBLE)`);
  }
  return judged(raw, typedAs(raw, type, kind), kind, isNumber(type) ? `CAST(${raw} AS DOUBLE)` : "NULL");
}

const isNumber = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type);
const isWhole = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)/.test(type);

function typedAs(raw: string, type: string, kind: ScalarKind): string {
  switch (kind) {
    case "string": return `CAST(${raw} AS VARCHAR)`;
    case "bool":
      if (type === "BOOLEAN") return raw;
      return isNumber(type) ? `(CASE ${raw} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END)` : nothing(kind);
    case "int": case "duration":
      if (kind === "duration" && type === "INTERVAL") return `epoch_ms(${raw})`;
      if (isWhole(type)) return `TRY_CAST(${raw} AS BIGINT)`;
      if (type === "BOOLEAN") return `CAST(${raw} AS BIGINT)`;
      return isNumber(type) ? wholeNumber(raw) : nothing(kind);
    case "float": return isNumber(type) || type === "BOOLEAN" ? finite(`CAST(${raw} AS DOUBLE)`) : nothing(kind);
    case "timestamp": return momentOfTyped(raw, type) ?? nothing(kind);
    case "date": {
      const at = momentOfTyped(raw, type);
      return at === null ? nothing(kind) : `CAST(${at} AS DATE)`;
    }
  }
}

function momentOfTyped(raw: string, type: string): string | null {
  if (type === "TIMESTAMP WITH TIME ZONE") return moment(`(${raw} AT TIME ZONE 'UTC')`);
  return type.startsWith("TIMESTAMP") || type === "DATE" ? moment(`TRY_CAST(${raw} AS TIMESTAMP)`) : null;
}

const nothing = (kind: ScalarKind): string => `CAST(NULL AS ${sqlTypes[kind]})`;
const finite = (sql: string): string => `(CASE WHEN isfinite(${sql}) THEN ${sql} END)`;
const moment = finite;
/** A plain cast would round 1.5 to 2. */
const wholeNumber = (sql: string): string =>
  `(CASE WHEN trunc(TRY_CAST(${sql} AS DOUBLE)) = TRY_CAST(${sql} AS DOUBLE) THEN TRY_CAST(${sql} AS BIGINT) END)`;

function judged(given: string, typed: string, kind: ScalarKind, number: string): ValueOf {
  // NaN equals itself in DuckDB; a NaN that is given is missing, not wrong.
  const excused = kind === "float" ? ` AND NOT coalesce(${number} IS NOT NULL AND NOT isfinite(${number}), FALSE)` : "";
  return { given, typed, wrong: `(${given} IS NOT NULL AND ${typed} IS NULL${excused})` };
}
