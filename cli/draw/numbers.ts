/** Numbers as people read them. */
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (value: number): string => grouped.format(value);

/** `1.2M`, `34k`, `870`. */
export function short(value: number): string {
  if (value >= 1e9) return `${trim(value / 1e9)}G`;
  if (value >= 1e6) return `${trim(value / 1e6)}M`;
  if (value >= 1e4) return `${trim(value / 1e3)}k`;
  return count(value);
}

const trim = (value: number): string => value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, "");

export const metric = (value: number | null): string => (value === null ? "–" : Math.abs(value) >= 1000 ? count(value) : value.toFixed(4));

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)}%`;

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`;
  return duration(value * 1000);
}

/** `2d 3h`, `4h`, `5m 10s`: the two largest units. */
export function duration(ms: number): string {
  const units: readonly (readonly [number, string])[] = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "m"], [1000, "s"]];
  if (ms < 1000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [size, name] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${name}`);
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
