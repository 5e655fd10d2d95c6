/**
 * From what a file holds to the declared type: SQL for each file column, NULL where the value does not fit. Pure.
 * Each step reads the column of the step before (`r0` → `g0` → `t0`), so that nothing is computed twice.
 * NaN and infinities count as missing: no computation that follows has a use for them.
 */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { DurationUnit } from "./arrow-schema.ts";
import { text, textList } from "./sql/quote.ts";
import { sqlTypes, timestampOfText } from "./sql/types.ts";

export interface ValueOf {
  /** Over the raw `r`: the value given, NULL where it is missing. */
  readonly given: string;
  /** Over the given `g`: in the declared type, NULL where it does not fit. */
  readonly typed: string;
  /** Over the typed `t`: what the table holds. */
  readonly kept: string;
}

/** How a reader's texts are to be read. */
export interface Writing {
  /** Texts that stand for a missing value, besides the empty one. */
  readonly missing?: readonly string[] | undefined;
  /** Formats of times; ISO 8601 without. */
  readonly times?: readonly string[] | undefined;
  /** What stands before a fraction; a point without. */
  readonly decimal?: string | undefined;
  /** What groups digits by three; nothing without. */
  readonly thousands?: string | undefined;
}

const value = (index: number, kind: ScalarKind, given: string, typed: string): ValueOf =>
  ({ given, typed, kept: kind === "float" || kind === "timestamp" || kind === "date" ? finite(`t${index}`) : `t${index}` });

/**
 * From a text (CSV, JSON): spaces around it do not count where it is empty, one of `missing`, or of another type. A string keeps them, as one that a
 * request brings does: what was trained on is what is served.
 */
export function valueOfText(index: number, kind: ScalarKind, { missing = [], times, decimal, thousands }: Writing): ValueOf {
  const trimmed = `trim(r${index}, ' ' || chr(9))`;
  return value(index, kind, `(CASE WHEN ${trimmed} NOT IN ${inList(["", ...missing])} THEN ${kind === "string" ? `r${index}` : trimmed} END)`, textAs(isCounted(kind) ? pointed(`g${index}`, decimal, thousands) : `g${index}`, kind, times));
}

const isCounted = (kind: ScalarKind): boolean => kind === "int" || kind === "float" || kind === "duration";

/** A number as SQL writes it, NULL of one that is written otherwise than is said: `1.5` is none where the point groups by three. What has no digits (`nan`) stays. */
function pointed(given: string, decimal = ".", thousands = ""): string {
  if (decimal === "." && thousands === "") return given;
  const grouped = thousands === "" ? "" : `[0-9]{1,3}([${thousands}][0-9]{3})+|`;
  const pattern = `[+-]?(${grouped}[0-9]+)?([${decimal}][0-9]*)?([eE][+-]?[0-9]+)?`;
  const plain = thousands === "" ? given : `replace(${given}, ${text(thousands)}, '')`;
  return `(CASE WHEN regexp_full_match(${given}, ${text(pattern)}) THEN replace(${plain}, ${text(decimal)}, '.') WHEN NOT regexp_matches(${given}, '[0-9]') THEN ${given} END)`;
}

const inList = (texts: readonly string[]): string => `(${textList(texts).slice(1, -1)})`;

function textAs(given: string, kind: ScalarKind, times: readonly string[] = []): string {
  switch (kind) {
    case "string": return given;
    case "bool": return `(CASE WHEN lower(${given}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN lower(${given}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END)`;
    case "int": case "duration": return wholeText(given);
    // DuckDB reads 1_000 as 1000, which nobody writes into a file of numbers.
    case "float": return `(CASE WHEN NOT contains(${given}, '_') THEN TRY_CAST(${given} AS DOUBLE) END)`;
    case "timestamp": return timestampOfText(given, times);
    case "date": return `CAST(${timestampOfText(given, times)} AS DATE)`;
  }
}

/** From a column that has a type of its own (Parquet). `fileType` is DuckDB's name of it; `unit` is of whole numbers that their writer had as durations. */
export function valueOfTyped(index: number, fileType: string, kind: ScalarKind, unit: DurationUnit = "ms"): ValueOf {
  const [raw, given, type] = [`r${index}`, `g${index}`, fileType.toUpperCase()];
  if (type === "VARCHAR" || type.startsWith("ENUM")) {
    const written = `CAST(${raw} AS VARCHAR)`;
    // A Parquet text is as its writer meant it: nothing is trimmed, the empty text is a text; but it is no number.
    return value(index, kind, kind === "string" ? written : `nullif(trim(${written}), '')`, textAs(given, kind));
  }
  return value(index, kind, raw, kind === "duration" && isWhole(type) ? milliseconds(`TRY_CAST(${given} AS BIGINT)`, unit) : typedAs(given, type, kind));
}

/** Cut to the millisecond, towards zero. */
function milliseconds(whole: string, unit: DurationUnit): string {
  switch (unit) {
    case "s": return `TRY(${whole} * 1000)`;
    case "ms": return whole;
    case "us": return `(${whole} // 1000)`;
    case "ns": return `(${whole} // 1000000)`;
  }
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
/** Digits, exactly, with or without a fraction of zeros; an exponent behind so few digits that a DOUBLE can tell whether they make a whole number. */
const wholeText = (sql: string): string =>
  `(CASE WHEN regexp_full_match(${sql}, '[+-]?[0-9]+(\\.0*)?') OR (regexp_full_match(${sql}, '[+-]?[0-9]{1,8}(\\.[0-9]{0,7})?[eE][+-]?[0-9]{1,2}') ` +
  `AND trunc(TRY_CAST(${sql} AS DOUBLE)) = TRY_CAST(${sql} AS DOUBLE)) THEN TRY_CAST(${sql} AS BIGINT) END)`;
/** A plain cast would round 1.5 to 2. In the number's own type: a DECIMAL may have more digits than a DOUBLE. */
const wholeNumber = (sql: string): string => `(CASE WHEN trunc(${sql}) = ${sql} THEN TRY_CAST(${sql} AS BIGINT) END)`;
