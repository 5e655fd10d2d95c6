import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { badTimeMs, errorBudgetMs, foresight, maturityMs, outageMs, reachBackMs, windowBeforeExample } from "../../../language-server/analysis/time.ts";
import { col, day, hour, laterLabel, respond, rowLabel, slo } from "./spec-builder.ts";

const time = fc.integer({ min: -400 * day, max: 400 * day });

describe("windows", () => {
  test("see no further than their end, less the lateness", () => {
    expect(foresight({ fromMs: -day, toMs: hour }, 10)).toEqual({ knownMs: hour, happenedMs: hour - 10 });
  });

  test("an event that counts happened before the foresight says", () => {
    // The contract: an event counts when event time + lateness < example time + window.to.
    fc.assert(fc.property(time, time, fc.nat(30 * day), (event, toMs, lateness) =>
      (event + lateness < toMs) === (event < foresight({ fromMs: null, toMs }, lateness).happenedMs)));
  });

  test("reach back as far as their beginning, if they have one", () => {
    expect([reachBackMs({ fromMs: -day, toMs: 0 }), reachBackMs({ fromMs: hour, toMs: day }), reachBackMs({ fromMs: null, toMs: 0 })]).toEqual([day, 0, null]);
  });

  test("moved before the example never see past it and keep their length or their beginning", () => {
    fc.assert(fc.property(time, fc.integer({ min: 1, max: 400 * day }), (fromMs, length) => {
      const moved = windowBeforeExample({ fromMs, toMs: fromMs + length });
      expect(moved.toMs).toBe(0);
      expect(moved.fromMs).toBe(fromMs < 0 ? fromMs : -length);
    }));
    expect(windowBeforeExample({ fromMs: null, toMs: day })).toEqual({ fromMs: null, toMs: 0 });
  });
});

test("a label matures when its window has closed", () => {
  expect([maturityMs(laterLabel("a", "x", "y", day)), maturityMs(rowLabel("b", "x", col("c")))]).toEqual([day, 0]);
});

describe("outages", () => {
  test("include the recovery", () => expect(outageMs(respond(1, 2, 3))).toBe(6));

  test("may be as long as the budget, free of binary fractions", () => {
    expect(errorBudgetMs({ objective: 0.9995, windowMs: 7 * day })).toBe(302_400);
    expect(errorBudgetMs({ objective: 0.999, windowMs: 28 * day })).toBe(2_419_200);
    expect(errorBudgetMs({ objective: 1, windowMs: day })).toBe(0);
  });

  test("are bad time at once, but for a model's age only when it has grown old", () => {
    const age = slo("fresh", "ranker", 0.99, day, { indicator: { kind: "model-age", belowMs: day } });
    expect([badTimeMs(age, 30 * hour), badTimeMs(age, hour), badTimeMs(slo("up", "s", 0.9, day), hour)]).toEqual([6 * hour, 0, hour]);
  });
});
