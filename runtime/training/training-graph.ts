/**
 * The whole of training as one model: a `Loop` over the mini-batches of a chunk whose body is network, loss, gradients and
 * update. Weights and optimiser state go in and come out, so that between two runs nothing is hidden.
 */
import { GraphBuilder, type Value } from "../onnx/graph.ts";
import { bool, float, floats, int64, int64s } from "../onnx/tensor.ts";
import { dropoutMask } from "./dropout.ts";
import type { TrainingProblem } from "./engine.ts";
import { inputMatrix, layerParameters, logits } from "./forward.ts";
import { rowLosses } from "./losses.ts";
import { endToEnd } from "./operations.ts";
import { updateRule, type Arithmetic, type Update, type UpdateRule } from "./optimizer.ts";
import { decayMask, parameterGroups, type ParameterGroup } from "./parameters.ts";
import { dropoutSteps, planOf } from "./plan.ts";
import { stateNames } from "./state.ts";
import { Tape } from "./tape.ts";

/** Names of the models' inputs and outputs. */
export const names = {
  ...stateNames,
  indices: (embedding: number) => `indices_${embedding}`,
  schedule: (name: string) => `schedule_${name}`,
  noiseColumns: (dropout: number) => `noise_columns_${dropout}`,
  next: (name: string) => `next/${name}`,
};

/**
 * Inputs: `steps` S; `dense` [N, denseWidth]; `indices_k` [N]; `order` [S, B], the rows of each batch; `labels` and
 * `row_weights` [S, B], in batch order, the weights with their share of the batch's loss; the schedule's numbers [S]; dropout's words; the state.
 * Outputs: the state as `next/…`, and `losses` [S].
 */
export function trainingModel(problem: TrainingProblem): Uint8Array {
  const graph = new GraphBuilder("training");
  const [plan, rule] = [planOf(problem), updateRule(problem.train.optimizer)];
  const groups = parameterGroups(problem, plan);
  const data = dataInputs(graph, problem);
  const state = groups.map((group) => stateInputs(graph, group, rule, ""));
  const decays = decayFactors(graph, problem, rule.decay);

  const body = graph.subgraph("step", (g) => {
    const i = g.input("i", "int64", []);
    const go = g.input("go", "bool", []);
    const carried = groups.map((group) => stateInputs(g, group, rule, "body/"));
    const at = (value: Value) => g.node("Gather", [value, i]);
    const { gradients, loss } = stepGradients(g, problem, data, at, carried.map(({ weights }) => weights));
    const schedule = data.schedule.map(at);
    g.output(go, "go_on", "bool", []);
    groups.forEach((group, k) => {
      const { weights, slots } = carried[k] as Update<Value>;
      const decayed = decays === null ? weights : g.node("Mul", [weights, decays[k] as Value]);
      stateOutputs(g, group, rule, "body/next/", rule.update(arithmetic(g), decayed, gradients[k] as Value, slots, schedule));
    });
    g.output(loss, "loss", "float", []);
  });

  const carried = state.flatMap(({ weights, slots }) => [weights, ...slots]);
  const results = graph.nodes("Loop", [data.steps, graph.constant(bool(true)), ...carried], carried.length + 1, { body: { graph: body } });
  groups.forEach((group) => {
    const [weights, ...slots] = results.splice(0, 1 + rule.slots.length) as [Value, ...Value[]];
    stateOutputs(graph, group, rule, "next/", { weights, slots });
  });
  graph.output(results[0] as Value, "losses", "float", ["S"]);
  return graph.toModel();
}

const arithmetic = (g: GraphBuilder): Arithmetic<Value> => ({
  constant: (value) => g.constant(float(value)),
  add: (a, b) => g.node("Add", [a, b]),
  subtract: (a, b) => g.node("Sub", [a, b]),
  multiply: (a, b) => g.node("Mul", [a, b]),
  divide: (a, b) => g.node("Div", [a, b]),
  root: (a) => g.node("Sqrt", [a]),
});

const stateInputs = (g: GraphBuilder, group: ParameterGroup, rule: UpdateRule, prefix: string): Update<Value> => ({
  weights: g.input(prefix + names.weights(group), "float", group.shape),
  slots: rule.slots.map((slot) => g.input(prefix + names.slot(group, slot), "float", group.shape)),
});

function stateOutputs(g: GraphBuilder, group: ParameterGroup, rule: UpdateRule, prefix: string, { weights, slots }: Update<Value>): void {
  g.output(weights, prefix + names.weights(group), "float", group.shape);
  rule.slots.forEach((slot, s) => g.output(slots[s] as Value, prefix + names.slot(group, slot), "float", group.shape));
}

