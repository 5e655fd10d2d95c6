import { describe, expect, it } from "vitest";
import { coverage, othersAsNo, shownEqual } from "../../../runtime/rollout/outcome-coverage.ts";
import { noOutcomes } from "../../../runtime/statistics/confidence-sequence.ts";
import { arm, counters } from "./fixtures.ts";

/** A hundred shoppers who made three requests each. */
const thrice = arm({ units: 100, requests: 300, predictions: 300 });

describe("predictions without an outcome", () => {
  it("of which none has come are all no, in the units that made them", () => {
    expect(othersAsNo(thrice, noOutcomes)).toEqual({ units: 100, n: 300, y: 0, nn: 300, ny: 0, yy: 0 });
    expect(coverage(thrice, noOutcomes)).toBe(0);
  });

  it("stand in no more units than there are predictions", () => {
    expect(othersAsNo(arm({ units: 100, requests: 40, predictions: 40 }), noOutcomes)).toMatchObject({ units: 40, n: 40 });
    expect(coverage(arm({ units: 100 }), noOutcomes)).toBeNull();
  });

  it("are as many to a unit as those with one", () => {
    const told = { units: 20, n: 60, y: 30, nn: 180, ny: 90, yy: 50 };
    expect(othersAsNo(thrice, told)).toEqual({ units: 100, n: 300, y: 30, nn: 900, ny: 90, yy: 50 });
    expect(othersAsNo(arm({ units: 20, predictions: 60 }), told)).toEqual(told);
  });
});

describe("coverages that are shown to be equal", () => {
  const shown = (candidate: number, control: number, within: number) => {
    const of = (n: number) => ({ units: n, n, y: 0, nn: n, ny: 0, yy: 0 });
    const all = arm({ units: 10_000, requests: 10_000, predictions: 10_000 });
    return shownEqual(counters(all, all), { candidate: of(candidate), control: of(control) }, { within, alpha: 0.05, tightestAt: 20_000 });
  };

  it("are so within the margin, on either side", () => {
    expect([shown(9_000, 9_000, 0.1), shown(8_000, 9_000, 0.1), shown(9_000, 8_000, 0.1), shown(9_000, 9_000, 0.001)]).toEqual([true, false, false, false]);
  });

  it("are so within any margin, none too, where every prediction of both arms has its outcome", () => {
    expect(shown(10_000, 10_000, 0)).toBe(true);
  });
});
