/**
 * The network in TensorFlow.js: losses and, by the chain rule, gradients. Not by its automatic differentiation, because
 * `@tensorflow/tfjs-core` alone comes without the rules for it, and because gathering rows has a quadratic one there. B is the batch's number of rows.
 */
import { unreachable } from "../../errors.ts";
import type { TrainingProblem } from "../engine.ts";
import { denseShapes } from "../parameters.ts";
import { planOf, type DenseStep, type NetworkPlan } from "../plan.ts";
import type { Tensor, TensorFlow } from "./api.ts";
import { rowLosses } from "./losses.ts";

export interface Rows {
  /** [B, denseWidth]; null when there are no dense columns. */
  readonly dense: Tensor | null;
  /** [B] each, int32. */
  readonly indices: readonly Tensor[];
  /** [B] */
  readonly labels: Tensor;
}

/** The weights: the dense vector, then the embeddings' tables. */
export type Groups = readonly [Tensor, ...Tensor[]];

/** [B], without dropout. */
export function lossesOf(tf: TensorFlow, problem: TrainingProblem, groups: Groups, rows: Rows): Tensor {
  const plan = planOf(problem);
  const outputs = forward(tf, plan, inputMatrix(tf, rows, groups), layersOf(tf, plan, groups), null);
  return rowLosses(tf, problem.task, outputs.at(-1) as Tensor, rows.labels, problem.classes).losses;
}

/** Loss Σ rowWeight · rowLoss, a scalar, and its gradient for each group. `masks`: one per dropout, [B, width]. */
export function gradientsOf(tf: TensorFlow, problem: TrainingProblem, groups: Groups, rows: Rows, rowWeights: Tensor, masks: readonly Tensor[]): { loss: Tensor; gradients: Tensor[] } {
  const plan = planOf(problem);
  const layers = layersOf(tf, plan, groups);
  const outputs = forward(tf, plan, inputMatrix(tf, rows, groups), layers, masks);
  const { losses, slope } = rowLosses(tf, problem.task, outputs.at(-1) as Tensor, rows.labels, problem.classes);
  const backwards = backward(tf, plan, outputs, layers, masks, tf.mul(slope, tf.reshape(rowWeights, [-1, 1])));
  const starts = problem.embeddings.map((_, k) => problem.embeddings.slice(0, k).reduce((at, { size }) => at + size, problem.denseWidth));
  const tables = problem.embeddings.map(({ rows: count, size }, k) => {
    const part = tf.slice(backwards.input, [0, starts[k] as number], [-1, size]);
    return tf.scatterND(tf.reshape(rows.indices[k] as Tensor, [-1, 1]), part, [count, size]);
  });
  return { loss: tf.sum(tf.mul(losses, rowWeights)), gradients: [backwards.vector, ...tables] };
}

/** Dense matrix and embeddings side by side: [B, inputWidth]. */
function inputMatrix(tf: TensorFlow, { dense, indices }: Rows, [, ...tables]: Groups): Tensor {
  const parts = [...(dense === null ? [] : [dense]), ...tables.map((table, k) => tf.gather(table, indices[k] as Tensor))];
  return parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts, 1);
}

interface LayerTensors {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

/** Weights [in, out] and bias [out] of each layer, cut out of the dense vector. */
function layersOf(tf: TensorFlow, plan: NetworkPlan, [vector]: Groups): LayerTensors[] {
  const shapes = denseShapes(plan);
  const sizes = shapes.map((shape) => shape.reduce((product, size) => product * size, 1));
  const pieces = tf.split(vector, sizes, 0).map((piece, i) => tf.reshape(piece, shapes[i] as number[]));
  return Array.from({ length: pieces.length / 2 }, (_, i) => ({ weights: pieces[2 * i] as Tensor, bias: pieces[2 * i + 1] as Tensor }));
}

/** The input, then the output of each step: the last are the logits. */
function forward(tf: TensorFlow, plan: NetworkPlan, input: Tensor, layers: readonly LayerTensors[], masks: readonly Tensor[] | null): Tensor[] {
  const outputs = [input];
  let [layer, dropout, x] = [0, 0, input];
  for (const step of plan.steps) {
    if (step.kind === "dropout") {
      if (masks !== null) x = tf.mul(x, masks[dropout] as Tensor);
      dropout += 1;
    } else {
      const { weights, bias } = layers[layer] as LayerTensors;
      x = activated(tf, step.activation, tf.add(tf.matMul(x, weights), bias));
      layer += 1;
    }
    outputs.push(x);
  }
  return outputs;
}

/** From d loss / d logits to d loss / d input and d loss / d vector. */
function backward(tf: TensorFlow, plan: NetworkPlan, outputs: readonly Tensor[], layers: readonly LayerTensors[], masks: readonly Tensor[], end: Tensor): { input: Tensor; vector: Tensor } {
  let [layer, dropout, d] = [layers.length, masks.length, end];
  const parts: Tensor[] = [];
  for (const [i, step] of [...plan.steps.entries()].toReversed()) {
    const [x, y] = [outputs[i] as Tensor, outputs[i + 1] as Tensor];
    if (step.kind === "dropout") d = tf.mul(d, masks[--dropout] as Tensor);
    else {
      d = beforeActivation(tf, step.activation, y, d);
      parts.unshift(tf.reshape(tf.matMul(x, d, true, false), [-1]), tf.sum(d, 0));
      d = tf.matMul(d, (layers[--layer] as LayerTensors).weights, false, true);
    }
  }
  return { input: d, vector: tf.concat(parts, 0) };
}

function activated(tf: TensorFlow, activation: DenseStep["activation"], x: Tensor): Tensor {
  switch (activation) {
    case "relu": return tf.relu(x);
    case "tanh": return tf.tanh(x);
    case "sigmoid": return tf.sigmoid(x);
    case "linear": return x;
    default: return unreachable(activation);
  }
}

/** The gradient of an activation's input, from its output y and the output's gradient. */
function beforeActivation(tf: TensorFlow, activation: DenseStep["activation"], y: Tensor, d: Tensor): Tensor {
  switch (activation) {
    case "relu": return tf.mul(d, tf.step(y));
    case "tanh": return tf.mul(d, tf.sub(tf.scalar(1), tf.mul(y, y)));
    case "sigmoid": return tf.mul(d, tf.mul(y, tf.sub(tf.scalar(1), y)));
    case "linear": return d;
    default: return unreachable(activation);
  }
}
