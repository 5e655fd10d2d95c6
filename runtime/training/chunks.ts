/** Cuts what a reader delivers into chunks of exactly the size the engine wants, so that results do not depend on the reader. */
import type { Chunk } from "./engine.ts";

/** Every chunk has `size` rows but the last, which may be shorter. Memory: one chunk. */
export async function* exactChunks(source: AsyncIterable<Chunk>, size: number): AsyncGenerator<Chunk> {
  let pending: Chunk[] = [];
  let rows = 0;
  for await (const chunk of source) {
    let start = 0;
    while (rows + chunk.rows - start >= size) {
      const end = start + size - rows;
      yield together([...pending, part(chunk, start, end)]);
      [pending, rows, start] = [[], 0, end];
    }
    if (start < chunk.rows) {
      pending.push(part(chunk, start, chunk.rows));
      rows += chunk.rows - start;
    }
  }
  if (rows > 0) yield together(pending);
}

function part(chunk: Chunk, start: number, end: number): Chunk {
  if (start === 0 && end === chunk.rows) return chunk;
  const width = chunk.rows === 0 ? 0 : chunk.dense.length / chunk.rows;
  return {
    rows: end - start,
    dense: chunk.dense.subarray(start * width, end * width),
    indices: chunk.indices.map((values) => values.subarray(start, end)),
    labels: chunk.labels.subarray(start, end),
    weights: chunk.weights.subarray(start, end),
  };
}

function together(parts: readonly Chunk[]): Chunk {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    dense: joined(parts.map(({ dense }) => dense), (length) => new Float32Array(length)),
    indices: (first?.indices ?? []).map((_, k) => joined(parts.map(({ indices }) => indices[k] as BigInt64Array), (length) => new BigInt64Array(length))),
    labels: joined(parts.map(({ labels }) => labels), (length) => new Float64Array(length)),
    weights: joined(parts.map(({ weights }) => weights), (length) => new Float64Array(length)),
  };
}

interface Joinable<T> {
  readonly length: number;
  set(values: T, at: number): void;
}

function joined<T extends Joinable<T>>(parts: readonly T[], create: (length: number) => T): T {
  const all = create(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of parts) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}
