/** From inputs to logits: the same for training, validation and the exported model. */
import { unreachable } from "../errors.ts";
import type { Value } from "../onnx/graph.ts";
import { pieces, columns, dense, lookup, masked, relu, sigmoid, tanh } from "./operations.ts";
import { denseShapes } from "./parameters.ts";
import type { TrainingProblem } from "./engine.ts";
import type { DenseStep, NetworkPlan } from "./plan.ts";
import type { Tape } from "./tape.ts";

export interface NetworkInputs {
  /** [B, denseWidth]; null when there are no dense columns. */
  readonly dense: Value | null;
  /** [B] each. */
  readonly indices: readonly Value[];
}

/** Dense matrix and embeddings side by side: [B, inputWidth]. */
export function inputMatrix(tape: Tape, problem: Pick<TrainingProblem, "denseWidth" | "embeddings">, inputs: NetworkInputs, tables: readonly Value[]): Value {
  const embedded = problem.embeddings.map((shape, i) => ({
    value: lookup(tape, tables[i] as Value, inputs.indices[i] as Value, shape), width: shape.size,
  }));
  const matrix = inputs.dense !== null && problem.denseWidth > 0 ? [{ value: inputs.dense, width: problem.denseWidth }] : [];
  return columns(tape, [...matrix, ...embedded]);
}

/** Weights and bias of each layer, cut out of the dense vector. */
export const layerParameters = (tape: Tape, plan: NetworkPlan, vector: Value): Value[] => pieces(tape.graph, vector, denseShapes(plan));

/** `parameters`: weights, bias, weights, bias …; `masks`: one per dropout, or null outside training. */
export function logits(tape: Tape, plan: NetworkPlan, input: Value, parameters: readonly Value[], masks: readonly Value[] | null): Value {
  let [x, layer, dropout] = [input, 0, 0];
  for (const step of plan.steps) {
    if (step.kind === "dropout") {
      if (masks !== null) x = masked(tape, x, masks[dropout] as Value);
      dropout += 1;
    } else {
      x = activated(tape, step.activation, dense(tape, x, parameters[2 * layer] as Value, parameters[2 * layer + 1] as Value));
      layer += 1;
    }
  }
  return x;
}

export function activated(tape: Tape, activation: DenseStep["activation"], x: Value): Value {
  switch (activation) {
    case "relu": return relu(tape, x);
    case "tanh": return tanh(tape, x);
    case "sigmoid": return sigmoid(tape, x);
    case "linear": return x;
    default: return unreachable(activation);
  }
}
