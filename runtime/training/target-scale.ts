/**
 * A number to predict is standardised for training (an engine's rates and initial weights suit values around 1) and the
 * scale folded back into the last layer, so that the weights that leave predict the label's own unit.
 */
import { MlspecError } from "../errors.ts";
import type { Chunk, TrainedLayer } from "./engine.ts";

export interface TargetScale {
  readonly mean: number;
  readonly deviation: number;
}

export const UNSCALED: TargetScale = { mean: 0, deviation: 1 };

/** Weighted mean and standard deviation of the labels, in one pass (West 1979); a constant label has deviation 1. `eachChunk` may throw, to stop. */
export async function scaleOfLabels(chunks: AsyncIterable<Chunk>, eachChunk: () => void): Promise<TargetScale> {
  let [total, mean, squares, row] = [0, 0, 0, 0];
  for await (const { rows, labels, weights } of chunks) {
    eachChunk();
    for (let i = 0; i < rows; i += 1, row += 1) {
      const [label, weight] = [labels[i] as number, weights[i] as number];
      if (!Number.isFinite(label)) throw labelMissing(row, label);
      if (weight === 0) continue;
      total += weight;
      const difference = label - mean;
      mean += (weight / total) * difference;
      squares += weight * difference * (label - mean);
    }
  }
  const deviation = total > 0 ? Math.sqrt(squares / total) : 0;
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

const labelMissing = (row: number, label: number): MlspecError =>
  new MlspecError("label-not-a-number", `the label of training example ${row} is ${label}`, { hint: "Leave such examples out with a condition on the dataset." });

export function standardised(labels: Float32Array, { mean, deviation }: TargetScale): Float32Array {
  return mean === 0 && deviation === 1 ? labels : labels.map((label) => (label - mean) / deviation);
}

/** The layer whose outputs are `deviation · (x W + b) + mean`. */
export function folded(layer: TrainedLayer, { mean, deviation }: TargetScale): TrainedLayer {
  return { ...layer, weights: layer.weights.map((w) => w * deviation), bias: layer.bias.map((b) => b * deviation + mean) };
}
