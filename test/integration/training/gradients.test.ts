import { describe, expect, test } from "vitest";
import type { Chunk, TrainedNetwork, TrainingProblem } from "../../../runtime/training/engine.ts";
import { dropoutWords } from "../../../runtime/training/dropout.ts";
import { decayMask, initialParameters } from "../../../runtime/training/parameters.ts";
import { dropoutSteps, planOf } from "../../../runtime/training/plan.ts";
import { permutation, random, STREAM } from "../../../runtime/training/random.ts";
import { gradientOf, lossOf, type Masks, type Parameters } from "./reference.ts";
import { adam, dense, dropout, examples, inMemory, problem, sgd, train } from "./support.ts";

const initial = (what: TrainingProblem): Parameters => initialParameters(what, planOf(what)).map((group) => Float64Array.from(group));

const parametersOf = (network: TrainedNetwork): number[][] => [
  network.layers.flatMap(({ weights, bias }) => [...weights, ...bias]),
  ...network.embeddings.map(({ values }) => [...values]),
];

/** Zero mean and unit deviation, so that standardising the target changes nothing. */
function standard(data: Chunk): Chunk {
  const mean = data.labels.reduce((a, b) => a + b) / data.rows;
  const deviation = Math.sqrt(data.labels.reduce((sum, y) => sum + (y - mean) ** 2, 0) / data.rows);
  return { ...data, labels: data.labels.map((y) => (y - mean) / deviation) };
}

function expectClose(actual: readonly (readonly number[])[], expected: readonly (readonly number[] | Float64Array)[], tolerance: number): void {
  actual.forEach((group, k) => group.forEach((value, i) => {
    const wanted = expected[k]?.[i] as number;
    expect(Math.abs(value - wanted), `group ${k}, parameter ${i}: ${value}, expected ${wanted}`).toBeLessThan(tolerance);
  }));
}

/** One step of gradient descent with rate 1 moves each parameter by its gradient. */
async function gradientByEngine(what: TrainingProblem, data: Chunk): Promise<number[][]> {
  const before = initial(what);
  const after = parametersOf(await train(what, inMemory(data)));
  return after.map((group, k) => group.map((value, i) => (before[k]?.[i] as number) - value));
}

const step = { optimizer: sgd(1), batch: 8 };
const tables = [{ name: "colour", rows: 4, size: 2 }, { name: "shape", rows: 3, size: 3 }];
const cases: Record<string, TrainingProblem> = {
  "binary, no hidden layer": problem({ train: step }),
  "binary, ReLU": problem({ train: step, layers: [dense(5, "relu"), dense(4, "relu")] }),
  "binary, tanh": problem({ train: step, layers: [dense(5, "tanh")] }),
  "binary, sigmoid": problem({ train: step, layers: [dense(5, "sigmoid")] }),
  "binary, linear": problem({ train: step, layers: [dense(2, "linear"), dense(3, "tanh")] }),
  "multiclass": problem({ task: "multiclass", classes: 3, train: step, layers: [dense(5, "tanh")] }),
  "regression": problem({ task: "regression", train: step, layers: [dense(5, "tanh")] }),
  "embeddings beside dense columns": problem({ train: step, embeddings: tables, layers: [dense(4, "tanh")] }),
  "embeddings alone": problem({ train: step, denseWidth: 0, embeddings: tables, layers: [dense(4, "tanh")] }),
  "one embedding alone": problem({ task: "regression", train: step, denseWidth: 0, embeddings: tables.slice(0, 1) }),
};

const labelOf = (what: TrainingProblem) => (row: readonly number[], indices: readonly number[]): number => {
  const signal = [...row, ...indices].reduce((sum, x, i) => sum + x * (i + 1), 0);
  return what.task === "regression" ? signal : Math.abs(Math.round(signal)) % what.classes;
};

describe("gradients of the training graph against central differences", () => {
  test.each(Object.entries(cases))("%s", async (_, what) => {
    const made = examples(what, 7, 11, labelOf(what));
    const weighted = what.task === "regression" ? standard(made) : { ...made, weights: Float64Array.of(1, 2, 0.5, 0, 3, 1, 1) };
    expectClose(await gradientByEngine(what, weighted), gradientOf(what, initial(what), weighted), 5e-6);
  });

  test("dropout: rows and columns that the mask drops pass no gradient, the others are scaled up", async () => {
    const what = problem({ train: step, layers: [dropout(0.25), dense(6, "tanh"), dropout(0.5), dense(4, "relu")] });
    const data = examples(what, 8, 11, labelOf(what));
    expectClose(await gradientByEngine(what, data), gradientOf(what, initial(what), data, masksOf(what, data.rows)), 5e-6);
  });
});

