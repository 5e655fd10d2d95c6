/**
 * The dataset as the network sees it. The parts' Parquet files go through the preprocessing graph once per run, in batches,
 * into flat binary files; every epoch then streams from those. Memory: one batch while writing, one chunk while reading.
 */
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Batch } from "../data/batch.ts";
import type { Database, QueryOptions } from "../data/database.ts";
import { identifier } from "../data/sql/quote.ts";
import { MlspecError } from "../errors.ts";
import { GraphBuilder } from "../onnx/graph.ts";
import { openSession, type Session } from "../onnx/session.ts";
import type { Tensor } from "../onnx/tensor.ts";
import type { Batches, Chunk, Part, ReadOptions } from "../training/engine.ts";
import { permutation, random, STREAM } from "../training/random.ts";
import { emitPreprocessing } from "./emit.ts";
import { feedsFromColumns } from "./feeds.ts";
import { denseWidth, embeddingsOf, type FittedPreprocessing } from "./fitted.ts";
import { modelFormat } from "./format.ts";
import { labelSql, parquet } from "./labels.ts";
import { declareInputs, type RawInput } from "./raw-inputs.ts";

export interface EncodeOptions extends QueryOptions {
  readonly threads?: number;
  /** Rows done so far, of all parts. */
  readonly onProgress?: (rows: number) => void;
}

export interface EncodedDataset extends Batches {
  /** Rows of the validate part whose class the train part does not have; they carry no weight. */
  readonly unseenLabels: number;
  /** Deletes the files. */
  remove(): Promise<void>;
}

/** Not called as a column (but for a feature `dense` of a view `output`, which is refused). */
export const denseOutput = "output.dense";

/** The preprocessing alone, as a model: `dense` (FLOAT [N, denseWidth], unless that is 0) and `index.<k>` (INT64 [N]). */
export function preprocessingModel(fitted: FittedPreprocessing, inputs: readonly RawInput[]): Uint8Array {
  const graph = new GraphBuilder("preprocessing");
  const { dense, indices } = emitPreprocessing(declareInputs(graph, inputs), fitted);
  if (dense !== null) graph.output(dense, denseOutput, "float", ["N", denseWidth(fitted)]);
  for (const [k, index] of indices.entries()) graph.output(index, `output.index.${k}`, "int64", ["N"]);
  return graph.toModel(modelFormat);
}

/**
 * Encodes the parts into `folder`, which is made.
 * @throws MlspecError `disk-full`, `cancelled`.
 */
export async function encodeDataset(
  database: Database, fitted: FittedPreprocessing, inputs: readonly RawInput[],
  parts: Readonly<Record<Part, string | null>>, folder: string, options: EncodeOptions = {},
): Promise<EncodedDataset> {
  await mkdir(folder, { recursive: true });
  const session = await openSession(preprocessingModel(fitted, inputs), options.threads === undefined ? {} : { threads: options.threads });
  try {
    const encoding = { database, session, fitted, inputs, folder, options, done: 0 };
    const train = await encodePart(encoding, "train", parts.train);
    const validate = await encodePart(encoding, "validate", parts.validate);
    return new EncodedFiles(folder, fitted, { train: train.rows, validate: validate.rows }, train.unseen + validate.unseen);
  } finally {
    await session.release();
  }
}

interface Encoding {
  readonly database: Database;
  readonly session: Session;
  readonly fitted: FittedPreprocessing;
  readonly inputs: readonly RawInput[];
  readonly folder: string;
  readonly options: EncodeOptions;
  done: number;
}

async function encodePart(encoding: Encoding, part: Part, path: string | null): Promise<{ rows: number; unseen: number }> {
  if (path === null) return { rows: 0, unseen: 0 };
  const { database, fitted, inputs, folder, options } = encoding;
  const files = await openFiles(folder, part, embeddingsOf(fitted).length, "w");
  let [rows, unseen] = [0, 0];
  try {
    for await (const batch of database.batches(`${rawSql(inputs)}, ${labelSql(fitted.label)} AS __label, CAST(__weight AS DOUBLE) AS __weight FROM ${parquet(path)}`, { ...options, rows: batchRows(fitted) })) {
      const chunk = await encodeBatch(encoding, batch);
      unseen += chunk.unseen;
      await writeChunk(files, chunk);
      rows += batch.rows;
      encoding.done += batch.rows;
      options.onProgress?.(encoding.done);
    }
  } finally {
    await closeAll(files);
  }
  return { rows, unseen };
}

/** `SELECT` of the raw inputs; more columns and `FROM` may follow. */
export function rawSql(inputs: readonly RawInput[]): string {
  return `SELECT ${inputs.map(({ name }) => identifier(name)).join(", ")}`;
}

/** About 16 MiB of dense matrix at a time. */
export function batchRows(fitted: FittedPreprocessing): number {
  return Math.min(8192, Math.max(64, Math.floor(2 ** 22 / Math.max(1, denseWidth(fitted)))));
}

