/** How many units a stage needs before it can tell a change of a rate from noise: for static checks, hovers and status. */
import { normalQuantile } from "./normal.ts";

export interface TwoProportions {
  /** The control's rate, 0 to 1. */
  readonly baseline: number;
  /** The absolute change that should be noticed: 0.001 for 0.1% → 0.2%; negative for a fall. Not zero. */
  readonly change: number;
  /** Share of units that the candidate answers, 0 < share < 1. */
  readonly share: number;
  /** False-alarm rate, one-sided. */
  readonly alpha: number;
  /** Probability of noticing the change when it is there. */
  readonly power: number;
}

export interface SampleSize {
  /** Units the candidate must answer; when assignment is sticky units are users, not requests. */
  readonly candidateUnits: number;
  /** Units over both arms while that many reach the candidate. */
  readonly totalUnits: number;
}

/**
 * One-sided test of two proportions with unequal arms, k = n_control / n_candidate and p̄ = (p₁ + k·p₀) / (1 + k):
 * n_candidate = [z₁₋α·√(p̄q̄(1 + 1/k)) + z₁₋β·√(p₁q₁ + p₀q₀/k)]² / (p₁ − p₀)².
 * Source: Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed., section 4.
 * Infinite when the change is zero, or nothing or everything reaches the candidate: no sample can tell.
 */
export function planTwoProportions(plan: TwoProportions): SampleSize {
  const { baseline: p0, change, share } = plan;
  const p1 = Math.min(1, Math.max(0, p0 + change));
  // With everything at the candidate there is no control to compare with at the same time: k → 0 would need an infinite sample.
  if (p1 === p0 || share <= 0 || share >= 1) return { candidateUnits: Infinity, totalUnits: Infinity };
  const k = (1 - share) / share;
  const pooled = (p1 + k * p0) / (1 + k);
  const underNoChange = normalQuantile(1 - plan.alpha) * Math.sqrt(pooled * (1 - pooled) * (1 + 1 / k));
  const underChange = normalQuantile(plan.power) * Math.sqrt(p1 * (1 - p1) + (p0 * (1 - p0)) / k);
  // Rounded down, as the design tables are; the formula is itself an approximation by much more than one unit.
  const candidateUnits = Math.max(1, Math.floor((underNoChange + underChange) ** 2 / (p1 - p0) ** 2));
  return { candidateUnits, totalUnits: Math.ceil(candidateUnits / share) };
}

/**
 * Observations a one-sided test needs to tell a rate of `bound + change` from `bound`:
 * n = [(z₁₋α·√(p₀q₀) + z₁₋β·√(p₁q₁)) / (p₁ − p₀)]². Source: Fleiss, Levin, Paik, section 2.
 */
export function planOneProportion(plan: { readonly bound: number; readonly change: number; readonly alpha: number; readonly power: number }): number {
  const p0 = Math.min(1, Math.max(0, plan.bound));
  const p1 = Math.min(1, Math.max(0, p0 + plan.change));
  if (p0 === p1) return Infinity;
  const noise = normalQuantile(1 - plan.alpha) * Math.sqrt(p0 * (1 - p0)) + normalQuantile(plan.power) * Math.sqrt(p1 * (1 - p1));
  return Math.max(1, Math.floor((noise / (p1 - p0)) ** 2));
}

/** The variance of a difference of means at which a one-sided test sees `change` with the given power: (change / (z₁₋α + z₁₋β))². */
export function plannedVariance(plan: { readonly change: number; readonly alpha: number; readonly power: number }): number {
  return (plan.change / (normalQuantile(1 - plan.alpha) + normalQuantile(plan.power))) ** 2;
}
