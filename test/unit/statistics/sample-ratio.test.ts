import { describe, expect, it } from "vitest";
import { logEvidenceOfMismatch, sampleRatioMismatch } from "../../../runtime/statistics/sample-ratio.ts";

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
});
