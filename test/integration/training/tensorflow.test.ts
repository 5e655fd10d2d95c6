import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as installed from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Batches, Chunk, TrainedNetwork, TrainingEngine, TrainingProblem, TrainOptions } from "../../../runtime/training/engine.ts";
import { engineFor } from "../../../runtime/training/engines.ts";
import { onnxRuntimeEngine } from "../../../runtime/training/onnxruntime-engine.ts";
import type { TensorFlow } from "../../../runtime/training/tensorflow/api.ts";
import { adam, bytesOf, dense, dropout, examples, inMemory, options, predictions, problem as onAnyEngine, sgd } from "./support.ts";

const tensorFlow = engineFor("tensorflow");
const train = (what: TrainingProblem, data: Batches, parts: Partial<TrainOptions> = {}, engine: TrainingEngine = tensorFlow) => engine.train(what, data, options(parts));
const problem = (parts: Parameters<typeof onAnyEngine>[0]) => onAnyEngine({ ...parts, train: { ...parts.train, engine: "tensorflow" } });

test("the interface is that of the real library, as the compiler sees", async () => {
  const library: TensorFlow<installed.Tensor> = installed;
  await train(problem({}), inMemory(examples(problem({}), 8, 1, () => 1)));
  expect(library.getBackend()).toBe("cpu");
});

const weightsOf = (network: TrainedNetwork): number[] =>
  [...network.layers.flatMap(({ weights, bias }) => [...weights, ...bias]), ...network.embeddings.flatMap(({ values }) => [...values])];

/** Relative to the largest weight; both engines compute with 24 binary digits. */
function expectSame(one: TrainedNetwork, other: TrainedNetwork, tolerance: number): void {
  const [a, b] = [weightsOf(one), weightsOf(other)];
  const scale = Math.max(...b.map(Math.abs));
  expect(a.length).toBe(b.length);
  expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number)))) / scale).toBeLessThan(tolerance);
  one.epochs.forEach((epoch, i) => {
    const wanted = other.epochs[i];
    expect(epoch.trainLoss / (wanted?.trainLoss ?? NaN)).toBeCloseTo(1, 4);
    expect((epoch.validateLoss ?? NaN) / (wanted?.validateLoss ?? NaN)).toBeCloseTo(1, 4);
    expect(epoch.best).toBe(wanted?.best);
  });
}

const tables = [{ name: "colour", rows: 4, size: 2 }, { name: "shape", rows: 3, size: 3 }];
const steps = (optimizer: TrainingProblem["train"]["optimizer"]) => ({ optimizer, batch: 16, epochs: 4 });
const cases: Record<string, TrainingProblem> = {
  "binary, with embeddings, Adam": problem({ embeddings: tables, layers: [dense(6, "relu"), dense(5, "tanh")], train: steps(adam(0.01)) }),
  "binary, with embeddings, SGD": problem({ embeddings: tables, layers: [dense(6, "relu"), dense(5, "sigmoid")], train: steps(sgd(0.3, 0.5)) }),
  "binary, no hidden layer": problem({ train: steps(sgd(0.5)) }),
  "binary, batches of one": problem({ train: { ...steps(sgd(0.05)), batch: 1 } }),
  "embeddings alone": problem({ denseWidth: 0, embeddings: tables.slice(0, 1), layers: [dense(4, "linear")], train: steps(adam(0.01)) }),
  "multiclass, Adam": problem({ task: "multiclass", classes: 3, layers: [dense(6, "tanh")], train: steps(adam(0.01)) }),
  "multiclass, SGD": problem({ task: "multiclass", classes: 3, layers: [dense(6, "relu")], train: steps(sgd(0.3)) }),
  "regression, Adam": problem({ task: "regression", embeddings: tables, layers: [dense(6, "tanh")], train: steps(adam(0.01)) }),
  "regression, SGD": problem({ task: "regression", layers: [dense(6, "tanh")], train: steps(sgd(0.05, 0.5)) }),
  "weight decay": problem({ embeddings: tables, layers: [dense(6, "tanh")], train: steps({ kind: "adam", rate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.5 }) }),
  "dropout": problem({ layers: [dropout(0.2), dense(8, "tanh"), dropout(0.5), dense(6, "relu")], train: steps(adam(0.01)) }),
};

const labelOf = (what: TrainingProblem) => (row: readonly number[], indices: readonly number[]): number => {
  const signal = [...row, ...indices].reduce((sum, x, i) => sum + x * (i + 1), 0);
  return what.task === "regression" ? 100 + 20 * signal : Math.abs(Math.round(signal)) % what.classes;
};
/** 100 rows: six full batches and one of four. Every seventh row counts for nothing. */
const weighted = (what: TrainingProblem, seed = 11): Chunk => {
  const made = examples(what, 100, seed, labelOf(what));
  return { ...made, weights: made.weights.map((_, i) => [1, 2, 0.5, 1, 3, 1, 0][i % 7] as number) };
};

