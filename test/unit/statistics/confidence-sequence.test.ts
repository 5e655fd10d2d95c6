import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../../bench/gates.ts";
import { difference, effectiveEvents, halfWidth, meanOutcome, noOutcomes, unitVariance, type OutcomeSums } from "../../../runtime/statistics/confidence-sequence.ts";
import { normalQuantile } from "../../../runtime/statistics/normal.ts";

/** Sums of units that each have one yes/no outcome. */
const yesNo = (units: number, yes: number): OutcomeSums => ({ units, n: units, y: yes, nn: units, ny: yes, yy: yes });

/** Sums over units given as their outcomes. */
function sums(units: readonly (readonly number[])[]): OutcomeSums {
  let total = { units: 0, n: 0, y: 0, nn: 0, ny: 0, yy: 0 };
  for (const outcomes of units) {
    const [n, y] = [outcomes.length, outcomes.reduce((a, b) => a + b, 0)];
    total = { units: total.units + 1, n: total.n + n, y: total.y + y, nn: total.nn + n * n, ny: total.ny + n * y, yy: total.yy + y * y };
  }
  return total;
}

describe("the confidence sequence for a difference of means", () => {
  it("uses the plain variance when each unit has one outcome", () => {
    expect(meanOutcome(yesNo(1_000, 40))).toBe(0.04);
    expect(unitVariance(yesNo(1_000, 40))).toBeCloseTo((0.04 * 0.96 * 1_000) / 999, 12);
  });

  it("knows that one shopper's many requests are not many shoppers", () => {
    // 200 shoppers with ten requests each, who buy always or never: 2,000 outcomes, but only 200 observations.
    const shoppers = Array.from({ length: 200 }, (_, i) => Array<number>(10).fill(i % 10 === 0 ? 1 : 0));
    const clustered = sums(shoppers);
    expect(meanOutcome(clustered)).toBeCloseTo(0.1, 12);
    expect(unitVariance(clustered) / 200).toBeCloseTo((0.1 * 0.9) / 199, 12);
  });

  it("compares with a factor and an offset of the control, or with a constant", () => {
    const found = difference({ candidate: yesNo(1_000, 30), control: yesNo(19_000, 760), factor: 0.9, offset: 0.001 });
    expect(found.estimate).toBeCloseTo(0.03 - 0.9 * 0.04 - 0.001, 12);
    expect(found.units).toBe(20_000);
    expect(difference({ candidate: yesNo(1_000, 30), control: null, factor: 0, offset: 0.021 }).estimate).toBeCloseTo(0.009, 12);
  });

  it("is wider than an interval read once, and narrows with data", () => {
    const width = (scale: number) => {
      const found = difference({ candidate: yesNo(500 * scale, 20 * scale), control: yesNo(500 * scale, 20 * scale), factor: 1, offset: 0 });
      return { width: halfWidth(found, 0.05, 10_000), once: normalQuantile(0.95) * found.standardError };
    };
    expect(width(10).width).toBeGreaterThan(width(10).once);
    expect(width(10).width).toBeLessThan(2.5 * width(10).once);
    expect(width(100).width).toBeLessThan(width(10).width / 2.5);
  });

  it("covers the true mean at all looks, in at least 1 − α of the sequences", () => {
    const random = seeded(7);
    const sequences = 400;
    let missed = 0;
    for (let i = 0; i < sequences; i++) {
      let [yes, units, escaped] = [0, 0, false];
      for (let look = 0; look < 100; look++) {
        for (let unit = 0; unit < 50; unit++) if (random() < 0.3) yes += 1;
        units += 50;
        const found = difference({ candidate: yesNo(units, yes), control: null, factor: 0, offset: 0.3 });
        escaped ||= found.estimate + halfWidth(found, 0.05, 5_000) < 0;
      }
      if (escaped) missed += 1;
    }
    expect(missed / sequences).toBeLessThan(0.05);
  });
});

/** Σ over units of the definition: e = (y − R·n)/n̄, its variance with one degree of freedom for the mean. */
function varianceByDefinition(units: readonly (readonly number[])[]): number {
  const n = units.map((outcomes) => outcomes.length);
  const y = units.map((outcomes) => outcomes.reduce((a, b) => a + b, 0));
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const rate = total(y) / total(n);
  const meanN = total(n) / units.length;
  return total(y.map((each, i) => ((each - rate * (n[i] ?? 0)) / meanN) ** 2)) / (units.length - 1);
}

