import { describe, expect, it } from "vitest";
import { createRepeats, timesSoFar } from "../../runtime/repeats.ts";

describe("trouble that goes on", () => {
  it("is told the first, the 10th, the 100th time and so on, each kind for itself", () => {
    const repeats = createRepeats();
    const told = Array.from({ length: 66_600 }, () => repeats.count("the disk is full")).filter((times) => times !== null);
    expect(told).toEqual([1, 10, 100, 1_000, 10_000]);
    expect(repeats.count("the model is gone")).toBe(1);
  });

  it("is new again once it was over", () => {
    const repeats = createRepeats();
    for (let i = 0; i < 42; i++) repeats.count("x");
    expect(repeats.over("x")).toBe(42);
    expect(repeats.over("x")).toBe(0);
    expect(repeats.count("x")).toBe(1);
  });

  it("is remembered of a bounded number of kinds", () => {
    const repeats = createRepeats(2);
    for (const what of ["a", "b", "c"]) repeats.count(what);
    expect(repeats.count("b")).toBeNull();
    expect(repeats.count("a")).toBe(1);
  });

  it("is told with how often it was", () => {
    expect([1, 10, 10_000].map(timesSoFar)).toEqual(["", " (10 times so far)", " (10,000 times so far)"]);
  });
});
