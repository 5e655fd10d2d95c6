import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { after, count, duration, durationAtLeast, durationLiteral, listed, percent, spot } from "../../../language-server/checks/wording.ts";
import { day, hour, line, minute, second } from "./spec-builder.ts";

describe("durations", () => {
  test.each([
    [0, "0s"], [150, "150ms"], [5 * minute, "5m"], [90 * minute, "90m"], [36 * hour, "36h"], [24 * hour, "1d"], [400 * day, "400d"],
    [302_400, "5m2s"], [1410 * minute, "23h30m"], [6.72 * hour, "6h43m"], [-day, "-1d"], [2 * day - second, "2d"], [0.25, "0.25ms"],
    // A round number in one unit, while it is below a hundred; else the two largest units.
    [99 * hour, "99h"], [100 * hour, "4d4h"], [100 * minute, "1h40m"], [99 * second, "99s"], [100 * second, "1m40s"], [1_500 * second, "25m"],
    [day + second, "1d"], [day + 29 * minute, "1d"], [day + 31 * minute, "1d1h"], [1_500, "1s500ms"], [1_500.4, "1s500ms"], [12.3456, "12ms"], [1, "1ms"], [0.123_456, "0.12ms"],
    [-1_500, "-1s500ms"],
  ])("%d ms read %s", (ms, text) => expect(duration(ms)).toBe(text));

  const unitMs: Readonly<Record<string, number>> = { d: day, h: hour, m: minute, s: second, ms: 1 };
  const value = (literal: string) => Number.parseInt(literal, 10) * (unitMs[literal.replace(/^\d+/, "")] ?? Number.NaN);

  test("as literals say the very same time in one unit", () => {
    fc.assert(fc.property(fc.nat(10_000_000_000), (ms) => value(durationLiteral(ms) ?? "") === ms));
    expect(durationLiteral(0.5)).toBeNull();
    expect([durationLiteral(0), durationLiteral(90 * minute), durationLiteral(48 * hour), durationLiteral(1_001)]).toEqual(["0s", "90m", "2d", "1001ms"]);
  });

  test.each([
    [0, "0s"], [99 * minute, "99m"], [100 * minute, "100m"], [101 * minute, "101m"], [10.5 * day, "11d"], [9.5 * hour, "10h"], [9 * hour + 1, "541m"], [0.2, "1ms"], [1_500.5, "1501ms"], [100 * hour, "100h"], [47 * hour, "47h"], [1_000 * minute, "17h"],
  ])("of at least %d ms are written %s", (ms, text) => expect(durationAtLeast(ms)).toBe(text));

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

test("counts are rounded, and shares to four digits", () => {
  expect([count(999.5), count(0.4), percent(0.123_456), percent(0), percent(1), percent(0.000_012_346)]).toEqual(["1,000", "0", "12.35%", "0%", "100%", "0.001235%"]);
});

describe("a place", () => {
  const declaration = { origin: line(1), at: { hold: line(2), traffic: line(3) } };

  test("is that of the first property that is written out, or else the declaration's name", () => {
    expect([spot(declaration, "hold"), spot(declaration, "unit", "traffic", "hold"), spot(declaration, "unit"), spot(declaration)]).toEqual([line(2), line(3), line(1), line(1)]);
  });

  test("right behind another is empty and at its end", () => {
    expect(after({ file: 2, range: [1, 3, 4, 9] })).toEqual({ file: 2, range: [4, 9, 4, 9] });
  });
});