describe("the sums over units", () => {
  it("give the variance that its definition gives, whatever the requests per unit", () => {
    const outcomes = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(fc.property(fc.array(outcomes, { minLength: 2, maxLength: 30 }), (units) => {
      expect(unitVariance(sums(units))).toBeCloseTo(varianceByDefinition(units), 8);
    }));
  });

  it("tell no variance before there are two units", () => {
    expect([unitVariance(noOutcomes), unitVariance(yesNo(1, 0)), unitVariance(yesNo(1, 1))]).toEqual([Infinity, Infinity, Infinity]);
    expect(unitVariance(yesNo(2, 1))).toBeCloseTo(0.5, 12);
    expect(unitVariance(yesNo(2, 2))).toBe(0);
  });

  it("give no variance that is smaller than what their rounding could hide", () => {
    const each = (units: number, value: number): OutcomeSums => ({ units, n: units, y: units * value, nn: units, ny: units * value, yy: units * value * value });
    // All units alike: Σy² − 2RΣny + R²Σn² is 10.01 − 20.02 + 10.01, of which a thousand-millionth is not known.
    expect(unitVariance(each(1_001, 0.1))).toBeCloseTo((1e-9 * 40.04) / 1_000, 16);
    expect(unitVariance({ units: 4, n: 4, y: 2, nn: 4, ny: 2, yy: 1 + Number.EPSILON })).toBeCloseTo((1e-9 * 4) / 3, 14);
    // Sums of whole numbers are exact while they are small enough to be.
    expect([unitVariance(each(1_000, 7)), unitVariance(each(2 ** 10, 2 ** 14))]).toEqual([0, 0]);
    expect(unitVariance(each(2 ** 10, 2 ** 15))).toBeCloseTo((1e-9 * 4 * 2 ** 40) / 1_023, 6);
    expect(unitVariance({ units: 2, n: 2 ** 21, y: 0, nn: 2 ** 41, ny: 0, yy: 0 })).toBe(0);
    expect(unitVariance({ units: 4, n: 4, y: 2 ** 42, nn: 4, ny: 2 ** 42, yy: 2 ** 82 })).toBeGreaterThan(0);
    // What is more than rounding is the variance.
    expect(unitVariance(sums([[0.1], [0.3]]))).toBeCloseTo(0.02, 12);
  });

  it("begin with nothing", () => expect(noOutcomes).toEqual(sums([])));

  it("count the events that the mean rests on", () => {
    expect([effectiveEvents(noOutcomes), effectiveEvents(yesNo(100, 0)), effectiveEvents(yesNo(100, 7))]).toEqual([0, 0, 7]);
    // One purchase of 1,000 beside nine of 1 is hardly more than one event; ten equal ones are ten.
    expect(effectiveEvents(sums([[1_000], ...Array.from({ length: 9 }, () => [1])]))).toBeCloseTo(1.018, 3);
    expect(effectiveEvents(sums(Array.from({ length: 10 }, () => [25])))).toBe(10);
  });
});

describe("the standard error of the difference", () => {
  const variance = (p: number, n: number) => (p * (1 - p) * n) / (n - 1);

  it("adds the arms' variances, the control's by the square of the factor", () => {
    const found = difference({ candidate: yesNo(1_000, 100), control: yesNo(4_000, 200), factor: 0.5, offset: 0 });
    expect(found.standardError).toBeCloseTo(Math.sqrt(variance(0.1, 1_000) / 1_000 + (0.25 * variance(0.05, 4_000)) / 4_000), 12);
  });

  it("is never smaller for a candidate that has shown less variance than control", () => {
    const found = difference({ candidate: yesNo(1_000, 0), control: yesNo(4_000, 200), factor: 1, offset: 0 });
    expect(found.standardError).toBeCloseTo(Math.sqrt(variance(0.05, 4_000) / 1_000 + variance(0.05, 4_000) / 4_000), 12);
  });

  it("is the candidate's own against a constant", () => {
    expect(difference({ candidate: yesNo(400, 100), control: null, factor: 1, offset: 0.2 })).toEqual({
      estimate: expect.closeTo(0.05, 12) as number, standardError: expect.closeTo(Math.sqrt(variance(0.25, 400) / 400), 12) as number, units: 400,
    });
  });
});

/**
 * Capital after t scores of variance 1 that sum to s, bet with every λ ≥ 0 at once, weighted by a half-normal of deviation ρ: a
 * supermartingale when the mean is at most 0. By Simpson's rule.
 */
function mixedCapital(s: number, t: number, rho: number): number {
  const steps = 4_000;
  const h = (12 * rho) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const lambda = i * h;
    const weight = i === 0 || i === steps ? 1 : i % 2 === 0 ? 2 : 4;
    sum += weight * (2 / (rho * Math.sqrt(2 * Math.PI))) * Math.exp((-lambda * lambda) / (2 * rho * rho) + lambda * s - (lambda * lambda * t) / 2);
  }
  return (sum * h) / 3;
}

describe("the half-width", () => {
  const width = (t: number, alpha: number, tightestAt: number) => halfWidth({ estimate: 0, standardError: 1 / Math.sqrt(t), units: t }, alpha, tightestAt);

  it.each([0.05, 0.01])("is where the mixed capital has grown to 1/α, and hardly beyond (α = %d)", (alpha) => {
    for (const tightestAt of [100, 1_000]) {
      const log = -2 * Math.log(2 * alpha);
      const rho = Math.sqrt((log + Math.log(log + 1)) / tightestAt);
      for (const t of [20, 100, 1_000, 5_000]) {
        const bound = t * width(t, alpha, tightestAt);
        expect(alpha * mixedCapital(bound, t, rho)).toBeGreaterThanOrEqual(1);
        expect(alpha * mixedCapital(bound * 0.97, t, rho)).toBeLessThan(0.95);
      }
    }
  });

  it.each([100, 1_000, 10_000])("is tightest, for its standard error, near the units that it was planned for (%d)", (planned) => {
    const relative = (t: number) => width(t, 0.05, planned) * Math.sqrt(t);
    const times = Array.from({ length: 400 }, (_, i) => planned * 1.02 ** (i - 200));
    const best = times.reduce((a, b) => (relative(b) < relative(a) ? b : a));
    expect(best / planned).toBeGreaterThan(0.95);
    expect(best / planned).toBeLessThan(1.2);
  });

  it("is in proportion to the standard error", () => {
    const found = { estimate: 0, standardError: 0.3, units: 500 };
    expect(halfWidth({ ...found, standardError: 0.6 }, 0.05, 1_000)).toBeCloseTo(2 * halfWidth(found, 0.05, 1_000), 12);
  });

  it("stays a number for a plan of nothing and for any false-alarm rate", () => {
    expect(width(50, 0.05, 0)).toBe(width(50, 0.05, 1));
    for (const alpha of [0.4995, 0.5, 0.6, 0.999]) expect(width(50, alpha, 100)).toBeGreaterThan(0);
  });
});