/** The masks of the first step, by the formula that `dropout.ts` states. */
function masksOf(what: TrainingProblem, rows: number): Masks {
  const { seed, batch } = what.train;
  const order = permutation(rows, random(seed, STREAM.shuffle, 1, 0));
  const steps = dropoutSteps(planOf(what));
  const words = dropoutWords(seed, 0, 1, batch, steps.map(({ width }) => width));
  const word = (tensor: { readonly data: ArrayLike<unknown> } | undefined, i: number) => tensor?.data[i] as number;
  return steps.map(({ rate, width }, k) => (row, column) => {
    const place = order.indexOf(row);
    const product = Math.imul(word(words.rows, place), word(words.columns[k], column));
    const sum = (word(words.rows, batch + place) + word(words.columns[k], width + column)) | 0;
    return Math.imul(product, sum) < Math.round(rate * 2 ** 32) - 2 ** 31 ? 0 : 1 / (1 - rate);
  });
}

describe("optimisers against their formulas", () => {
  const what = (optimizer: TrainingProblem["train"]["optimizer"]) => problem({ embeddings: tables, layers: [dense(4, "tanh")], train: { optimizer, epochs: 4 } });
  const data = examples({ denseWidth: 3, embeddings: tables }, 8, 5, (row) => ((row[0] ?? 0) + (row[1] ?? 0) > 0 ? 1 : 0));
  const decays = (trained: TrainingProblem): Parameters => [Float64Array.from(decayMask(planOf(trained))), ...tables.map(({ rows, size }) => new Float64Array(rows * size).fill(1))];

  test("Adam with bias correction and weight decay", async () => {
    const optimizer = { kind: "adam", rate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1 } as const;
    const trained = what(optimizer);
    const [w, decay] = [initial(trained), decays(trained)];
    const [m, v] = [w.map((group) => new Float64Array(group.length)), w.map((group) => new Float64Array(group.length))];
    for (let t = 1; t <= 4; t += 1) {
      gradientOf(trained, w, data).forEach((gradient, k) => gradient.forEach((g, i) => {
        const [mk, vk, wk] = [m[k] as Float64Array, v[k] as Float64Array, w[k] as Float64Array];
        mk[i] = 0.8 * (mk[i] as number) + 0.2 * g;
        vk[i] = 0.95 * (vk[i] as number) + 0.05 * g * g;
        const move = (mk[i] / (1 - 0.8 ** t)) / (Math.sqrt(vk[i] / (1 - 0.95 ** t)) + 1e-3);
        wk[i] = (wk[i] as number) * (1 - 0.02 * 0.1 * (decay[k]?.[i] as number)) - 0.02 * move;
      }));
    }
    expectClose(parametersOf(await train(trained, inMemory(data))), w, 2e-5);
  });

  test("SGD with momentum and weight decay", async () => {
    const trained = what({ kind: "sgd", rate: 0.3, momentum: 0.7, weightDecay: 0.05 });
    const [w, decay] = [initial(trained), decays(trained)];
    const u = w.map((group) => new Float64Array(group.length));
    for (let t = 1; t <= 4; t += 1) {
      gradientOf(trained, w, data).forEach((gradient, k) => gradient.forEach((g, i) => {
        const [uk, wk] = [u[k] as Float64Array, w[k] as Float64Array];
        uk[i] = 0.7 * (uk[i] as number) + g;
        wk[i] = (wk[i] as number) * (1 - 0.3 * 0.05 * (decay[k]?.[i] as number)) - 0.3 * uk[i];
      }));
    }
    expectClose(parametersOf(await train(trained, inMemory(data))), w, 5e-6);
  });

  test("the reported losses are those of the reference", async () => {
    const trained = what(adam(0.02));
    const validation = examples({ denseWidth: 3, embeddings: tables }, 20, 6, (row) => ((row[0] ?? 0) > 0 ? 1 : 0));
    const network = await train(trained, inMemory(data, validation));
    const [first] = network.epochs;
    const last = parametersOf(await train({ ...trained, train: { ...trained.train, epochs: 1 } }, inMemory(data))).map((group) => Float64Array.from(group));
    expect(first?.trainLoss).toBeCloseTo(lossOf(trained, initial(trained), data), 5);
    expect(first?.validateLoss).toBeCloseTo(lossOf(trained, last, validation), 5);
  });
});

test("losses stay finite and exact for logits that would overflow a probability", async () => {
  const far = { ...examples({ denseWidth: 1, embeddings: [] }, 4, 1, () => 0), dense: Float32Array.of(1e4, -1e4, 3e4, -3e4), labels: Float64Array.of(0, 1, 1, 0) };
  const what = problem({ denseWidth: 1, train: { optimizer: sgd(1e-12), batch: 4 } });
  const [network, start] = [await train(what, inMemory(far)), initial(what)];
  expect(network.epochs[0]?.trainLoss).toBeCloseTo(lossOf(what, start, far), 0);
  const several = problem({ task: "multiclass", classes: 3, denseWidth: 1, train: { optimizer: sgd(1e-12), batch: 4 } });
  const other = await train(several, inMemory({ ...far, labels: Float64Array.of(0, 1, 2, 0) }));
  expect(Number.isFinite(other.epochs[0]?.trainLoss)).toBe(true);
});
