import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { count, duration, durationAtLeast, durationLiteral, listed, percent } from "../../../language-server/checks/wording.ts";
import { day, hour, minute, second } from "./spec-builder.ts";

describe("durations", () => {
  test.each([
    [0, "0s"], [150, "150ms"], [5 * minute, "5m"], [90 * minute, "90m"], [36 * hour, "36h"], [24 * hour, "1d"], [400 * day, "400d"],
    [302_400, "5m2s"], [1410 * minute, "23h30m"], [6.72 * hour, "6h43m"], [-day, "-1d"], [2 * day - second, "2d"], [0.25, "0.25ms"],
  ])("%d ms read %s", (ms, text) => expect(duration(ms)).toBe(text));

  const unitMs: Readonly<Record<string, number>> = { d: day, h: hour, m: minute, s: second, ms: 1 };
  const value = (literal: string) => Number.parseInt(literal, 10) * (unitMs[literal.replace(/^\d+/, "")] ?? Number.NaN);

  test("as literals say the very same time in one unit", () => {
    fc.assert(fc.property(fc.nat(10_000_000_000), (ms) => value(durationLiteral(ms) ?? "") === ms));
    expect(durationLiteral(0.5)).toBeNull();
  });

  test("as literals that are long enough are at most a tenth too long", () => {
    fc.assert(fc.property(fc.double({ min: 1, max: 1e11, noNaN: true }), (ms) => {
      const rounded = value(durationAtLeast(ms));
      return rounded >= ms && rounded <= Math.max(Math.ceil(ms), ms * 1.1);
    }));
  });
});

test("counts, shares and lists read as people write them", () => {
  expect([count(1_234_567), percent(0.0005), percent(0.995), percent(1 / 3)]).toEqual(["1,234,567", "0.05%", "99.5%", "33.33%"]);
  expect([listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])]).toEqual(["", "a", "a and b", "a, b and c"]);
});
