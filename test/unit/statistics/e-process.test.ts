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

/** What evidence is spread over: 24 ratios of rates, from 5% more to twenty times as many, each the same factor above the last. */
const ratios = Array.from({ length: 24 }, (_, i) => Math.exp(Math.log(1.05) + (i / 23) * Math.log(20 / 1.05)));
const meanOver = (capital: (ratio: number) => number) => ratios.reduce((sum, ratio) => sum + capital(ratio), 0) / ratios.length;

describe("the mixture, multiplied out trial by trial", () => {
  it("against a share: each success multiplies by θ/w, each failure by (1 − θ)/(1 − w)", () => {
    for (const [successes, failures, w] of [[0, 0, 0.3], [1, 0, 0.3], [0, 1, 0.3], [3, 4, 0.3], [2, 9, 0.05], [7, 1, 0.9]] as const) {
      const product = meanOver((ratio) => {
        // The odds of a success are `ratio` times what the hypothesis allows.
        const odds = (ratio * w) / (1 - w);
        const theta = odds / (1 + odds);
        let capital = 1;
        for (let i = 0; i < successes; i++) capital *= theta / w;
        for (let i = 0; i < failures; i++) capital *= (1 - theta) / (1 - w);
        return capital;
      });
      expect(Math.exp(logEvidenceAgainstShare({ successes, trials: successes + failures, probability: w }))).toBeCloseTo(product, 10);
    }
  });

  it.each([
    { factor: 1, offset: 0 }, { factor: 1.5, offset: 0.002 }, { factor: 0.8, offset: 0 }, { factor: 2, offset: 0.1 }, { factor: 1, offset: -0.01 }, { factor: 1.2, offset: -0.05 },
  ])("against $factor · control + $offset: each unit multiplies by 1 + λZ", ({ factor: f, offset }) => {
    for (const share of [0.05, 0.3, 0.5]) {
      for (const [good, bad, controlGood, controlBad] of [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [5, 2, 8, 1]] as const) {
        const product = meanOver((ratio) => {
          // λ < 1/(f/(1 − w) + offset): then the worst unit (an error of control) does not lose everything.
          const lambda = (1 / (f / (1 - share) + Math.max(0, offset))) * ((share * f * (ratio - 1)) / (ratio * share * f + 1 - share));
          let capital = 1;
          const bet = (z: number, times: number) => {
            for (let i = 0; i < times; i++) capital *= 1 + lambda * (z - offset);
          };
          bet(1 / share, bad);
          bet(-f / (1 - share), controlBad);
          bet(0, good + controlGood);
          return capital;
        });
        const counts = { candidate: { units: good + bad, errors: bad }, control: { units: controlGood + controlBad, errors: controlBad } };
        expect(Math.exp(logEvidenceOfMoreErrors({ ...counts, share, factor: f, offset }))).toBeCloseTo(product, 10);
      }
    }
  });
});

describe("at the edges of what a hypothesis can say", () => {
  const share = (successes: number, probability: number) => logEvidenceAgainstShare({ successes, trials: 10, probability });

  it("nothing speaks against a rate of at most everything", () => expect([share(10, 1), share(10, 1.5), share(0, 1)]).toEqual([0, 0, 0]));

  it("a single success refutes a rate of nothing, and none does not", () => {
    expect([share(1, 0), share(1, -0.1), share(0, 0), share(0, -0.1)]).toEqual([Infinity, Infinity, 0, 0]);
  });

  it("where one arm answers everything there is nothing to compare", () => {
    for (const each of [-0.1, 0, 1, 1.1]) expect(logEvidenceOfMoreErrors({ ...arms([1_000, 500], [1_000, 0]), share: each })).toBe(0);
  });

  it("a factor of 0 compares the candidate alone with the offset, whatever control does", () => {
    const alone = logEvidenceAgainstShare({ successes: 30, trials: 1_000, probability: 0.02 });
    expect(logEvidenceOfMoreErrors(arms([1_000, 30], [500, 7], { factor: 0, offset: 0.02 }))).toBe(alone);
    expect(alone).not.toBe(logEvidenceAgainstShare({ successes: 30, trials: 1_500, probability: 0.02 }));
  });

  it("has expectation at most 1 under a bound that asks for fewer errors than control", () => {
    const [w, p0, offset] = [0.3, 0.1, -0.04];
    const p1 = p0 + offset;
    const e = (candidate: [number, number], control: [number, number]) => Math.exp(logEvidenceOfMoreErrors({ ...arms(candidate, control, { factor: 1, offset }), share: w }));
    const mean = w * (p1 * e([1, 1], [0, 0]) + (1 - p1) * e([1, 0], [0, 0])) + (1 - w) * (p0 * e([0, 0], [1, 1]) + (1 - p0) * e([0, 0], [1, 0]));
    expect(mean).toBeCloseTo(1, 12);
    // Every unit without an error then counts for the candidate a little less than nothing would.
    expect(e([100, 0], [100, 0])).toBeGreaterThan(1);
  });
});

describe("the mean of exponentials", () => {
  it("is taken without leaving the logarithms", () => {
    expect(logMeanExp([Math.log(1), Math.log(3)])).toBeCloseTo(Math.log(2), 12);
    expect(logMeanExp([-5_000, -5_000 + Math.log(3)])).toBeCloseTo(-5_000 + Math.log(2), 9);
    expect(logMeanExp([5_000, -5_000])).toBeCloseTo(5_000 - Math.log(2), 9);
  });

  it("knows nothing and everything", () => {
    expect(logMeanExp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(logMeanExp([0, Infinity])).toBe(Infinity);
    expect(logMeanExp([-Infinity, Math.log(2)])).toBeCloseTo(0, 12);
  });
});

it("needs E to reach 1/α", () => {
  expect(Math.exp(evidenceNeeded(0.05))).toBeCloseTo(20, 10);
  expect(Math.exp(evidenceNeeded(0.001))).toBeCloseTo(1_000, 8);
});
