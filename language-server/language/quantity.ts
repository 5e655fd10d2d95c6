/** Numbers with units: `7d`, `150ms`, `1.5%`, `64MB`, `480k`. The only place that knows what the units are worth. */
export type Dimension = "int" | "float" | "share" | "duration" | "size";

export interface Quantity {
  readonly dimension: Dimension;
  /** Durations in milliseconds, sizes in bytes, shares from 0 to 1 (`1%` is 0.01), everything else as it is. */
  readonly value: number;
  readonly number: number;
  readonly unit: string;
}

/** A year is 365 days: durations are lengths, not calendar arithmetic. */
const milliseconds: Readonly<Record<string, number>> = {
  ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000,
};
const bytes: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const multipliers: Readonly<Record<string, number>> = { k: 1000, M: 1e6, G: 1e9 };

export const units: readonly { readonly unit: string; readonly doc: string }[] = [
  { unit: "ms", doc: "milliseconds" }, { unit: "s", doc: "seconds" }, { unit: "m", doc: "minutes" }, { unit: "h", doc: "hours" },
  { unit: "d", doc: "days" }, { unit: "w", doc: "weeks" }, { unit: "y", doc: "years of 365 days" }, { unit: "%", doc: "per cent" },
  { unit: "k", doc: "thousand" }, { unit: "M", doc: "million" }, { unit: "G", doc: "thousand million" },
  { unit: "B", doc: "bytes" }, { unit: "KB", doc: "1024 bytes" }, { unit: "MB", doc: "1024 KB" }, { unit: "GB", doc: "1024 MB" }, { unit: "TB", doc: "1024 GB" },
];

const pattern = /^([0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(.*)$/;

export function parseQuantity(text: string): Quantity {
  const match = pattern.exec(text);
  const number = Number(match?.[1] ?? Number.NaN);
  const unit = match?.[2] ?? "";
  const scale = milliseconds[unit];
  if (scale !== undefined) return { dimension: "duration", value: exact(number, scale), number, unit };
  if (unit === "%") return { dimension: "share", value: shareOf(match?.[1] ?? ""), number, unit };
  const size = bytes[unit];
  if (size !== undefined) return { dimension: "size", value: number * size, number, unit };
  const value = exact(number, multipliers[unit] ?? 1);
  const written = /[.eE]/.test(match?.[1] ?? "") && !(unit !== "" && Number.isInteger(value));
  return { dimension: written || !Number.isSafeInteger(value) ? "float" : "int", value, number, unit };
}

/** A whole number that is not sure to be the one that was written: the next to it may be the same double. */
export function isBeyondExact(text: string): boolean {
  const { value } = parseQuantity(text);
  return /^[0-9]+[kMG]?$/.test(text) && Number.isFinite(value) && !Number.isSafeInteger(value);
}

/** 1.1 * 1000 is 1100.0000000000002 in binary; a whole number was meant. */
function exact(number: number, scale: number): number {
  const product = number * scale;
  const rounded = Math.round(product);
  return Math.abs(product - rounded) < 1e-9 * Math.max(1, Math.abs(product)) ? rounded : product;
}

/** Divided by 100 in decimal, so that `99.95%` is 0.9995 and not 0.9995000000000001. */
function shareOf(digits: string): number {
  const value = Number(digits);
  return Number((value / 100).toPrecision(15));
}

/** `7d`, `1.5h`, `90m`: the largest unit that gives a short number. */
export function showDuration(ms: number): string {
  if (ms === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  for (const unit of ["w", "d", "h", "m", "s"] as const) {
    const amount = size / (milliseconds[unit] ?? 1);
    if (amount >= 1 && Number.isInteger(amount * 10) && !(unit === "w" && amount !== Math.trunc(amount))) return `${sign}${amount}${unit}`;
  }
  return `${sign}${size}ms`;
}
