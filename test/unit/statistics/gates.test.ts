import { describe, expect, it } from "vitest";
import { errorsAtMostControl, labelAtLeast, tally, type Scenario } from "../../../bench/gates.ts";

/** A few hundred seeded rollouts; `bench/gates.ts` does the same with thousands. Bounds are generous: 0.05 ± 3 standard errors is 0.083. */
const rollouts = 150;
const canary: Omit<Scenario, "control" | "candidate" | "name"> = {
  requirement: errorsAtMostControl, share: 0.05, looks: 100, unitsPerLook: 400,
};

describe("gates over simulated rollouts, looked at a hundred times each", () => {
  it("rolls back hardly any healthy release, where a z-test at every look rolls back many", () => {
    const healthy = tally({ ...canary, name: "healthy", control: 0.01, candidate: 0.01 }, rollouts, 1);
    expect(healthy.failed).toBeLessThan(0.08);
    expect(healthy.zTest.failed).toBeGreaterThan(0.2);
    expect(healthy.passed).toBeGreaterThan(0.9);
    expect(healthy.mismatched).toBeLessThan(0.02);
  });

  it("catches a canary that errs on 2% of requests within a few thousand units", () => {
    const bad = tally({ ...canary, name: "bad", control: 0, candidate: 0.02 }, rollouts, 2);
    expect(bad.failed).toBe(1);
    expect(bad.passed).toBe(0);
    expect(bad.medianUnitsToFail).toBeLessThan(8_000);
  });

  it("lets fewer than 1 − power of the candidates with a doubled error rate pass", () => {
    const doubled = tally({ ...canary, name: "doubled", control: 0.01, candidate: 0.02 }, rollouts, 3);
    expect(doubled.passed).toBeLessThan(0.25);
  });

  it("rolls back a candidate that sells a quarter less, and not one that sells as much", () => {
    const half = { ...canary, share: 0.5, requirement: labelAtLeast(0.9), control: 0.04 };
    expect(tally({ ...half, name: "worse", candidate: 0.03 }, rollouts, 4).failed).toBeGreaterThan(0.7);
    const same = tally({ ...half, name: "same", candidate: 0.04 }, rollouts, 5);
    expect(same.failed).toBeLessThan(0.02);
    expect(same.passed).toBeGreaterThan(0);
  });

  it("refuses to judge when candidates are lost", () => {
    const lossy = tally({ ...canary, name: "lossy", control: 0.01, candidate: 0.01, lost: 0.2 }, 50, 6);
    expect(lossy.mismatched).toBeGreaterThan(0.9);
  });
});
