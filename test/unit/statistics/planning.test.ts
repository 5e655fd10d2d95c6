import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planOneProportion, planTwoProportions, plannedVariance } from "../../../runtime/statistics/planning.ts";
import { binomialPower, normalCdf } from "./oracles.ts";

const defaults = { share: 0.05, alpha: 0.05, power: 0.8 };

describe("sample size for a canary at a 5% share", () => {
  it.each([
    { from: "0.1%", to: "0.2%", baseline: 0.001, change: 0.001, units: 8_602 },
    { from: "0.5%", to: "1%", baseline: 0.005, change: 0.005, units: 1_710 },
    { from: "1%", to: "1.2%", baseline: 0.01, change: 0.002, units: 17_209 },
  ])("$from → $to needs $units candidate units", ({ baseline, change, units }) => {
    const plan = planTwoProportions({ ...defaults, baseline, change });
    expect(plan.candidateUnits).toBe(units);
    expect(plan.totalUnits).toBe(units * 20);
  });

  it("needs more for a smaller change, and fewer candidates when there is more control", () => {
    const small = planTwoProportions({ ...defaults, baseline: 0.01, change: 0.001 }).candidateUnits;
    const large = planTwoProportions({ ...defaults, baseline: 0.01, change: 0.01 }).candidateUnits;
    const even = planTwoProportions({ ...defaults, share: 0.5, baseline: 0.01, change: 0.01 }).candidateUnits;
    expect(small).toBeGreaterThan(large);
    expect(even).toBeGreaterThan(large);
  });

  it("cannot tell no change, nor judge without candidates or without a control", () => {
    const never = { candidateUnits: Infinity, totalUnits: Infinity };
    expect(planTwoProportions({ ...defaults, baseline: 0.01, change: 0 })).toEqual(never);
    for (const share of [-0.1, 0, 1, 1.1]) {
      expect(planTwoProportions({ ...defaults, share, baseline: 0.01, change: 0.01 })).toEqual(never);
      expect(planTwoProportions({ ...defaults, share, baseline: 0.01, change: -0.01 })).toEqual(never);
    }
  });

  it("cannot tell a change beyond what a rate can be: from nothing down, from everything up", () => {
    expect(planTwoProportions({ ...defaults, baseline: 0, change: -0.01 }).candidateUnits).toBe(Infinity);
    expect(planTwoProportions({ ...defaults, baseline: 1, change: 0.01 }).candidateUnits).toBe(Infinity);
    expect(planTwoProportions({ ...defaults, baseline: 0.9, change: 0.5 })).toEqual(planTwoProportions({ ...defaults, baseline: 0.9, change: 0.1 }));
    expect(planTwoProportions({ ...defaults, baseline: 0.1, change: -0.5 })).toEqual(planTwoProportions({ ...defaults, baseline: 0.1, change: -0.1 }));
  });

  it("needs one unit at least", () => {
    expect(planTwoProportions({ baseline: 0, change: 1, share: 0.5, alpha: 0.4, power: 0.5 })).toEqual({ candidateUnits: 1, totalUnits: 2 });
  });

  it("counts a part of a unit of the control as one", () => {
    const plan = planTwoProportions({ ...defaults, share: 0.3, baseline: 0.1, change: 0.1 });
    expect(plan.totalUnits).toBe(Math.ceil(plan.candidateUnits / 0.3));
    expect(plan.totalUnits * 0.3).not.toBe(plan.candidateUnits);
  });

  it("is the same in both directions of a mirrored rate", () => {
    const rise = planTwoProportions({ ...defaults, share: 0.2, baseline: 0.1, change: 0.05 });
    expect(planTwoProportions({ ...defaults, share: 0.2, baseline: 0.9, change: -0.05 })).toEqual(rise);
  });
});

describe("sample size for a rate against a constant", () => {
  // By hand: [(1.6449·√(p₀q₀) + 0.8416·√(p₁q₁)) / (p₁ − p₀)]² at a false-alarm rate of 5% and a power of 80%.
  it.each([
    { bound: 0.5, change: 0.1, n: 152 },
    { bound: 0.5, change: -0.1, n: 152 },
    { bound: 0.01, change: 0.01, n: 792 },
    { bound: 0.9, change: -0.05, n: 252 },
  ])("$bound, changed by $change, shows in $n observations", ({ bound, change, n }) => {
    expect(planOneProportion({ bound, change, alpha: 0.05, power: 0.8 })).toBe(n);
  });

  it("gives the exact binomial test the power that was asked for, within what the normal approximation is good for", () => {
    for (const bound of [0.1, 0.3, 0.5]) {
      for (const power of [0.5, 0.8, 0.9]) {
        const n = planOneProportion({ bound, change: bound / 4, alpha: 0.05, power });
        expect(Math.abs(binomialPower({ n, bound, truth: bound * 1.25, alpha: 0.05 }) - power)).toBeLessThan(0.08);
      }
    }
  });

  it("needs more for a smaller change, a smaller false-alarm rate, a greater power", () => {
    const base = { bound: 0.02, change: 0.02, alpha: 0.05, power: 0.8 };
    for (const harder of [{ change: 0.01 }, { alpha: 0.01 }, { power: 0.9 }]) expect(planOneProportion({ ...base, ...harder })).toBeGreaterThan(planOneProportion(base));
  });

  it("cannot tell no change, nor one beyond what a rate can be", () => {
    const plan = (bound: number, change: number) => planOneProportion({ bound, change, alpha: 0.05, power: 0.8 });
    expect([plan(0.5, 0), plan(0, 0), plan(0, -0.1), plan(1, 0.1)]).toEqual([Infinity, Infinity, Infinity, Infinity]);
    expect(plan(0.5, 0.9)).toBe(plan(0.5, 0.5));
    expect(plan(0.5, -0.9)).toBe(plan(0.5, -0.5));
    // A bound outside of what a rate can be is the nearest that it can be.
    expect(plan(-0.5, 0.1)).toBe(plan(0, 0.1));
    expect(plan(1.5, -0.1)).toBe(plan(1, -0.1));
  });

  it("needs one observation at least", () => expect(planOneProportion({ bound: 0, change: 1, alpha: 0.05, power: 0.8 })).toBe(1));
});

describe("the variance to plan for", () => {
  it("is that at which a one-sided test at level α sees the change with the power", () => {
    fc.assert(fc.property(
      fc.double({ min: -10, max: 10, noNaN: true }).filter((change) => Math.abs(change) > 1e-3), fc.double({ min: 0.001, max: 0.4, noNaN: true }), fc.double({ min: 0.6, max: 0.99, noNaN: true }),
      (change, alpha, power) => {
        const deviation = Math.sqrt(plannedVariance({ change, alpha, power }));
        // The test rejects above c with P(noise > c) = α; with the change there it must reject with the power.
        const critical = Math.abs(change) - normalQuantileBySearch(power) * deviation;
        expect(1 - normalCdf(critical / deviation)).toBeCloseTo(alpha, 6);
      },
    ));
    expect(plannedVariance({ change: 0.01, alpha: 0.05, power: 0.8 })).toBeCloseTo((0.01 / (1.644854 + 0.841621)) ** 2, 10);
  });
});

function normalQuantileBySearch(p: number): number {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}
