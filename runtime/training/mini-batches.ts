/** The mini-batches of a chunk: which rows, in which order, with which share of the batch's loss. */
import type { Chunk } from "./engine.ts";
import { permutation, type Random } from "./random.ts";

export interface MiniBatches {
  readonly steps: number;
  /** [steps, batch]: the chunk's rows, shuffled. Places beyond the last row repeat row 0 with weight 0. */
  readonly order: BigInt64Array;
  readonly labels: Float32Array;
  /** Weights of a batch's rows over their sum, so that they add up to 1 (or are all 0). */
  readonly rowWeights: Float32Array;
  /** [steps]: the sums. */
  readonly totals: Float64Array;
}

export function miniBatches(chunk: Chunk, batch: number, source: Random): MiniBatches {
  const steps = Math.ceil(chunk.rows / batch);
  const shuffled = permutation(chunk.rows, source);
  const order = new BigInt64Array(steps * batch);
  const labels = new Float32Array(steps * batch);
  const rowWeights = new Float32Array(steps * batch);
  const totals = new Float64Array(steps);
  // Low halves of the 64-bit places: a BigInt per row would take longer than the training step.
  const low = new Uint32Array(order.buffer);
  for (let step = 0; step < steps; step += 1) {
    const [from, to] = [step * batch, Math.min((step + 1) * batch, chunk.rows)];
    let total = 0;
    for (let place = from; place < to; place += 1) {
      const row = shuffled[place] as number;
      low[2 * place] = row;
      labels[place] = chunk.labels[row] as number;
      total += rowWeights[place] = chunk.weights[row] as number;
    }
    totals[step] = total;
    if (total > 0) for (let place = from; place < to; place += 1) rowWeights[place] = (rowWeights[place] as number) / total;
  }
  return { steps, order, labels, rowWeights, totals };
}
