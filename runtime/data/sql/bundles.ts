/**
 * DuckDB (1.5) compares every aggregate of a query with every other one: a query about two thousand columns takes minutes, forty about fifty columns each
 * take a second. So whoever asks something about every column asks in bundles.
 */
const size = 50;

export function inBundles<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
