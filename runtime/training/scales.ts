/**
 * What training measures labels and weights in, learned from the whole train part. A number to predict is standardised, in doubles (an engine's
 * rates and initial weights suit values around 1, and its floats hold seven digits), and the network's output scaled back in doubles.
 * Weights are divided by their mean over the train part: divided by each batch's own sum they would mean nothing in a batch of one.
 */
import { MlspecError } from "../errors.ts";
import type { Chunk, Examples, TargetScale } from "./engine.ts";

export interface Scales {
  readonly target: TargetScale;
  /** Of the train part's examples; above 0. */
  readonly meanWeight: number;
}

export const UNSCALED: TargetScale = { mean: 0, deviation: 1 };

/**
 * In one pass: the mean weight, and the labels' weighted mean and standard deviation (West 1979); a constant label has deviation 1. `eachChunk` may throw, to stop.
 * @throws MlspecError `label-not-a-number`, `no-training-examples` when nothing has weight.
 */
export async function scalesOf(chunks: AsyncIterable<Pick<Chunk, "rows" | "labels" | "weights">>, eachChunk: () => void): Promise<Scales> {
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
  if (total === 0) throw new MlspecError("no-training-examples", "every training example has weight 0");
  const deviation = Math.sqrt(squares / total);
  return { target: { mean, deviation: deviation > 0 ? deviation : 1 }, meanWeight: total / row };
}

const labelMissing = (row: number, label: number): MlspecError =>
  new MlspecError("label-not-a-number", `the label of training example ${row} is ${label}`, { hint: "Leave such examples out with a condition on the dataset." });

export function examplesOf(chunk: Chunk, { mean, deviation }: TargetScale): Examples {
  const labels = new Float32Array(chunk.labels.length);
  for (let i = 0; i < labels.length; i += 1) labels[i] = ((chunk.labels[i] as number) - mean) / deviation;
  return { ...chunk, labels };
}
