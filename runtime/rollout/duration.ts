/** Times in words. */

/** `2 h 5 min`, `40 s`: the two largest units. */
export function durationText(milliseconds: number): string {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;
  let rest = Math.max(0, Math.ceil(milliseconds / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? "0 s" : parts.slice(0, 2).join(" ");
}
