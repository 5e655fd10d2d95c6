/** The mini-batches of a chunk: which rows, in which order, each with which share of the batch's loss. */
import type { Examples } from "./engine.ts";
import { permutation, type Random } from "./random.ts";

export interface MiniBatches {
  readonly steps: number;
  /** [steps, batch]: the chunk's rows, shuffled. Places beyond the last row repeat row 0 with weight 0. */
  readonly order: BigInt64Array;
  readonly labels: Float32Array;
  /** Weights, of mean 1 over the train part, over the batch's rows: the mean of all batches' losses is the whole part's weighted loss. */
  readonly rowWeights: Float32Array;
  /** [steps]: the batches' rows. */
  readonly sizes: Uint32Array;
}

export function miniBatches(chunk: Examples, batch: number, meanWeight: number, source: Random): MiniBatches {
  const steps = Math.ceil(chunk.rows / batch);
  const shuffled = permutation(chunk.rows, source);
  const order = new BigInt64Array(steps * batch);
  const labels = new Float32Array(steps * batch);
  const rowWeights = new Float32Array(steps * batch);
  const sizes = new Uint32Array(steps);
  // Low halves of the 64-bit places: a BigInt per row would take longer than the training step.
  const low = new Uint32Array(order.buffer);
  for (let step = 0; step < steps; step += 1) {
    const [from, to] = [step * batch, Math.min((step + 1) * batch, chunk.rows)];
    const whole = meanWeight * (sizes[step] = to - from);
    for (let place = from; place < to; place += 1) {
      const row = shuffled[place] as number;
      low[2 * place] = row;
      labels[place] = chunk.labels[row] as number;
      rowWeights[place] = (chunk.weights[row] as number) / whole;
    }
  }
  return { steps, order, labels, rowWeights, sizes };
}
