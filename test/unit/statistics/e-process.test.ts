import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evidenceNeeded, logEvidenceAgainstShare, logEvidenceOfMoreErrors, logMeanExp } from "../../../runtime/statistics/e-process.ts";

const arms = (candidate: [units: number, errors: number], control: [units: number, errors: number], bound = { factor: 1, offset: 0 }) => ({
  candidate: { units: candidate[0], errors: candidate[1] },
  control: { units: control[0], errors: control[1] },
  share: 0.05,
  ...bound,
});

describe("the e-process for errors", () => {
  it("finds nothing in no data", () => {
    expect(logEvidenceOfMoreErrors(arms([0, 0], [0, 0]))).toBeCloseTo(0, 12);
    expect(logEvidenceAgainstShare({ successes: 0, trials: 0, probability: 0.05 })).toBeCloseTo(0, 12);
  });

  it("is Lindon and Malek's mixture when the bound is the control", () => {
    const twoArms = logEvidenceOfMoreErrors(arms([1_000, 7], [19_000, 30]));
    expect(twoArms).toBeCloseTo(logEvidenceAgainstShare({ successes: 7, trials: 37, probability: 0.05 }), 10);
  });

  it("has expectation 1 under equal rates: summed over every split of m errors", () => {
    const [m, w] = [40, 0.05];
    let [mean, chance] = [0, (1 - w) ** m];
    for (let s = 0; s <= m; s++) {
      mean += chance * Math.exp(logEvidenceAgainstShare({ successes: s, trials: m, probability: w }));
      chance *= ((m - s) / (s + 1)) * (w / (1 - w));
    }
    expect(mean).toBeCloseTo(1, 9);
  });

  it("has expectation at most 1 at a bound with factor and offset, unit by unit", () => {
    const [w, p0, factor, offset] = [0.05, 0.01, 1.5, 0.002];
    const p1 = factor * p0 + offset;
    const e = (candidate: [number, number], control: [number, number]) => Math.exp(logEvidenceOfMoreErrors(arms(candidate, control, { factor, offset })));
    const mean = w * (p1 * e([1, 1], [0, 0]) + (1 - p1) * e([1, 0], [0, 0])) + (1 - w) * (p0 * e([0, 0], [1, 1]) + (1 - p0) * e([0, 0], [1, 0]));
    expect(mean).toBeCloseTo(1, 12);
  });

  it("fails a canary that errs on 2% where control errs on none, and forgives it under a bound that allows as much", () => {
    const bad = arms([500, 10], [9_500, 0]);
    expect(logEvidenceOfMoreErrors(bad)).toBeGreaterThan(evidenceNeeded(0.05));
    expect(logEvidenceOfMoreErrors({ ...bad, offset: 0.03 })).toBeLessThan(evidenceNeeded(0.05));
  });

  it("is no evidence when an outage hits both arms", () => {
    expect(logEvidenceOfMoreErrors(arms([5_000, 2_500], [95_000, 47_500]))).toBeLessThan(0);
  });

  it("stays a number for any counts", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (n1, n0, s1, s0) => {
        const log = logEvidenceOfMoreErrors(arms([n1, Math.floor(n1 * s1)], [n0, Math.floor(n0 * s0)]));
        expect(Number.isNaN(log)).toBe(false);
      }),
    );
    expect(logMeanExp([1_000, 1_000])).toBeCloseTo(1_000, 9);
  });

  it("grows with each error of the candidate and falls with each of control", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (s, t) => {
        const e = (a: number, b: number) => logEvidenceOfMoreErrors(arms([10_000, a], [190_000, b]));
        expect(e(s + 1, t)).toBeGreaterThan(e(s, t));
        expect(e(s, t + 1)).toBeLessThan(e(s, t));
      }),
    );
  });
});
