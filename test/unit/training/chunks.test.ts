import fc from "fast-check";
import { expect, test } from "vitest";
import { exactChunks } from "../../../runtime/training/chunks.ts";
import type { Chunk } from "../../../runtime/training/engine.ts";
import { miniBatches } from "../../../runtime/training/mini-batches.ts";
import { random } from "../../../runtime/training/random.ts";
import { examplesOf, UNSCALED } from "../../../runtime/training/scales.ts";

/** Rows first … first + rows − 1, recognisable in every column. */
const numbered = (first: number, rows: number): Chunk => {
  const numbers = Float64Array.from({ length: rows }, (_, i) => first + i);
  return {
    rows, labels: numbers, weights: numbers.map((n) => n + 0.5), indices: [BigInt64Array.from(numbers, (n) => BigInt(n))],
    dense: Float32Array.from({ length: 2 * rows }, (_, i) => first + Math.floor(i / 2) + (i % 2) / 4),
  };
};
async function* sized(sizes: readonly number[]): AsyncGenerator<Chunk> {
  let first = 0;
  for (const rows of sizes) {
    yield numbered(first, rows);
    first += rows;
  }
}

test("chunks of any size become chunks of one size, with every row in its order", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(30)), fc.integer({ min: 1, max: 20 }), async (sizes, size) => {
    const chunks: Chunk[] = [];
    for await (const chunk of exactChunks(sized(sizes), size)) chunks.push(chunk);
    const total = sizes.reduce((a, b) => a + b, 0);
    expect(chunks.slice(0, -1).every(({ rows }) => rows === size)).toBe(true);
    const [whole] = [numbered(0, total)];
    const all = <T>(part: (chunk: Chunk) => Iterable<T>): T[] => chunks.flatMap((chunk) => [...part(chunk)]);
    expect(all(({ labels }) => labels)).toEqual([...whole.labels]);
    expect(all(({ weights }) => weights)).toEqual([...whole.weights]);
    expect(all(({ dense }) => dense)).toEqual([...whole.dense]);
    expect(all(({ indices: [first] }) => first ?? [])).toEqual([...(whole.indices[0] ?? [])]);
  }));
});

test("mini-batches hold every row once, by its weight over the mean weight and the batch's rows; the rest of the last batch has weight 0", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 30 }), fc.double({ min: 0.1, max: 100 }), fc.integer(), (rows, batch, meanWeight, seed) => {
    const chunk = examplesOf(numbered(0, rows), UNSCALED);
    const { steps, order, labels, rowWeights, sizes } = miniBatches(chunk, batch, meanWeight, random(seed));
    expect(steps).toBe(Math.ceil(rows / batch));
    expect([...order.subarray(0, rows)].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
    expect([...labels.subarray(0, rows)]).toEqual([...order.subarray(0, rows)].map(Number));
    expect(rowWeights.subarray(rows).every((weight) => weight === 0)).toBe(true);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(rows);
    for (let place = 0; place < rows; place += 1)
      expect(rowWeights[place]).toBe(Math.fround((chunk.weights[Number(order[place])] as number) / (meanWeight * (sizes[Math.floor(place / batch)] as number))));
  }));
});
