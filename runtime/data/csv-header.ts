/**
 * The first record of a CSV file. DuckDB's sniffer is not asked: on a ragged file it silently takes a later line for the header.
 * Pure, but for `readStart`.
 */
import { bytesOf } from "./transcode.ts";

export interface Dialect {
  readonly delimiter: string;
  /** Empty: nothing is quoted. */
  readonly quote: string;
  readonly skip: number;
}

export interface FirstRecord {
  /** Surrounding white space removed. */
  readonly values: readonly string[];
  /** True when the record ends in a line feed alone. */
  readonly unixLine: boolean;
}

/** Null when the file has no record. */
export function firstRecord(start: string, dialect: Dialect): FirstRecord | null {
  const rest = skipLines(start.replace(/^\uFEFF/, ""), dialect.skip).replace(/^(?:[ \t]*\r?\n)+/, "");
  if (rest === "") return null;
  const values: string[] = [];
  let value = "";
  let quoted = false;
  for (let i = 0; i < rest.length; i++) {
    if (dialect.quote !== "" && rest.startsWith(dialect.quote, i)) {
      const doubled = quoted && rest.startsWith(dialect.quote, i + 1);
      if (doubled) value += dialect.quote;
      else quoted = !quoted;
      if (doubled) i += 1;
    } else if (!quoted && rest.startsWith(dialect.delimiter, i)) {
      values.push(value.trim());
      value = "";
      i += dialect.delimiter.length - 1;
    } else if (!quoted && (rest[i] === "\n" || rest[i] === "\r")) {
      return { values: [...values, value.trim()], unixLine: rest[i] === "\n" };
    } else {
      value += rest[i] ?? "";
    }
  }
  return { values: [...values, value.trim()], unixLine: false };
}

function skipLines(start: string, count: number): string {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = start.indexOf("\n", at);
    if (end < 0) return "";
    at = end + 1;
  }
  return start.slice(at);
}

/** The usual separator that is most frequent in the first record, a comma when in doubt; with a space, where the first lines have one behind each. */
export function guessDelimiter(start: string, dialect: Omit<Dialect, "delimiter">, decimal?: string): string {
  const width = (delimiter: string, text = start, skip = dialect.skip): number => firstRecord(text, { ...dialect, skip, delimiter })?.values.length ?? 0;
  const best = [",", ";", "\t", "|"].filter((each) => each !== decimal).reduce((first, next) => (width(next) > width(first) ? next : first));
  const lines = skipLines(start, dialect.skip).split("\n", looked).filter((line) => line.trim() !== "");
  const spaced = lines.every((line) => width(best, line, 0) === width(`${best} `, line, 0));
  return spaced && best !== "\t" && width(best) > 1 ? `${best} ` : best;
}

const looked = 20;

const enough = 1 << 20;

/** The first megabyte of a (possibly compressed) file, as UTF-8. */
export async function readStart(path: string): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of bytesOf(path, enough)) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= enough) break;
  }
  return Buffer.concat(parts).toString("utf8");
}
