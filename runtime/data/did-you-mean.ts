/** The name that was probably meant: the nearest by edit distance, if it is near. */
export function closest(name: string, candidates: readonly string[]): string | null {
  const key = (s: string): string => s.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of candidates.slice(0, 1000)) {
    const distance = editDistance(key(name).slice(0, 100), key(candidate).slice(0, 100));
    if (best === null || distance < best.distance) best = { candidate, distance };
  }
  return best !== null && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : null;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitute, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
