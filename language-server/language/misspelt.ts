/**
 * Numbers, times and texts in the spelling of elsewhere: `50 ms`, `7days`, `10 %`, `2026-11-27T10:00:00+02:00`, `'a'`. The lexer takes each for one word, so that the rest of
 * the file is read as it was meant and the mistake is one mistake, with what to write instead.
 */
import { units } from "./quantity.ts";

export interface Misspelt {
  /** How it is written here; undefined when nobody can say. */
  readonly meant: string | undefined;
  readonly why: string;
}

const number = "[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?";
const known = new Set(units.map((u) => u.unit));

/** Units in words, and how they are written here. */
const words: Readonly<Record<string, string>> = Object.fromEntries(Object.entries({
  ms: "msec msecs millis millisecond milliseconds", s: "sec secs second seconds", m: "min mins minute minutes", h: "hr hrs hour hours", d: "day days", w: "week weeks wk wks", y: "year years yr yrs",
  "%": "percent pct", B: "byte bytes", KB: "KiB", MB: "MiB", GB: "GiB", TB: "TiB", k: "thousand", M: "mio million", G: "bn billion",
}).flatMap(([unit, names]) => names.split(" ").map((name) => [name, unit])));

const behind = [...known].filter((u) => u !== "%").concat(Object.keys(words)).sort((a, b) => b.length - a.length).join("|");

/** A unit behind a blank, if no name of its own could be meant; letters that touch the number. A per cent sign with nothing behind it to divide by. */
const quantity = new RegExp(`${number}(?:[ \\t]+(?:${behind})(?![A-Za-z0-9_]|[ \\t]*[:=(.])|[ \\t]+%(?=[ \\t]*(?:$|[\\r\\n,;)}\\]]|(?:over|by|per|before|and|or|of)\\b))|%(?![A-Za-z0-9_])|[A-Za-z_][A-Za-z0-9_]*)?`, "y");

const clock = "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]+)?)?";
const instant = new RegExp(`(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ]${clock}(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?|[ \\t]*(?:UTC|GMT|[A-Z]{3,4})(?![ \\t]*[:=(.]))?)?|[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{4})(?![A-Za-z0-9_%])`, "y");

/** For the lexer: the word that begins here, right or misspelt. */
export const matchQuantity = (text: string, offset: number): string | null => matchAt(quantity, text, offset);
export const matchInstant = (text: string, offset: number): string | null => matchAt(instant, text, offset);

function matchAt(pattern: RegExp, text: string, offset: number): string | null {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? null;
}

const parts = new RegExp(`^(${number})([ \\t]*)(.*)$`);

/** Undefined: it is right. */
export function misspeltQuantity(text: string): Misspelt | undefined {
  const [, digits = "", blank = "", unit = ""] = parts.exec(text) ?? [];
  if (unit === "" || (blank === "" && known.has(unit))) return undefined;
  const meant = known.has(unit) ? unit : (words[unit] ?? words[unit.toLowerCase()] ?? [...known].find((u) => u.toLowerCase() === unit.toLowerCase()));
  if (meant === undefined) return { meant, why: `\`${text}\` is not a quantity: units are ${[...known].join(" ")}` };
  return { meant: `${digits}${meant}`, why: known.has(unit) ? `a unit stands right behind its number: \`${digits}${meant}\`` : `\`${text}\` is written \`${digits}${meant}\` here` };
}

const right = new RegExp(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T${clock}Z?)?$`);

/** Undefined: it is right. Times are in UTC, so one with an offset is another one here. */
export function misspeltInstant(text: string): Misspelt | undefined {
  if (right.test(text)) return undefined;
  const german = /^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$/.exec(text);
  const [, day = "", time = "", zone = ""] = new RegExp(`^([0-9-]{10})[Tt ](${clock})[ \\t]*(.*)$`).exec(text) ?? [];
  const meant = german === null ? inUtc(day, time, zone) : `${german[3]}-${german[2]?.padStart(2, "0")}-${german[1]?.padStart(2, "0")}`;
  if (meant === undefined) return { meant, why: `times are always in UTC: \`${zone}\` is no part of one` };
  return { meant, why: /^[zZ]?$/.test(zone) ? `\`${text}\` is written \`${meant}\` here` : `times are always in UTC: \`${meant}\`` };
}

function inUtc(day: string, time: string, zone: string): string | undefined {
  if (/^(?:[zZ]|UTC|GMT)?$/.test(zone)) return `${day}T${time}${zone === "" ? "" : "Z"}`;
  const [, sign = "", hours = "", minutes = "00"] = /^([+-])([0-9]{2}):?([0-9]{2})?$/.exec(zone) ?? [];
  const at = new Date(`${day}T${time}${sign}${hours}:${minutes}`);
  return hours === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString().replace(".000Z", "Z");
}

const straight = '"(?:\\\\.|[^"\\\\\\r\\n])*"';
const curly = "\u201C\u201D\u201E\u201F";
const single = "'\u2018\u2019\u201A\u201B";
const within = (quotes: string, also: string): string => `[${quotes}](?:\\\\.|[^${quotes}${also}\\\\\\r\\n])*[${quotes}${also}]`;
const quoted = new RegExp(`${straight}|${within(curly, '"')}|${within(single, "")}`, "y");

/** What a text may begin with, right or not. */
export const quotes: readonly string[] = [...`"${curly}${single}`];

export const matchText = (text: string, offset: number): string | null => matchAt(quoted, text, offset);

/** Quotes that a word processor or another language makes. */
export function misspeltText(text: string): Misspelt | undefined {
  if (text.startsWith('"')) return undefined;
  const meant = `"${text.slice(1, -1).replaceAll("\\'", "'").replaceAll(/(?<!\\)"/g, '\\"')}"`;
  return { meant, why: `texts are written in straight double quotes: \`${meant}\`` };
}
