/** Numbers and places as the language writes them. */
import type { Origin } from "../../grammar/compiled-spec/index.ts";

const units = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]] as const;

/** For messages: `30d`, `36h`, `6h43m`; rounded to two units. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  const exact = exactDuration(ms);
  if (exact !== null && exact.n < 100) return literal(exact);
  const at = units.findIndex(([, size]) => ms >= size);
  const [large, small] = [units[at], units[at + 1]];
  if (large === undefined) return `${Number(ms.toPrecision(2))}ms`;
  if (small === undefined) return `${Math.round(ms)}ms`;
  const smalls = Math.round(ms / small[1]);
  const perLarge = large[1] / small[1];
  const rest = smalls % perLarge;
  return `${Math.floor(smalls / perLarge)}${large[0]}${rest === 0 ? "" : `${rest}${small[0]}`}`;
}

/** For edits: the literal of the language, which has one unit; null when no unit divides the time. */
export function durationLiteral(ms: number): string | null {
  const exact = exactDuration(ms);
  return exact === null ? null : literal(exact);
}

/** For edits that need at least so much time: rounded up to a literal that reads well and is at most a tenth too long. */
export function durationAtLeast(ms: number): string {
  const exact = exactDuration(ms);
  if (exact !== null && exact.n < 100) return literal(exact);
  const [unit, size] = units.find(([, size]) => Math.ceil(ms / size) * size <= 1.1 * ms) ?? ["ms", 1];
  return `${Math.ceil(ms / size)}${unit}`;
}

/** `17,209` */
export function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** `0.05%`; four digits at most. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))}%`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(items: readonly string[]): string {
  return [items.slice(0, -1).join(", "), ...items.slice(-1)].filter((part) => part !== "").join(" and ");
}

/** Where a property's value stands, or the name of what it belongs to when it is not written out. */
export function spot(declaration: { readonly origin: Origin; readonly at: Readonly<Record<string, Origin>> }, ...properties: readonly string[]): Origin {
  for (const property of properties) {
    const origin = declaration.at[property];
    if (origin !== undefined) return origin;
  }
  return declaration.origin;
}

/** The empty range right behind. */
export function after(origin: Origin): Origin {
  const [, , line, character] = origin.range;
  return { file: origin.file, range: [line, character, line, character] };
}

/** In the largest unit that it is a whole number of. */
function exactDuration(ms: number): ExactDuration | null {
  if (ms === 0) return { n: 0, unit: "s" };
  const found = units.find(([, size]) => Number.isInteger(ms / size));
  return found === undefined ? null : { n: ms / found[1], unit: found[0] };
}

interface ExactDuration {
  readonly n: number;
  readonly unit: string;
}

const literal = ({ n, unit }: ExactDuration): string => `${n}${unit}`;
