/**
 * From what a file holds to the declared type: SQL for each file column, NULL where the value does not fit. Pure.
 * Each step reads the column of the step before (`r0` → `g0` → `t0`), so that nothing is computed twice.
 * NaN and infinities count as missing: no computation that follows has a use for them.
 */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { textList } from "./sql/quote.ts";
import { sqlTypes } from "./sql/types.ts";

export interface ValueOf {
  /** Over the raw `r`: the value given, NULL where it is missing. */
  readonly given: string;
  /** Over the given `g`: in the declared type, NULL where it does not fit. */
  readonly typed: string;
  /** Over the typed `t`: what the table holds. */
  readonly kept: string;
}

const value = (index: number, kind: ScalarKind, given: string, typed: string): ValueOf =>
  ({ given, typed, kept: kind === "float" || kind === "timestamp" || kind === "date" ? finite(`t${index}`) : `t${index}` });

/** From a text (CSV, JSON): surrounding spaces go, `missing` texts and the empty text are missing. */
export function valueOfText(index: number, kind: ScalarKind, missing: readonly string[]): ValueOf {
  const trimmed = `trim(r${index}, ' ' || chr(9))`;
  return value(index, kind, `(CASE WHEN ${trimmed} NOT IN ${inList(["", ...missing])} THEN ${trimmed} END)`, textAs(`g${index}`, kind));
}

const inList = (texts: readonly string[]): string => `(${textList(texts).slice(1, -1)})`;

function textAs(given: string, kind: ScalarKind): string {
  switch (kind) {
    case "string": return given;
    case "bool": return `(CASE WHEN lower(${given}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN lower(${given}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END)`;
    case "int": case "duration": return wholeNumber(given);
    case "float": return `TRY_CAST(${given} AS DOUBLE)`;
    case "timestamp": return textMoment(given);
    case "date": return `CAST(${textMoment(given)} AS DATE)`;
  }
}

/** From a column that has a type of its own (Parquet). `fileType` is DuckDB's name of it. */
export function valueOfTyped(index: number, fileType: string, kind: ScalarKind): ValueOf {
  const [raw, given, type] = [`r${index}`, `g${index}`, fileType.toUpperCase()];
  if (type === "VARCHAR" || type.startsWith("ENUM")) {
    const text = `CAST(${raw} AS VARCHAR)`;
    // A Parquet text is as its writer meant it: nothing is trimmed, the empty text is a text; but it is no number.
    return value(index, kind, kind === "string" ? text : `nullif(trim(${text}), '')`, textAs(given, kind));
  }
  return value(index, kind, raw, typedAs(given, type, kind));
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
    case "float": return isNumber(type) || type === "BOOLEAN" ? `CAST(${raw} AS DOUBLE)` : nothing(kind);
    case "timestamp": return momentOfTyped(raw, type) ?? nothing(kind);
    case "date": {
      const at = momentOfTyped(raw, type);
      return at === null ? nothing(kind) : `CAST(${at} AS DATE)`;
    }
  }
}

function momentOfTyped(raw: string, type: string): string | null {
  if (type === "TIMESTAMP WITH TIME ZONE") return `(${raw} AT TIME ZONE 'UTC')`;
  return type.startsWith("TIMESTAMP") || type === "DATE" ? `TRY_CAST(${raw} AS TIMESTAMP)` : null;
}

const nothing = (kind: ScalarKind): string => `CAST(NULL AS ${sqlTypes[kind]})`;
const finite = (sql: string): string => `(CASE WHEN isfinite(${sql}) THEN ${sql} END)`;
/** ISO 8601; a plain cast is several times quicker, but would drop an offset. */
const textMoment = (sql: string): string => {
  const hasOffset = `contains(${sql}, '+') OR contains(substr(${sql}, 12), '-')`;
  return `(CASE WHEN ${hasOffset} THEN TRY_CAST(${sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE TRY_CAST(${sql} AS TIMESTAMP) END)`;
};
/** A plain cast would round 1.5 to 2. */
const wholeNumber = (sql: string): string =>
  `(CASE WHEN trunc(TRY_CAST(${sql} AS DOUBLE)) = TRY_CAST(${sql} AS DOUBLE) THEN TRY_CAST(${sql} AS BIGINT) END)`;
