import { describe, expect, it } from "vitest";
import { equal, harmed, tallyStalls } from "../../../bench/stalls.ts";

/** Seeded; `bench/stalls.ts` does the same with more. */
const rollouts = 300;

describe("a bound on latency, on a machine that stalls for many requests in a row", () => {
  it.each(equal.map((scenario, i) => ({ ...scenario, seed: 1 + i })))("rolls back equal versions no more often than α says: $name", ({ seed, ...scenario }) => {
    const { rolledBack, byRequests } = tallyStalls(scenario, rollouts, seed);
    expect(rolledBack).toBeLessThanOrEqual(0.05);
    // The stalls are such that whoever takes each request for a piece of evidence rolls back most of the time.
    expect(byRequests).toBeGreaterThan(0.5);
  });

  const caught = (name: string) => tallyStalls(harmed.find((scenario) => scenario.name === name) ?? harmed[0]!, 200, 99);

  it.each(["A/B, 50%, twice as slow", "A/B, 10%, twice as slow", "A/B, shadow, twice as slow", "A/B, 50%, a quarter slower"])("rolls back one that is slower: %s", (name) => {
    expect(caught(name)).toMatchObject({ rolledBack: 1 });
    expect(caught(name).medianRequests).toBeLessThan(100);
  });

  it("does not roll back one that is slower and within the bound", () => {
    expect(caught("A/B, 50%, twice as slow, but within the bound").rolledBack).toBe(0);
  });
});
