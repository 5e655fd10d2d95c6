/** The dataset as the network sees it: encoded once to files, streamed from them every epoch. */
import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Task } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { rawInputsOf } from "../../../runtime/export/signature.ts";
import { encodeDataset, type EncodedDataset } from "../../../runtime/preprocess/encode.ts";
import { fitPreprocessing } from "../../../runtime/preprocess/fit.ts";
import type { Chunk } from "../../../runtime/training/engine.ts";
import { column } from "./random-expressions.ts";
import { encodedByHand } from "./reference.ts";
import { col, input, model } from "./spec.ts";

let database: Database;
let folder: string;
beforeAll(async () => {
  database = await openDatabase();
  folder = await mkdtemp(join(tmpdir(), "mlspec-encode-"));
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const columns = [column("x", "float", true), column("c", "string", true)];
const inputs = [
  input("x", col("x", "float", true), { kind: "standardize" }), input("c", col("c", "string", true), { kind: "one-hot", top: 3 }),
  input("id", col("c", "string", true), { kind: "embedding", size: 4, top: null, buckets: 50 }),
];

async function parquet(name: string, rows: number, label: string): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await database.run(`COPY (SELECT CASE WHEN i % 5 > 0 THEN sin(i) END AS x, CASE WHEN i % 7 > 0 THEN 'c' || (i % 4) END AS c, ${label} AS __label, (i % 3)::DOUBLE AS __weight, i AS __row FROM range(${rows}) r(i)) TO '${path}'`);
  return path;
}

async function encoded(name: string, task: Task, train: [number, string], validate: [number, string] | null, signal?: AbortSignal) {
  const parts = { train: await parquet(`${name}-train`, ...train), validate: validate === null ? null : await parquet(`${name}-validate`, ...validate) };
  const fitted = await fitPreprocessing(model(task, inputs), parts);
  const raw = rawInputsOf(inputs.map(({ value }, i) => ({ value, hashed: i === 2 })), columns, "model");
  return { fitted, parts, data: await encodeDataset(database, fitted, raw, parts, join(folder, name), { signal }) };
}

async function all(data: EncodedDataset, chunkRows: number, epochSeed: number | null = null): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of data.read("train", { chunkRows, epochSeed })) chunks.push(chunk);
  return chunks;
}

const flat = (chunks: readonly Chunk[], pick: (chunk: Chunk) => Iterable<number | bigint>) => chunks.flatMap((chunk) => [...pick(chunk)].map(Number));

test("rows come in the order of the file, encoded as by hand, with labels and weights, in chunks of the size asked for", async () => {
  const { data, fitted, parts } = await encoded("binary", "binary", [20_000, "i % 2 = 0"], [10, "i % 2 = 0"]);
  expect([data.rows("train"), data.rows("validate")]).toEqual([20_000, 10]);
  const chunks = await all(data, 6000);
  expect(chunks.map(({ rows }) => rows)).toEqual([6000, 6000, 6000, 2000]);
  const byHand = await encodedByHand(database, fitted, `'${parts.train}'`);
  const dense = flat(chunks, (chunk) => chunk.dense);
  expect(byHand.flatMap((row) => row.dense).every((x, i) => Math.abs(x - (dense[i] as number)) < 1e-6)).toBe(true);
  expect(flat(chunks, (chunk) => chunk.indices[0] ?? [])).toEqual(byHand.map((row) => row.indices[0]));
  expect(flat(chunks, (chunk) => chunk.labels).slice(0, 4)).toEqual([1, 0, 1, 0]);
  expect(flat(chunks, (chunk) => chunk.weights).slice(0, 4)).toEqual([0, 1, 2, 0]);
});

test("with an epoch's seed chunks come in another order, the same each time", async () => {
  const { data } = await encoded("shuffled", "regression", [100, "i::DOUBLE"], null);
  const first = flat(await all(data, 10, 1), ({ labels }) => labels);
  expect(first).toEqual(flat(await all(data, 10, 1), ({ labels }) => labels));
  expect(first).not.toEqual(flat(await all(data, 10, 2), ({ labels }) => labels));
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("classes are indices; a class that training never saw carries no weight in validation", async () => {
  const { data, fitted } = await encoded("classes", "multiclass", [9, "['a', 'b', 'b'][i % 3 + 1]"], [3, "['b', 'new', 'a'][i % 3 + 1]"]);
  expect(fitted.label.classes).toEqual(["b", "a"]);
  expect(data.unseenLabels).toBe(1);
  for await (const { labels, weights } of data.read("validate", { chunkRows: 10, epochSeed: null })) {
    expect([...labels]).toEqual([0, 0, 1]);
    expect([...weights]).toEqual([0, 0, 2]);
  }
});

test("a dataset without a validate part has none", async () => {
  const { data } = await encoded("alone", "regression", [10, "i::DOUBLE"], null);
  expect(data.rows("validate")).toBe(0);
  const first = await data.read("validate", { chunkRows: 10, epochSeed: null })[Symbol.asyncIterator]().next();
  expect(first.done).toBe(true);
});

test("removed, nothing is left; cut short, reading says so", async () => {
  const { data } = await encoded("lost", "regression", [1000, "i::DOUBLE"], null);
  await truncate(join(folder, "lost", "train.labels.f64"), 100);
  await expect(all(data, 1000)).rejects.toMatchObject({ code: "encoded-data-lost" });
  await data.remove();
  expect(await readdir(folder)).not.toContain("lost");
});

test("encoding can be cancelled", async () => {
  const signal = AbortSignal.abort();
  await expect(encoded("cancelled", "regression", [10, "i::DOUBLE"], null, signal)).rejects.toMatchObject({ code: "cancelled" });
});
