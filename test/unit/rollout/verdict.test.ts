import { expect, it } from "vitest";
import { PASSING_SHARE_OF_HARM, percent, strength } from "../../../runtime/rollout/verdict.ts";

it("strength is a share of what fails, which JSON can carry", () => {
  expect([-3, 0, 0.25, 1, 7, Infinity, -Infinity].map(strength)).toEqual([0, 0, 0.25, 1, 1, 1, 0]);
  // No data is no evidence.
  expect(strength(Number.NaN)).toBe(0);
});

it("percents have three significant digits, and nothing is none", () => {
  expect([0, 0.0125, 0.012_345, 1, 0.999_6, 12.34].map(percent)).toEqual(["0%", "1.25%", "1.23%", "100%", "100%", "1230%"]);
  expect(percent(null)).toBe("none");
});

it("a candidate passes within a third of the harm", () => expect(PASSING_SHARE_OF_HARM).toBeCloseTo(1 / 3, 12));
