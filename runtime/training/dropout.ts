/**
 * Dropout masks without hidden state. Drawing a number per element would cost more than the network, so a step draws two
 * words per row (r, s) and two per column (c, t), and element (i, j) is kept when (rᵢ · cⱼ) · (sᵢ + tⱼ) modulo 2³² is at least
 * the threshold. With r and c odd the product is uniform and elements are pairwise independent. The words depend
 * on the seed and the number of the step alone, so a resumed training drops what an uninterrupted one would.
 */
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import { float, int32s, type Tensor } from "../onnx/tensor.ts";
import { random, STREAM } from "./random.ts";

/** Words for `steps` steps from `firstStep` on: `rows` [2, steps, batch], `columns` [2, steps, width] per dropout. */
export interface DropoutWords {
  readonly rows: Tensor;
  readonly columns: readonly Tensor[];
}

export function dropoutWords(seed: number, firstStep: number, steps: number, batch: number, widths: readonly number[]): DropoutWords {
  const draw = (width: number, stream: number): Tensor => {
    const words = new Int32Array(2 * steps * width);
    for (let step = 0; step < steps; step += 1) {
      const source = random(seed, STREAM.dropout, stream, firstStep + step);
      for (let i = 0; i < width; i += 1) {
        words[step * width + i] = source.int32() | 1;
        words[(steps + step) * width + i] = source.int32();
      }
    }
    return int32s(words, [2, steps, width]);
  };
  return { rows: draw(batch, 0), columns: widths.map((width, k) => draw(width, k + 1)) };
}

/** One step's mask [batch, width] of 0 and 1 / (1 − rate); factors: rows [2, batch, 1], columns [2, 1, width]. */
export function dropoutMask(g: GraphBuilder, rows: readonly [Value, Value], columns: readonly [Value, Value], rate: number): Value {
  const product = g.node("Mul", [g.node("Mul", [rows[0], columns[0]]), g.node("Add", [rows[1], columns[1]])]);
  const threshold = Math.round(rate * 2 ** 32) - 2 ** 31;
  const dropped = g.node("Less", [product, g.constant(int32s([threshold], []))]);
  return g.node("Where", [dropped, g.constant(float(0)), g.constant(float(1 / (1 - rate)))]);
}

/** The same mask of the given step (from 0, within the words), as numbers: [batch, width]. */
export function dropoutMaskValues(words: DropoutWords, dropout: number, step: number, rate: number): Float32Array {
  const [r, s] = halvesOf(words.rows, step);
  const [c, t] = halvesOf(words.columns[dropout] as Tensor, step);
  const [threshold, kept, width] = [Math.round(rate * 2 ** 32) - 2 ** 31, 1 / (1 - rate), c.length];
  const mask = new Float32Array(r.length * width);
  for (let i = 0; i < r.length; i += 1)
    for (let j = 0; j < width; j += 1) {
      const sum = ((s[i] as number) + (t[j] as number)) | 0;
      const product = Math.imul(Math.imul(r[i] as number, c[j] as number), sum);
      mask[i * width + j] = product < threshold ? 0 : kept;
    }
  return mask;
}

/** [2, steps, n]: the two rows of n of a step. */
function halvesOf({ data, shape }: Tensor, step: number): [Int32Array, Int32Array] {
  const [, steps = 0, n = 0] = shape;
  const row = (at: number) => (data as Int32Array).subarray(at * n, (at + 1) * n);
  return [row(step), row(steps + step)];
}