/** What each group is multiplied with before a step; null without weight decay. */
function decayFactors(graph: GraphBuilder, problem: TrainingProblem, decay: number): Value[] | null {
  if (decay === 1) return null;
  const dense = decayMask(planOf(problem)).map((decays) => (decays === 1 ? decay : 1));
  return [graph.constant(floats(dense)), ...problem.embeddings.map(() => graph.constant(float(decay)))];
}

type DataInputs = ReturnType<typeof dataInputs>;

function dataInputs(graph: GraphBuilder, problem: TrainingProblem) {
  const batch = problem.train.batch;
  const dropouts = dropoutSteps(planOf(problem));
  return {
    steps: graph.input("steps", "int64", []),
    dense: graph.input("dense", "float", ["N", problem.denseWidth]),
    indices: problem.embeddings.map((_, k) => graph.input(names.indices(k), "int64", ["N"])),
    order: graph.input("order", "int64", ["S", batch]),
    labels: graph.input("labels", "float", ["S", batch]),
    rowWeights: graph.input("row_weights", "float", ["S", batch]),
    schedule: updateRule(problem.train.optimizer).schedule.map((name) => graph.input(names.schedule(name), "float", ["S"])),
    noise: dropouts.length === 0 ? null : {
      rows: halves(graph, graph.input("noise_rows", "int32", [2, "S", batch])),
      columns: dropouts.map(({ width }, k) => halves(graph, graph.input(names.noiseColumns(k), "int32", [2, "S", width]))),
    },
  };
}

/** One batch: its loss and the gradient of each parameter group. `at` picks this step's part of a value. */
function stepGradients(g: GraphBuilder, problem: TrainingProblem, data: DataInputs, at: (value: Value) => Value, groups: readonly Value[]): { gradients: Value[]; loss: Value } {
  const tape = new Tape(g);
  const plan = planOf(problem);
  const [vector, ...tables] = groups as [Value, ...Value[]];
  const rows = at(data.order);
  const inputs = { dense: g.node("Gather", [data.dense, rows]), indices: data.indices.map((all) => g.node("Gather", [all, rows])) };
  const parameters = layerParameters(tape, plan, vector);
  const z = logits(tape, plan, inputMatrix(tape, problem, inputs, tables), parameters, masks(g, problem, data, at));
  const losses = rowLosses(tape, problem.task, z, at(data.labels), problem.classes);
  const rowWeights = at(data.rowWeights);
  const gradients = tape.gradients(losses, rowWeights, [...parameters, ...tables]);
  const loss = g.node("ReduceSum", [g.node("Mul", [losses, rowWeights])], { keepdims: { int: 0 } });
  return { gradients: [endToEnd(g, gradients.slice(0, parameters.length)), ...gradients.slice(parameters.length)], loss };
}

const halves = (graph: GraphBuilder, words: Value): [Value, Value] =>
  [0, 1].map((half) => graph.node("Gather", [words, graph.constant(int64(half))])) as [Value, Value];

function masks(g: GraphBuilder, problem: TrainingProblem, data: DataInputs, at: (value: Value) => Value): Value[] {
  const { noise } = data;
  if (noise === null) return [];
  const tall = (value: Value) => g.node("Unsqueeze", [value, g.constant(int64s([1]))]);
  const rows: [Value, Value] = [tall(at(noise.rows[0])), tall(at(noise.rows[1]))];
  return dropoutSteps(planOf(problem)).map(({ rate }, k) => {
    const [c, t] = noise.columns[k] as [Value, Value];
    return dropoutMask(g, rows, [at(c), at(t)], rate);
  });
}

/** Inputs: `dense`, `indices_k`, `labels` [N] and the weights. Output: `losses` [N]. */
export function validationModel(problem: TrainingProblem): Uint8Array {
  const graph = new GraphBuilder("validation");
  const tape = new Tape(graph);
  const plan = planOf(problem);
  const inputs = {
    dense: graph.input("dense", "float", ["N", problem.denseWidth]),
    indices: problem.embeddings.map((_, k) => graph.input(names.indices(k), "int64", ["N"])),
  };
  const labels = graph.input("labels", "float", ["N"]);
  const [vector, ...tables] = parameterGroups(problem, plan).map((group) => graph.input(names.weights(group), "float", group.shape)) as [Value, ...Value[]];
  const z = logits(tape, plan, inputMatrix(tape, problem, inputs, tables), layerParameters(tape, plan, vector), null);
  graph.output(rowLosses(tape, problem.task, z, labels, problem.classes), "losses", "float", ["N"]);
  return graph.toModel();
}
