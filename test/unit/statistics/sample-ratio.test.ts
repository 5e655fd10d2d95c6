import { describe, expect, it } from "vitest";
import { logEvidenceOfMismatch, SAMPLE_RATIO_ALPHA, sampleRatioMismatch, seemsTooMany } from "../../../runtime/statistics/sample-ratio.ts";

describe("sample ratio mismatch", () => {
  it("accepts what chance explains", () => {
    expect(sampleRatioMismatch([503, 9_497], [0.05, 0.95])).toBe(false);
    expect(sampleRatioMismatch([0, 0], [0.05, 0.95])).toBe(false);
  });

  it("notices that a fifth of the candidate's units are lost", () => {
    expect(sampleRatioMismatch([800, 19_000], [0.05, 0.95])).toBe(true);
  });

  it("allows no unit in an arm without a share", () => {
    expect(sampleRatioMismatch([1, 100], [0, 1])).toBe(true);
    expect(sampleRatioMismatch([0, 100], [0, 1])).toBe(false);
  });

  it("has expectation 1 under the declared shares: summed over every split of n units", () => {
    const [n, w] = [60, 0.2];
    let [mean, chance] = [0, (1 - w) ** n];
    for (let k = 0; k <= n; k++) {
      mean += chance * Math.exp(logEvidenceOfMismatch([k, n - k], [w, 1 - w]));
      chance *= ((n - k) / (k + 1)) * (w / (1 - w));
    }
    expect(mean).toBeCloseTo(1, 6);
  });

  it("is Pólya's urn: each unit is as likely as the declared share and the units before it say, weighed 100 to 1", () => {
    // The predictive chance of arm i after n units of which n_i fell there: (100·share + n_i)/(100 + n). Its product, against that of the shares.
    const order = [0, 1, 1, 0, 2, 1, 1, 1, 0, 2, 1, 1];
    const shares = [0.2, 0.7, 0.1];
    const counts = [0, 0, 0];
    let capital = 1;
    for (const [n, arm] of order.entries()) {
      const [share, seen] = [shares[arm] ?? 0, counts[arm] ?? 0];
      capital *= (100 * share + seen) / (100 + n) / share;
      counts[arm] = seen + 1;
    }
    expect(Math.exp(logEvidenceOfMismatch(counts, shares))).toBeCloseTo(capital, 9);
  });

  it("is raised when the evidence reaches 1/α, by default one in a thousand", () => {
    const counts = [60, 40];
    const alpha = Math.exp(-logEvidenceOfMismatch(counts, [0.5, 0.5]));
    expect(sampleRatioMismatch(counts, [0.5, 0.5], alpha * 1.001)).toBe(true);
    expect(sampleRatioMismatch(counts, [0.5, 0.5], alpha * 0.999)).toBe(false);
    expect(SAMPLE_RATIO_ALPHA).toBe(0.001);
    // Growing evidence crosses it once: some number of lost units is the first that is told.
    const told = Array.from({ length: 1_000 }, (_, lost) => sampleRatioMismatch([1_000 - lost, 1_000], [0.5, 0.5]));
    const first = told.indexOf(true);
    expect(logEvidenceOfMismatch([1_000 - first, 1_000], [0.5, 0.5])).toBeGreaterThanOrEqual(Math.log(1_000));
    expect(logEvidenceOfMismatch([1_001 - first, 1_000], [0.5, 0.5])).toBeLessThan(Math.log(1_000));
  });

  it("counts an arm for which no share is declared as one without a share", () => {
    expect(logEvidenceOfMismatch([10, 1], [1])).toBe(Infinity);
    expect(logEvidenceOfMismatch([10, 0], [1])).toBeCloseTo(0, 9);
  });
});

describe("suspiciously many units of an arm", () => {
  it("are more than its share says, long before that is shown", () => {
    expect(seemsTooMany(1, 0, 0.04)).toBe(true);
    expect([seemsTooMany(10, 5, 0.1), sampleRatioMismatch([10, 5], [0.1, 0.9])]).toEqual([true, false]);
    expect(seemsTooMany(12, 88, 0.1)).toBe(false);
  });

  it("are never fewer, none, or those of an arm that has none or all", () => {
    for (const [units, others, share] of [[10, 990, 0.1], [0, 0, 0.1], [0, 50, 0.1], [9, 1, 0], [9, 0, 1]] as const) expect(seemsTooMany(units, others, share)).toBe(false);
  });
});