describe("both engines give the same weights and the same losses from the same seed", () => {
  test.each(Object.entries(cases))("%s", async (_, what) => {
    const data = inMemory(weighted(what), weighted(what, 12));
    const [network, reference] = [await train(what, data), await train(what, data, {}, onnxRuntimeEngine)];
    expectSame(network, reference, 2e-5);
    expect(network).toMatchObject({ engine: "tensorflow", device: "cpu", stopped: "epochs", bestEpoch: reference.bestEpoch });
  });

  test("and the same predictions from the exported network", async () => {
    const what = cases["multiclass, Adam"] as TrainingProblem;
    const data = weighted(what);
    const [one, other] = [await train(what, inMemory(data)), await train(what, inMemory(data), {}, onnxRuntimeEngine)];
    const expected = await predictions(other, data);
    (await predictions(one, data)).forEach((p, i) => expect(p).toBeCloseTo(expected[i] as number, 4));
  });
});

describe("the same seed gives the same bytes", () => {
  const what = cases["dropout"] as TrainingProblem;
  const data = inMemory(weighted(what));

  test("with dropout too", async () => expect(bytesOf(await train(what, data))).toBe(bytesOf(await train(what, data))));

  test("another seed gives others", async () =>
    expect(bytesOf(await train({ ...what, train: { ...what.train, seed: 8 } }, data))).not.toBe(bytesOf(await train(what, data))));
});

describe("no tensor outlives its use", () => {
  const what = cases["binary, with embeddings, Adam"] as TrainingProblem;
  const data = weighted(what);

  test("their number is the same after every epoch, and after training as before", async () => {
    const before = installed.memory().numTensors;
    const counts: number[] = [];
    await train(what, inMemory(data, data), { onEpoch: () => counts.push(installed.memory().numTensors) });
    expect(counts).toEqual([before, before, before, before]);
    expect(installed.memory().numTensors).toBe(before);
  });

  test("and after one that failed", async () => {
    const before = installed.memory().numTensors;
    await expect(train(what, inMemory(data), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    expect(installed.memory().numTensors).toBe(before);
  });
});

describe("checkpoints", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "mlspec-tensorflow-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const what = cases["dropout"] as TrainingProblem;
  const data = inMemory(weighted(what), weighted(what, 12));
  const checkpointed = (parts: Partial<TrainOptions> = {}) => train(what, data, { checkpoints: folder, resume: true, ...parts });

  test("cancelled training, continued, ends with the very weights of one that never was", async () => {
    const controller = new AbortController();
    const cancelled = checkpointed({ signal: controller.signal, onEpoch: ({ epoch }) => {
      if (epoch === 2) controller.abort();
    } });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(folder).sort()).toEqual(["epoch-00001.safetensors", "epoch-00002.safetensors"]);
    const seen: number[] = [];
    expect(bytesOf(await checkpointed({ onEpoch: ({ epoch }) => seen.push(epoch) }))).toBe(bytesOf(await train(what, data)));
    expect(seen).toEqual([3, 4]);
  });

  test("one engine does not go on from the other's", async () => {
    await checkpointed();
    const messages: string[] = [];
    const other = { ...what, train: { ...what.train, engine: "onnxruntime" as const } };
    await train(other, data, { checkpoints: folder, resume: true, onMessage: (_level, text) => messages.push(text) }, onnxRuntimeEngine);
    expect(messages[0]).toBe("the checkpoint epoch-00004.safetensors belongs to another training and was passed over");
  });
});

test("cancelling within a chunk ends training at the next step", async () => {
  const what = problem({ layers: [dense(8, "relu")], train: { batch: 1, epochs: 1 } });
  const controller = new AbortController();
  const chunks: number[] = [];
  setImmediate(() => setImmediate(() => controller.abort()));
  const training = train(what, inMemory(examples(what, 20_000, 1, () => 1)), { signal: controller.signal, onProgress: (done) => chunks.push(done) });
  await expect(training).rejects.toMatchObject({ code: "cancelled" });
  expect(chunks).toEqual([]);
});

test("a rate that is far too high is reported with the epoch", async () => {
  const runaway = problem({ task: "regression", layers: [dense(8, "relu")], train: { optimizer: sgd(1e6), batch: 10, epochs: 5 } });
  const data = inMemory(examples(runaway, 100, 1, ([a = 0]) => a * 5));
  await expect(train(runaway, data)).rejects.toMatchObject({ code: "training-diverged", message: /^the loss became (infinite|not a number) in epoch \d/ });
});

test("an embedding whose gradient meets the same row many times adds them all up", async () => {
  const what = problem({ denseWidth: 0, embeddings: [{ name: "one", rows: 2, size: 3 }], layers: [], train: { optimizer: sgd(1), batch: 64, epochs: 3 } });
  const data = inMemory(examples(what, 64, 3, (_, [i = 0]) => i), examples(what, 64, 3, (_, [i = 0]) => i));
  expectSame(await train(what, data), await train(what, data, {}, onnxRuntimeEngine), 2e-5);
});
