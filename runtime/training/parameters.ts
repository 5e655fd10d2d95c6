/**
 * Where the weights are, and how they begin. All dense layers lie end to end in one vector (weights, then bias, layer by
 * layer), so that the optimiser is a dozen operators instead of a dozen per layer; each embedding is a table of its own.
 */
import type { TrainingProblem } from "./engine.ts";
import { denseSteps, type DenseStep, type NetworkPlan } from "./plan.ts";
import { random, STREAM } from "./random.ts";

/** A tensor that the optimiser updates as a whole. */
export interface ParameterGroup {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The dense vector first, then the embeddings in order. */
export function parameterGroups(problem: TrainingProblem, plan: NetworkPlan): ParameterGroup[] {
  const size = sum(denseShapes(plan).map((shape) => shape.reduce((a, b) => a * b, 1)));
  return [
    { name: "dense", shape: [size] },
    ...problem.embeddings.map(({ name, rows, size: width }) => ({ name: `embedding.${name}`, shape: [rows, width] })),
  ];
}

/** Shapes of the pieces of the dense vector: weights [in, out] and bias [out] of each layer. */
export const denseShapes = (plan: NetworkPlan): number[][] =>
  denseSteps(plan).flatMap((step) => [[step.in, step.out], [step.out]]);

/**
 * Uniform in ±√(6 / in) before ReLU (He et al. 2015), ±√(6 / (in + out)) otherwise (Glorot and Bengio 2010); biases 0;
 * embeddings uniform in ±0.05.
 */
export function initialParameters(problem: TrainingProblem, plan: NetworkPlan): Float32Array<ArrayBuffer>[] {
  const uniform = (count: number, limit: number, stream: number): Float32Array<ArrayBuffer> => {
    const source = random(problem.train.seed, STREAM.weights, stream);
    return Float32Array.from({ length: count }, () => (2 * source.uniform() - 1) * limit);
  };
  const layers = denseSteps(plan).flatMap((step, i) => [uniform(step.in * step.out, limitOf(step), i), new Float32Array(step.out)]);
  const tables = problem.embeddings.map(({ rows, size }, i) => uniform(rows * size, 0.05, 1000 + i));
  return [joined(layers), ...tables];
}

const limitOf = (step: DenseStep): number => Math.sqrt(6 / (step.activation === "relu" ? step.in : step.in + step.out));

/** 1 where weight decay applies: weights, not biases. */
export function decayMask(plan: NetworkPlan): Float32Array {
  return joined(denseShapes(plan).map((shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(shape.length === 2 ? 1 : 0)));
}

/** The dense vector cut into weights and bias per layer; copies. */
export function denseLayers(plan: NetworkPlan, vector: Float32Array): { readonly step: DenseStep; readonly weights: Float32Array; readonly bias: Float32Array }[] {
  let at = 0;
  const take = (count: number) => vector.slice(at, (at += count));
  return denseSteps(plan).map((step) => ({ step, weights: take(step.in * step.out), bias: take(step.out) }));
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(sum(parts.map((part) => part.length)));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