/** The raw inputs of a batch that `rawSql` selected, as feeds: its first columns, in the order of the inputs. */
export function feedsFromBatch(inputs: readonly RawInput[], batch: Batch): Record<string, Tensor> {
  const columns = new Map(inputs.map(({ name }, i) => [name, batch.columns[i]]));
  return feedsFromColumns(inputs, (name) => columns.get(name), batch.rows);
}

async function encodeBatch({ session, fitted, inputs }: Encoding, batch: Batch): Promise<Chunk & { unseen: number }> {
  const outputs = await session.run(feedsFromBatch(inputs, batch));
  const labels = numbers(batch, "__label");
  const weights = numbers(batch, "__weight");
  let unseen = 0;
  for (let row = 0; row < batch.rows; row++) {
    if ((labels[row] as number) >= 0 || fitted.label.task !== "multiclass") continue;
    [labels[row], weights[row]] = [0, 0];
    unseen += 1;
  }
  return {
    rows: batch.rows, dense: (outputs[denseOutput]?.data as Float32Array | undefined) ?? new Float32Array(0),
    indices: embeddingsOf(fitted).map((_, k) => outputs[`output.index.${k}`]?.data as BigInt64Array), labels, weights, unseen,
  };
}

function numbers(batch: Batch, name: string): Float64Array {
  return Float64Array.from(batch.columns.find((column) => column.name === name)?.values as Float64Array);
}

interface Files {
  readonly dense: FileHandle;
  readonly indices: readonly FileHandle[];
  readonly labels: FileHandle;
  readonly weights: FileHandle;
}

async function openFiles(folder: string, part: Part, embeddings: number, flags: "r" | "w"): Promise<Files> {
  const file = (name: string) => open(join(folder, `${part}.${name}`), flags);
  return {
    dense: await file("dense.f32"), labels: await file("labels.f64"), weights: await file("weights.f64"),
    indices: await Promise.all(Array.from({ length: embeddings }, (_, k) => file(`index-${k}.i64`))),
  };
}

const closeAll = async ({ dense, indices, labels, weights }: Files): Promise<void> => {
  await Promise.all([dense, labels, weights, ...indices].map((file) => file.close()));
};

async function writeChunk(files: Files, chunk: Chunk): Promise<void> {
  await writeAll(files.dense, chunk.dense);
  await writeAll(files.labels, chunk.labels);
  await writeAll(files.weights, chunk.weights);
  for (const [k, file] of files.indices.entries()) await writeAll(file, chunk.indices[k] as BigInt64Array);
}

async function writeAll(file: FileHandle, data: Float32Array | Float64Array | BigInt64Array): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  try {
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
    throw new MlspecError("disk-full", "The disk is full: the encoded examples could not be written.", { hint: "Make room on the disk that holds the state folder, then run again.", cause });
  }
}

class EncodedFiles implements EncodedDataset {
  readonly unseenLabels: number;
  readonly #folder: string;
  readonly #width: number;
  readonly #embeddings: number;
  readonly #rows: Readonly<Record<Part, number>>;

  constructor(folder: string, fitted: FittedPreprocessing, rows: Readonly<Record<Part, number>>, unseenLabels: number) {
    this.#folder = folder;
    this.#width = denseWidth(fitted);
    this.#embeddings = embeddingsOf(fitted).length;
    this.#rows = rows;
    this.unseenLabels = unseenLabels;
  }

  rows(part: Part): number {
    return this.#rows[part];
  }

  /** With a seed the chunks come in a shuffled order; the rows in them were shuffled when the dataset was built. */
  async *read(part: Part, { chunkRows, epochSeed, labelsOnly = false }: ReadOptions): AsyncGenerator<Chunk> {
    const total = this.#rows[part];
    if (total === 0) return;
    const count = Math.ceil(total / chunkRows);
    const order = epochSeed === null ? Array.from({ length: count }, (_, i) => i) : permutation(count, random(epochSeed, STREAM.reader));
    const files = await openFiles(this.#folder, part, this.#embeddings, "r");
    try {
      for (const i of order) yield await this.#chunk(files, i * chunkRows, Math.min(chunkRows, total - i * chunkRows), labelsOnly);
    } finally {
      await closeAll(files);
    }
  }

  async #chunk(files: Files, start: number, rows: number, labelsOnly: boolean): Promise<Chunk> {
    const [labels, weights] = [new Float64Array(rows), new Float64Array(rows)];
    const dense = new Float32Array(labelsOnly ? 0 : rows * this.#width);
    const indices = labelsOnly ? [] : files.indices.map(() => new BigInt64Array(rows));
    await Promise.all([
      readAll(files.dense, dense, start * this.#width), readAll(files.labels, labels, start), readAll(files.weights, weights, start),
      ...indices.map((values, k) => readAll(files.indices[k] as FileHandle, values, start)),
    ]);
    return { rows, dense, indices, labels, weights };
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Fills `into` from the file's element `from` on. */
async function readAll(file: FileHandle, into: Float32Array | Float64Array | BigInt64Array, from: number): Promise<void> {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from * into.BYTES_PER_ELEMENT + at);
    if (bytesRead === 0) throw new MlspecError("encoded-data-lost", "A file of encoded examples is shorter than it was when written.", { hint: "Did something delete or change files in the state folder? Run again." });
    at += bytesRead;
  }
}
