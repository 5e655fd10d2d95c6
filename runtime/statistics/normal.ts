/** The normal distribution and ln Γ, by jstat: the one place that knows jstat, which ships no types. */
import * as jstatModule from "jstat";

interface Jstat {
  readonly normal: {
    inv(p: number, mean: number, deviation: number): number;
  };
  gammaln(x: number): number;
}

const { jStat } = (jstatModule as unknown as { readonly default: { readonly jStat: Jstat } }).default;

/** z such that a standard normal variable is below z with probability p (0 < p < 1). */
export function normalQuantile(p: number): number {
  return jStat.normal.inv(p, 0, 1);
}

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  return jStat.gammaln(x);
}
