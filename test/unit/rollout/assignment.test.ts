import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { armOf, position } from "../../../runtime/rollout/assignment.ts";
import { exposureText, parseExposure } from "../../../runtime/rollout/exposure.ts";
import { routeBy, type Routing } from "../../../runtime/rollout/router.ts";

const units = Array.from({ length: 20_000 }, (_, i) => `shopper-${i}`);

describe("assignment of units", () => {
  it("keeps a unit in its arm while the share stays", () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (rollout, unit, share) => {
      expect(armOf(rollout, unit, share)).toBe(armOf(rollout, unit, share));
    }));
  });

  it("only adds units to the candidate as the share grows", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(fc.string(), share, share, (unit, a, b) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      if (armOf("r", unit, small) === "candidate") expect(armOf("r", unit, large)).toBe("candidate");
    }));
  });

  it("is uniform: each tenth of the positions holds a tenth of the units", () => {
    const tenths = Array<number>(10).fill(0);
    for (const unit of units) {
      const tenth = Math.floor(position("release-1", unit) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 2,000 expected, standard deviation 42.
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(4 * 42);
  });

  it("draws afresh for another rollout", () => {
    const both = units.filter((unit) => armOf("release-1", unit, 0.1) === "candidate" && armOf("release-2", unit, 0.1) === "candidate").length;
    expect(both).toBeGreaterThan(130);
    expect(both).toBeLessThan(270);
  });

  it("gives nobody at 0% and everybody at 100%", () => {
    expect(units.every((unit) => armOf("r", unit, 0) === "control")).toBe(true);
    expect(units.every((unit) => armOf("r", unit, 1) === "candidate")).toBe(true);
  });
});

describe("routing", () => {
  const routing = (traffic: number): Routing => ({ service: "s", live: "old", rollout: { id: "r", candidate: "new", stage: 2, traffic, unit: null, isUnitPersonal: null, draw: "r", tolerances: [], mirrored: [] } });

  it("mirrors in a shadow stage: the live version answers, the candidate only computes", () => {
    expect(routeBy(routing(0), "u")).toEqual({
      serve: "old", shadow: "new", exposure: { rollout: "r", stage: 2, arm: "control" }, shadowExposure: { rollout: "r", stage: 2, arm: "candidate" },
    });
  });

  it("answers each unit by its arm otherwise", () => {
    for (const unit of units.slice(0, 200)) {
      const arm = armOf("r", unit, 0.5);
      expect(routeBy(routing(0.5), unit)).toMatchObject({ serve: arm === "candidate" ? "new" : "old", shadow: null, exposure: { arm } });
    }
  });

  it("draws with what only the state knows, so that nobody outside can work arms out", () => {
    const salted = (draw: string): Routing => ({ ...routing(0.5), rollout: { ...routing(0.5).rollout!, draw } });
    const arms = (of: Routing) => units.slice(0, 1_000).map((unit) => routeBy(of, unit).exposure?.arm);
    const plain = arms(routing(0.5));
    const alike = arms(salted("r\0one")).filter((arm, i) => arm === plain[i]).length;
    expect(alike).toBeGreaterThan(400);
    expect(alike).toBeLessThan(600);
  });

  it("serves what is live, or the fallback, outside a rollout", () => {
    expect(routeBy({ service: "s", live: "old", rollout: null }, "u")).toEqual({ serve: "old", shadow: null, exposure: null, shadowExposure: null });
    expect(routeBy({ service: "s", live: null, rollout: null }, "u").serve).toBeNull();
  });

  it("writes an exposure for logs and reads it back", () => {
    const exposure = { rollout: "release-1-a/b", stage: 3, arm: "candidate" as const };
    expect(parseExposure(exposureText(exposure))).toEqual(exposure);
    expect(parseExposure("nonsense")).toBeNull();
  });
});
