import { describe, expect, it } from "vitest";
import { seeded } from "../../../bench/gates.ts";
import { difference, halfWidth, meanOutcome, unitVariance, type OutcomeSums } from "../../../runtime/statistics/confidence-sequence.ts";
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
