import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latencyBucket, latencyEdge, latencyQuantile, slowerThan } from "../../../runtime/rollout/latency.ts";

const count = (latencies: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const latency of latencies) counts.set(latencyBucket(latency), (counts.get(latencyBucket(latency)) ?? 0) + 1);
  return counts;
};

describe("latency counts", () => {
  it("put each latency under its bucket's edge and above the one before", () => {
    fc.assert(fc.property(fc.double({ min: 0.06, max: 100_000, noNaN: true }), (latency) => {
      const bucket = latencyBucket(latency);
      expect(latency).toBeLessThanOrEqual(latencyEdge(bucket) * (1 + 1e-9));
      expect(latency).toBeGreaterThan(latencyEdge(bucket - 1) * (1 - 1e-9));
    }));
  });

  it("hold anything, however small, large or broken", () => {
    for (const odd of [0, -1, NaN]) expect(latencyBucket(odd)).toBe(0);
    expect(latencyEdge(latencyBucket(Infinity))).toBeGreaterThan(60_000);
  });

  it("give quantiles to within a tenth", () => {
    const counts = count(Array.from({ length: 10_000 }, (_, i) => (i + 1) / 100));
    expect(latencyQuantile(counts, 0.99)).toBeGreaterThan(99 / 1.1);
    expect(latencyQuantile(counts, 0.99)).toBeLessThan(99 * 1.1);
    expect(latencyQuantile(counts, 0.5)).toBeCloseTo(50, -1);
    expect(latencyQuantile(new Map(), 0.5)).toBeNaN();
  });

  it("count what is slower than a limit", () => {
    const counts = count([...Array<number>(95).fill(5), ...Array<number>(5).fill(500)]);
    expect(slowerThan(counts, 50)).toBe(5);
    expect(slowerThan(counts, 1_000)).toBe(0);
    expect(slowerThan(counts, 1)).toBe(100);
    // A limit in the middle of a bucket has half of it on either side.
    expect(slowerThan(new Map([[10, 3]]), (latencyEdge(9) + latencyEdge(10)) / 2)).toBeCloseTo(1.5, 9);
  });
});
