/** Sample ratio mismatch: more or fewer units in an arm than its share says mean that units are lost or doubled, and no comparison is fair. */
import { logGamma } from "./normal.ts";

/** Weight of the prior around the declared shares, in units: sensitive to losses of a few percent. */
const CONCENTRATION = 100;

/** False-alarm rate of the guard, over all looks. */
export const SAMPLE_RATIO_ALPHA = 0.001;

/**
 * ln E against "each unit falls into arm i with probability shares[i]", valid at any time: the multinomial e-process with a Dirichlet
 * mixture, E = B(c·w + n)/B(c·w) / Π w_i^n_i (Lindon & Malek 2022, arXiv 2011.03567).
 */
export function logEvidenceOfMismatch(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let log = logGamma(CONCENTRATION) - logGamma(CONCENTRATION + total);
  for (const [i, count] of counts.entries()) {
    const share = shares[i] ?? 0;
    if (share <= 0) {
      if (count > 0) return Infinity;
      continue;
    }
    log += logGamma(CONCENTRATION * share + count) - logGamma(CONCENTRATION * share) - count * Math.log(share);
  }
  return log;
}

/** True while the counts cannot be what the shares say. */
export function sampleRatioMismatch(counts: readonly number[], shares: readonly number[], alpha: number = SAMPLE_RATIO_ALPHA): boolean {
  return logEvidenceOfMismatch(counts, shares) >= -Math.log(alpha);
}

/** ln of the likelihood ratio from which on an arm has suspiciously many units. */
const SUSPICIOUSLY_MANY = 3;

/**
 * True while more of the units fell to an arm than its share says, by more than one is likely to see by chance. This shows nothing; it is when one must not count on the share any
 * more, which is long before a mismatch is shown.
 */
export function seemsTooMany(units: number, others: number, share: number): boolean {
  const [all, seen] = [units + others, units / (units + others)];
  if (all === 0 || share <= 0 || share >= 1 || seen <= share) return false;
  const other = others === 0 ? 0 : others * Math.log((1 - seen) / (1 - share));
  return units * Math.log(seen / share) + other >= SUSPICIOUSLY_MANY;
}
