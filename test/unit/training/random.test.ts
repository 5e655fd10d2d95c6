import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permutation, random, xoshiro } from "../../../runtime/training/random.ts";

describe("random numbers", () => {
  test("depend on the seeds alone, and on each of them", () => {
    const first = (...seeds: number[]) => [random(...seeds).int32(), random(...seeds).int32()];
    expect(first(1, 2)).toEqual(first(1, 2));
    const streams = [first(1, 2), first(2, 1), first(1), first(1, 2, 0), first(0), first(-1), first()];
    expect(new Set(streams.map(String)).size).toBe(streams.length);
  });

  test("are xoshiro128**'s: the first ten from the state 1, 2, 3, 4, as the reference implementation gives them", () => {
    const source = xoshiro([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => source.int32() >>> 0)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("are uniform: each of 64 cells gets its share (χ² below the 0.1% point of 63 degrees of freedom, 103.4)", () => {
    const [source, cells, draws] = [random(42), new Float64Array(64), 64_000];
    for (let i = 0; i < draws; i += 1) {
      const cell = Math.floor(source.uniform() * 64);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    expect(cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(103.4);
  });
});

describe("a permutation", () => {
  test("holds every number once", () => {
    fc.assert(fc.property(fc.nat(300), fc.integer(), (count, seed) => {
      expect([...permutation(count, random(seed))].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }));
  });

  test("puts each number everywhere equally often", () => {
    const places = new Float64Array(16);
    for (let seed = 0; seed < 8000; seed += 1) {
      const place = permutation(4, random(seed)).indexOf(0);
      places[place] = (places[place] ?? 0) + 1;
    }
    for (const times of places.subarray(0, 4)) expect(Math.abs(times - 2000)).toBeLessThan(160); // four standard deviations
  });
});
