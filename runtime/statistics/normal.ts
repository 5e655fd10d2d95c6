/** The normal distribution, by jstat: the one place that knows jstat, which ships no types. */
import * as jstatModule from "jstat";

interface Normal {
  inv(p: number, mean: number, deviation: number): number;
  cdf(x: number, mean: number, deviation: number): number;
}

const normal = (jstatModule as unknown as { readonly default: { readonly jStat: { readonly normal: Normal } } }).default.jStat.normal;

/** z such that a standard normal variable is below z with probability p (0 < p < 1). */
export function normalQuantile(p: number): number {
  return normal.inv(p, 0, 1);
}

/** Probability that a standard normal variable is below z. */
export function normalProbability(z: number): number {
  return normal.cdf(z, 0, 1);
}
