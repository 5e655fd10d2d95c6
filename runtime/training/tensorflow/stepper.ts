/** Steps of training in TensorFlow.js: the state stays with the backend for a chunk, and every tensor is freed. */
import { setImmediate } from "node:timers/promises";
import type { FloatArray } from "../checkpoint.ts";
import { dropoutMaskValues, dropoutWords } from "../dropout.ts";
import type { Examples, TrainingProblem } from "../engine.ts";
import { stopIfCancelled } from "../epoch.ts";
import type { MiniBatches } from "../mini-batches.ts";
import { updateRule, type Arithmetic, type UpdateRule } from "../optimizer.ts";
import { decayMask, parameterGroups } from "../parameters.ts";
import { dropoutSteps, planOf } from "../plan.ts";
import { stateNames, type State } from "../state.ts";
import type { Stepper } from "../stepper.ts";
import type { Tensor, TensorFlow } from "./api.ts";
import { gradientsOf, lossesOf, type Groups, type Rows } from "./network.ts";

export function tensorFlowStepper(tf: TensorFlow, problem: TrainingProblem, device: Stepper["device"], signal: AbortSignal): Stepper {
  return {
    device,
    steps: (chunk, mini, state, stepsBefore) => runSteps(tf, problem, signal, chunk, mini, state, stepsBefore),
    async losses(chunk, state) {
      const losses = tf.tidy(() => {
        const weights = groupsOf(problem).map((group) => tf.tensor(state[stateNames.weights(group)] as FloatArray, [...group.shape], "float32"));
        return lossesOf(tf, problem, weights as unknown as Groups, rowsOfChunk(tf, problem, chunk));
      });
      return read(losses);
    },
    release: async () => undefined, // nothing outlives a call
  };
}

async function runSteps(tf: TensorFlow, problem: TrainingProblem, signal: AbortSignal, chunk: Examples, mini: MiniBatches, state: State, stepsBefore: number): Promise<{ state: State; losses: Float32Array }> {
  const rule = updateRule(problem.train.optimizer);
  const step = stepOf(tf, problem, rule, mini, stepsBefore);
  const names = groupsOf(problem).flatMap((group) => [stateNames.weights(group), ...rule.slots.map((slot) => stateNames.slot(group, slot))]);
  const shapes = groupsOf(problem).flatMap(({ shape }) => Array.from({ length: 1 + rule.slots.length }, () => [...shape]));
  const losses: Tensor[] = [];
  let current = names.map((name, i) => tf.tensor(state[name] as FloatArray, shapes[i] as number[], "float32"));
  const data = rowsOfChunk(tf, problem, chunk);
  const decays = decayFactors(tf, problem, rule.decay);
  try {
    for (let i = 0; i < mini.steps; i += 1) {
      stopIfCancelled(signal);
      const [loss, ...next] = tf.tidy(() => step(i, current, data, decays)) as [Tensor, ...Tensor[]];
      tf.dispose(current);
      losses.push(loss);
      current = next;
      await setImmediate(); // a backend may compute in this very thread: others get their turn between steps
    }
    const arrays = await Promise.all(current.map(readAndKeep));
    return { state: Object.fromEntries(names.map((name, i) => [name, arrays[i] as FloatArray])), losses: await read(tf.stack(losses)) };
  } finally {
    tf.dispose([...current, ...losses, ...tensorsOf(data), ...decays]);
  }
}

/** The i-th mini-batch's step: from the state's tensors to the loss and the next state's. */
function stepOf(tf: TensorFlow, problem: TrainingProblem, rule: UpdateRule, mini: MiniBatches, stepsBefore: number) {
  const { batch, seed } = problem.train;
  const dropouts = dropoutSteps(planOf(problem));
  const words = dropoutWords(seed, stepsBefore, mini.steps, batch, dropouts.map(({ width }) => width));
  const order = int32s(mini.order);
  const arithmetic = arithmeticOf(tf);
  const width = 1 + rule.slots.length;
  return (i: number, state: readonly Tensor[], data: Rows, decays: readonly Tensor[]): Tensor[] => {
    const part = (values: Float32Array) => tf.tensor(values.slice(i * batch, (i + 1) * batch), [batch], "float32");
    const places = tf.tensor(order.slice(i * batch, (i + 1) * batch), [batch], "int32");
    const rows: Rows = {
      dense: data.dense === null ? null : tf.gather(data.dense, places),
      indices: data.indices.map((all) => tf.gather(all, places)),
      labels: part(mini.labels),
    };
    const masks = dropouts.map(({ rate, width: columns }, k) => tf.tensor(dropoutMaskValues(words, k, i, rate), [batch, columns], "float32"));
    const weights = state.filter((_, at) => at % width === 0) as unknown as Groups;
    const { loss, gradients } = gradientsOf(tf, problem, weights, rows, part(mini.rowWeights), masks);
    const schedule = rule.scheduleAt(stepsBefore + i + 1).map((value) => tf.scalar(value));
    return [loss, ...weights.flatMap((before, k) => {
      const decayed = decays[k] === undefined ? before : tf.mul(before, decays[k]);
      const next = rule.update(arithmetic, decayed, gradients[k] as Tensor, state.slice(k * width + 1, (k + 1) * width), schedule);
      return [next.weights, ...next.slots];
    })];
  };
}

const arithmeticOf = (tf: TensorFlow): Arithmetic<Tensor> => ({
  constant: (value) => tf.scalar(value),
  add: (a, b) => tf.add(a, b),
  subtract: (a, b) => tf.sub(a, b),
  multiply: (a, b) => tf.mul(a, b),
  divide: (a, b) => tf.div(a, b),
  root: (a) => tf.sqrt(a),
});

const groupsOf = (problem: TrainingProblem) => parameterGroups(problem, planOf(problem));

/** What each group is multiplied with before a step; none without weight decay. */
function decayFactors(tf: TensorFlow, problem: TrainingProblem, decay: number): Tensor[] {
  if (decay === 1) return [];
  const dense = decayMask(planOf(problem)).map((decays) => (decays === 1 ? decay : 1));
  return [tf.tensor(dense, [dense.length], "float32"), ...problem.embeddings.map(() => tf.scalar(decay))];
}

const rowsOfChunk = (tf: TensorFlow, problem: TrainingProblem, chunk: Examples): Rows => ({
  dense: problem.denseWidth === 0 ? null : tf.tensor(chunk.dense, [chunk.rows, problem.denseWidth], "float32"),
  indices: chunk.indices.map((values) => tf.tensor(int32s(values), [chunk.rows], "int32")),
  labels: tf.tensor(chunk.labels, [chunk.rows], "float32"),
});

const tensorsOf = ({ dense, indices, labels }: Rows): Tensor[] => [...(dense === null ? [] : [dense]), ...indices, labels];

/** The low halves (TensorFlow.js has no 64-bit integers; rows and indices are below 2³¹). */
function int32s(values: BigInt64Array): Int32Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  return new Int32Array(values.length).map((_, i) => halves[2 * i] as number);
}

/** A copy, since a backend in JavaScript hands out its own array. */
const readAndKeep = async (tensor: Tensor): Promise<FloatArray> => new Float32Array(await tensor.data());

async function read(tensor: Tensor): Promise<FloatArray> {
  const values = await readAndKeep(tensor);
  tensor.dispose();
  return values;
}
