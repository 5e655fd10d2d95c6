/** Statistics by brute force: what the formulas of `runtime/statistics` are held against. Slow, obvious, and written from the definitions. */

/** Φ(z), by Simpson's rule on the density from 0. */
export function normalCdf(z: number): number {
  const steps = 2_000;
  const h = z / steps;
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(z);
  for (let i = 1; i < steps; i++) sum += density(i * h) * (i % 2 === 0 ? 2 : 4);
  return 0.5 + (sum * h) / 3;
}

/** P(k) for k = 0 … n successes among n trials: by adding one trial after the other. */
export function binomial(n: number, p: number): readonly number[] {
  let chances = [1];
  for (let trial = 0; trial < n; trial++) {
    chances = Array.from({ length: trial + 2 }, (_, k) => (chances[k] ?? 0) * (1 - p) + (chances[k - 1] ?? 0) * p);
  }
  return chances;
}

/** Of the exact one-sided test of "the rate is at most `bound`", when it is `truth` > `bound`. */
export function binomialPower({ n, bound, truth, alpha }: { readonly n: number; readonly bound: number; readonly truth: number; readonly alpha: number }): number {
  const tail = (chances: readonly number[], from: number) => chances.slice(from).reduce((sum, chance) => sum + chance, 0);
  const under = binomial(n, bound);
  const critical = under.findIndex((_, k) => tail(under, k) <= alpha);
  return tail(binomial(n, truth), critical);
}
