/**
 * What the engine computes, once more: plain loops in double precision, gradients by central differences. Slow, small and
 * independent of ONNX.
 */
import type { Chunk, TrainingProblem } from "../../../runtime/training/engine.ts";
import { planOf } from "../../../runtime/training/plan.ts";

/** The dense vector, then the embedding tables. */
export type Parameters = readonly Float64Array[];
/** Factor of row, column of the k-th dropout. */
export type Masks = readonly ((row: number, column: number) => number)[];

const activations = {
  relu: (x: number) => Math.max(x, 0), tanh: Math.tanh, sigmoid: (x: number) => 1 / (1 + Math.exp(-x)), linear: (x: number) => x,
};

function logitsOf(problem: TrainingProblem, parameters: Parameters, data: Chunk, row: number, masks: Masks): number[] {
  const plan = planOf(problem);
  const embedded = problem.embeddings.flatMap(({ size }, k) => {
    const at = Number(data.indices[k]?.[row]) * size;
    return [...(parameters[k + 1]?.subarray(at, at + size) ?? [])];
  });
  let x = [...data.dense.subarray(row * problem.denseWidth, (row + 1) * problem.denseWidth), ...embedded];
  let [at, dropout] = [0, 0];
  const vector = parameters[0] as Float64Array;
  for (const step of plan.steps) {
    if (step.kind === "dropout") {
      const mask = masks[dropout++];
      x = x.map((value, column) => value * (mask?.(row, column) ?? 1));
    } else {
      const bias = at + step.in * step.out;
      const input = x;
      x = Array.from({ length: step.out }, (_, j) =>
        activations[step.activation](input.reduce((sum, value, i) => sum + value * (vector[at + i * step.out + j] as number), vector[bias + j] as number)));
      at = bias + step.out;
    }
  }
  return x;
}

function lossOfRow(problem: TrainingProblem, logits: readonly number[], label: number): number {
  const z = logits[0] as number;
  if (problem.task === "regression") return (z - label) ** 2;
  if (problem.task === "binary") return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - label * z;
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0)) - (logits[label] as number);
}

/** Weighted mean loss over the rows. */
export function lossOf(problem: TrainingProblem, parameters: Parameters, data: Chunk, masks: Masks = []): number {
  let [loss, total] = [0, 0];
  for (let row = 0; row < data.rows; row += 1) {
    const weight = data.weights[row] as number;
    loss += weight * lossOfRow(problem, logitsOf(problem, parameters, data, row, masks), data.labels[row] as number);
    total += weight;
  }
  return loss / total;
}

/** Central differences: error of order h², about 1e-9 here. */
export function gradientOf(problem: TrainingProblem, parameters: Parameters, data: Chunk, masks: Masks = []): Float64Array[] {
  const h = 1e-5;
  return parameters.map((group) => Float64Array.from(group, (value, i) => {
    const at = (x: number): number => {
      group[i] = x;
      return lossOf(problem, parameters, data, masks);
    };
    const slope = (at(value + h) - at(value - h)) / (2 * h);
    group[i] = value;
    return slope;
  }));
}
