import { describe, expect, it } from "vitest";
import { planTwoProportions } from "../../../runtime/statistics/planning.ts";

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
    expect(planTwoProportions({ ...defaults, baseline: 0.01, change: 0 }).candidateUnits).toBe(Infinity);
    expect(planTwoProportions({ ...defaults, share: 0, baseline: 0.01, change: 0.01 }).candidateUnits).toBe(Infinity);
    expect(planTwoProportions({ ...defaults, share: 1, baseline: 0.01, change: 0.01 }).candidateUnits).toBe(Infinity);
  });
});
