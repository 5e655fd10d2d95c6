import { describe, expect, it } from "vitest";
import { createKnownUnits } from "../../../runtime/rollout/known-units.ts";

const exposure = (arm: "candidate" | "control") => ({ rollout: "r", stage: 0, arm });
const batch = (...units: number[]) => ({ units: new Map(units.map((unit) => [unit, { failed: false, latencyBucket: 0 }])), outcomes: new Map() });

describe("known units", () => {
  it("count each unit once per arm", () => {
    const known = createKnownUnits({ unitLog: () => [] });
    expect(known.add(exposure("control"), batch(1, 2)).units).toBe(2);
    expect(known.add(exposure("control"), batch(2, 3)).units).toBe(1);
    expect(known.add(exposure("candidate"), batch(2)).units).toBe(1);
  });

  it("stop counting in both arms when one is full, so that the arms' ratio stays true", () => {
    const known = createKnownUnits({ unitLog: () => [] }, 3);
    known.add(exposure("control"), batch(1, 2, 3));
    expect(known.add(exposure("candidate"), batch(10)).units).toBe(0);
    expect(known.add(exposure("control"), batch(4)).units).toBe(0);
  });

  it("are read back from what was logged", () => {
    const first = createKnownUnits({ unitLog: () => [] });
    const outcomes = new Map([["purchased", new Map([[1, { n: 2, y: 1 }]])]]);
    const { log } = first.add(exposure("control"), { units: new Map([[1, { failed: true, latencyBucket: 0 }]]), outcomes });
    const second = createKnownUnits({ unitLog: ({ arm }) => (arm === "control" ? log : []) });
    const again = second.add(exposure("control"), { units: new Map([[1, { failed: true, latencyBucket: 0 }]]), outcomes });
    expect(again).toMatchObject({ units: 0, erringUnits: 0 });
    expect(again.outcomes.get("purchased")).toEqual({ units: 0, n: 2, y: 1, nn: 4 ** 2 - 2 ** 2, ny: 8 - 2, yy: 4 - 1 });
  });
});
