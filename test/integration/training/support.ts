/** Small problems and data for the training tests, made from seeds. */
import type { Layer, Training } from "../../../grammar/compiled-spec/index.ts";
import type { Batches, Chunk, Part, TrainedNetwork, TrainingProblem, TrainOptions } from "../../../runtime/training/engine.ts";
import { emitNetwork } from "../../../runtime/training/network.ts";
import { onnxRuntimeEngine } from "../../../runtime/training/onnxruntime-engine.ts";
import { random } from "../../../runtime/training/random.ts";
import { GraphBuilder } from "../../../runtime/onnx/graph.ts";
import { openSession } from "../../../runtime/onnx/session.ts";
import { floats, int64s } from "../../../runtime/onnx/tensor.ts";

export const adam = (rate = 0.01): Training["optimizer"] => ({ kind: "adam", rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
export const sgd = (rate: number, momentum = 0): Training["optimizer"] => ({ kind: "sgd", rate, momentum, weightDecay: 0 });
export const dense = (units: number, activation: "relu" | "tanh" | "sigmoid" | "linear"): Layer => ({ kind: "dense", units, activation });
export const dropout = (rate: number): Layer => ({ kind: "dropout", rate });

export function problem(parts: Partial<Omit<TrainingProblem, "train">> & { train?: Partial<Training> }): TrainingProblem {
  return {
    task: "binary", classes: 2, denseWidth: 3, embeddings: [], layers: [], ...parts,
    train: { optimizer: adam(), batch: 8, epochs: 1, seed: 7, patience: null, device: "cpu", engine: "onnxruntime", budgetMs: null, ...parts.train },
  };
}

/** `label` sees a row's dense values and indices. */
export function examples(
  shape: Pick<TrainingProblem, "denseWidth" | "embeddings">, rows: number, seed: number, label: (row: readonly number[], indices: readonly number[]) => number,
): Chunk {
  const source = random(seed);
  const matrix = new Float32Array(rows * shape.denseWidth).map(() => 2 * source.uniform() - 1);
  const indices = shape.embeddings.map((table) => new BigInt64Array(rows).map(() => BigInt(source.below(table.rows))));
  const labels = new Float64Array(rows).map((_, i) =>
    label([...matrix.subarray(i * shape.denseWidth, (i + 1) * shape.denseWidth)], indices.map((values) => Number(values[i]))));
  return { rows, dense: matrix, indices, labels, weights: new Float64Array(rows).fill(1) };
}

/** A reader over examples in memory that delivers at most `step` rows at a time. */
export function inMemory(train: Chunk, validate: Chunk | null = null, step = Infinity): Batches {
  const part = (name: Part) => (name === "train" ? train : validate);
  return {
    rows: (name) => part(name)?.rows ?? 0,
    async *read(name, { chunkRows }) {
      const all = part(name);
      for (let from = 0; all !== null && from < all.rows; from += Math.min(chunkRows, step)) yield rowsOf(all, from, Math.min(from + Math.min(chunkRows, step), all.rows));
    },
  };
}

export function rowsOf(all: Chunk, from: number, to: number): Chunk {
  const width = all.dense.length / all.rows;
  return {
    rows: to - from, dense: all.dense.slice(from * width, to * width), indices: all.indices.map((values) => values.slice(from, to)),
    labels: all.labels.slice(from, to), weights: all.weights.slice(from, to),
  };
}

export const options = (parts: Partial<TrainOptions> = {}): TrainOptions => ({
  checkpoints: null, resume: false, signal: new AbortController().signal, now: () => 0,
  onProgress: () => undefined, onEpoch: () => undefined, onMessage: () => undefined, ...parts,
});

export const train = (what: TrainingProblem, data: Batches, parts: Partial<TrainOptions> = {}): Promise<TrainedNetwork> =>
  onnxRuntimeEngine.train(what, data, options(parts));

/** All weights of a network, byte by byte comparable. */
export const bytesOf = (network: TrainedNetwork): string =>
  [...network.layers.flatMap(({ weights, bias }) => [weights, bias]), ...network.embeddings.map(({ values }) => values)]
    .map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64")).join(" ");

/** Predictions of the exported form, row-major. */
export async function predictions(network: TrainedNetwork, data: Chunk): Promise<number[]> {
  const graph = new GraphBuilder("test");
  const matrix = network.denseWidth > 0 ? graph.input("dense", "float", ["N", network.denseWidth]) : null;
  const indices = network.embeddings.map(({ name }) => graph.input(`index_${name}`, "int64", ["N"]));
  const outputs = network.layers.at(-1)?.out ?? 1;
  graph.output(emitNetwork(graph, network, matrix, indices), "prediction", network.target === null ? "float" : "double", ["N", outputs]);
  const session = await openSession(graph.toModel());
  try {
    const feeds = Object.fromEntries(network.embeddings.map(({ name }, k) => [`index_${name}`, int64s(data.indices[k] ?? [])]));
    const { prediction } = await session.run({ ...feeds, ...(matrix === null ? {} : { dense: floats(data.dense, [data.rows, network.denseWidth]) }) });
    return [...(prediction?.data as Float32Array | Float64Array)];
  } finally {
    await session.release();
  }
}
