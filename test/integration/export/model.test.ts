/** The model that leaves: raw rows through `model.onnx` against SQL and weights by hand. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Encoding, Expression, ModelInput, Task } from "../../../grammar/compiled-spec/index.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { MlspecError } from "../../../runtime/errors.ts";
import { forward } from "../../../runtime/export/forward.ts";
import { exportModel, readSignature } from "../../../runtime/export/model.ts";
import { checkModel } from "../../../runtime/export/self-check.ts";
import { openSession, type Tensors } from "../../../runtime/onnx/session.ts";
import { preprocessingModel } from "../../../runtime/preprocess/encode.ts";
import { feedsFromRows, type RawRow } from "../../../runtime/preprocess/feeds.ts";
import { column, columns, expression, rows } from "../preprocess/random-expressions.ts";
import { meetsNaN } from "../preprocess/odd-floats.ts";
import { encodedByHand } from "../preprocess/reference.ts";
import { call, col, dataset, input, lit, model } from "../preprocess/spec.ts";
import { createTable } from "../preprocess/tables.ts";
import { make } from "./pipeline.ts";

let database: Database;
let folder: string;
beforeAll(async () => {
  database = await openDatabase({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "mlspec-export-"));
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const labels: Readonly<Record<Task, string>> = { binary: "__row % 3 = 0", multiclass: "['x', 'y', 'é'][(__row % 3)::INT + 1]", regression: "CAST((__row % 7) * 100 - 250 AS DOUBLE)" };

async function parquetOf(table: string, task: Task): Promise<string> {
  const path = join(folder, `${table}.parquet`);
  await database.run(`COPY (SELECT *, ${labels[task]} AS __label, 1.0::DOUBLE AS __weight FROM ${table}) TO '${path}'`);
  return path;
}

async function run(bytes: Uint8Array, feeds: Tensors): Promise<Tensors> {
  const session = await openSession(bytes, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

const scalar = fc.constantFrom<Encoding>({ kind: "standardize" }, { kind: "normalize" }, { kind: "robust" }, { kind: "number" });
const bounded = (x: Expression): Expression => (x.type.kind === "float" ? call("clip", "float", x, lit(-50, "float"), lit(50, "float")) : call("modulo", "int", x, lit(50, "int")));
const slots: fc.Arbitrary<Encoding> = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((top): Encoding => ({ kind: "one-hot", top })), fc.integer({ min: 1, max: 9 }).map((buckets): Encoding => ({ kind: "hashed-one-hot", buckets })),
  fc.integer({ min: 1, max: 6 }).map((top): Encoding => ({ kind: "embedding", size: 3, top, buckets: null })), fc.integer({ min: 1, max: 20 }).map((buckets): Encoding => ({ kind: "embedding", size: 2, top: null, buckets })),
);
const buckets: fc.Arbitrary<Encoding> = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((count): Encoding => ({ kind: "bucketize", boundaries: null, count })), fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 }).map((boundaries): Encoding => ({ kind: "bucketize", boundaries, count: null })),
);
const depth = fc.integer({ min: 0, max: 2 });
const pick = <T>(...items: T[]) => fc.constantFrom(...items);

/** One input of each sort, over random expressions. */
const inputs: fc.Arbitrary<ModelInput[]> = fc.tuple(
  fc.tuple(depth.chain((d) => pick("float" as const, "int" as const).chain((k) => expression(k, d))), scalar).map(([x, encode]) => input("scalar", bounded(x), encode)),
  fc.tuple(pick("bool" as const, "duration" as const, "float" as const).chain((k) => expression(k, 1)), pick<Encoding>({ kind: "standardize" }, { kind: "normalize" }, { kind: "robust" })).map(([x, encode]) => input("scaled", x, encode)),
  fc.tuple(depth.chain((d) => pick("float" as const, "int" as const, "timestamp" as const).chain((k) => expression(k, d))), buckets).map(([x, encode]) => input("buckets", x, encode)),
  fc.tuple(depth.chain((d) => expression("string", d)), slots).map(([x, encode]) => input("text", x, encode)),
  fc.tuple(depth.chain((d) => pick("int" as const, "bool" as const, "date" as const).chain((k) => expression(k, d))), slots).map(([x, encode]) => input("discrete", x, encode)),
  depth.chain((d) => expression("float", d)).map((x) => input("float", x, { kind: "one-hot", top: 4 })),
  // Something that depends on the row, whatever the others are.
  fc.constant(input("anchor", col("int?", "int", true), { kind: "hashed-one-hot", buckets: 3 })),
);

/** Constants of 1e300 in an expression may make a training diverge, which it says. */
function unlessDiverged(error: unknown): null {
  if (error instanceof MlspecError && error.code === "training-diverged") return null;
  throw error;
}

const tame = (row: RawRow): RawRow => Object.fromEntries(Object.entries(row).map(([name, x]) => [name, typeof x === "number" && Math.abs(x) > 1e200 ? 7 : x]));

test("model.onnx gives what SQL and the weights give, for random expressions, every encoding, unseen categories, nulls and extreme numbers", { timeout: 180_000 }, async () => {
  let [rowsCompared, predictionsCompared] = [0, 0];
  await fc.assert(fc.asyncProperty(rows, rows, inputs, pick<Task>("binary", "multiclass", "regression"), async (seen, asked, chosen, task) => {
    const [spec, data] = [model(task, chosen), dataset(columns)];
    await createTable(database, "seen", columns, seen.map(tame));
    const made = await make(database, spec, data, { train: await parquetOf("seen", task), validate: null }, folder).catch(unlessDiverged);
    fc.pre(made !== null);
    const { bytes, signature, fitted, network } = made;
    await createTable(database, "asked", columns, asked);
    const feeds = feedsFromRows(signature.inputs, asked);
    const [encoded, predicted, byHand] = [await run(preprocessingModel(fitted, signature.inputs), feeds), await run(bytes, feeds), await encodedByHand(database, fitted, "asked")];
    const odd = await database.rows(`SELECT ${chosen.map(({ value }) => meetsNaN(value, expressionSql)).join(" OR ")} AS odd FROM asked ORDER BY __row`);
    const output = (predicted["probabilities"] ?? predicted["prediction"])?.data as Float32Array;
    const width = output.length / asked.length;
    for (const [row, { dense, indices }] of byHand.entries()) {
      if (odd[row]?.["odd"] === true) continue;
      const [from, to] = [row * dense.length, (row + 1) * dense.length];
      const actual = [...(encoded["output.dense"]?.data as Float32Array).subarray(from, to)];
      if (!actual.every((x, i) => Math.abs(x - (dense[i] as number)) <= 1e-5 * Math.max(1, Math.abs(x)))) expect({ row: asked[row], actual }).toEqual({ row: asked[row], actual: dense });
      expect(indices.map((_, k) => Number((encoded[`output.index.${k}`]?.data as BigInt64Array)[row]))).toEqual(indices);
      rowsCompared += 1;
      const prediction = [...output.subarray(row * width, (row + 1) * width)];
      expect(prediction.every(Number.isFinite)).toBe(true);
      // Sums of huge numbers depend on their order in FLOAT.
      if (actual.some((x) => Math.abs(x) > 1e3)) continue;
      const expected = forward(network, Float32Array.from(dense), indices.map((i) => BigInt64Array.of(BigInt(i))), 1);
      for (const [i, p] of prediction.entries()) expect(Math.abs(p - (expected[i] as number))).toBeLessThanOrEqual(1e-4 * Math.max(10, Math.abs(p)));
      if (task === "multiclass") expect((predicted["class"]?.data as string[])[row]).toBe(fitted.label.classes[prediction.indexOf(Math.max(...prediction))]);
      predictionsCompared += 1;
    }
  }), { numRuns: 40, seed: 7, endOnFailure: true });
  expect(rowsCompared).toBeGreaterThan(800);
  expect(predictionsCompared).toBeGreaterThan(700);
});

const shop = [column("sku", "string", true), column("price", "float", true), column("at", "timestamp", false)];
const shopModel = model("binary", [
  input("sku", col("sku", "string", true), { kind: "embedding", size: 4, top: null, buckets: 16 }), input("brand", col("sku", "string", true), { kind: "one-hot", top: 3 }),
  input("price", call("log1p", "float", col("price", "float", true)), { kind: "standardize" }), input("hour", call("hour_of_day", "int", col("at", "timestamp")), { kind: "one-hot", top: 24 }),
]);

async function shopModelMade() {
  await createTable(database, "shop", shop, Array.from({ length: 200 }, (_, i) => ({ sku: i % 7 === 0 ? null : `sku ${i % 5}`, price: i % 11 === 0 ? null : i, at: i * 3_600_000_000 })));
  const path = await parquetOf("shop", "binary");
  return { path, made: await make(database, shopModel, dataset(shop), { train: path, validate: path }, folder) };
}

test("the model carries its signature: raw inputs by name, kind and form, and what the outputs mean", async () => {
  const { made } = await shopModelMade();
  expect(readSignature(made.bytes)).toEqual(made.signature);
  expect(made.signature.inputs.map(({ name, kind, nullable, text, hash }) => [name, kind, nullable, text, hash])).toEqual([
    ["sku", "string", true, true, true], ["price", "float", true, true, false], ["at", "timestamp", false, true, false],
  ]);
  const session = await openSession(made.bytes);
  expect(session.inputs.map(({ name, type }) => `${name} ${type}`)).toEqual(["sku string", "sku.hash int64", "sku.present bool", "price double", "price.present bool", "at int64"]);
  expect(session.outputs.map(({ name, type }) => `${name} ${type}`)).toEqual(["prediction float"]);
  await session.release();
});

test("the same data and spec give the same bytes", async () => {
  const [first, second] = [(await shopModelMade()).made, (await shopModelMade()).made];
  expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
});

test("one row alone, or among others, gets the same prediction", async () => {
  const { made } = await shopModelMade();
  const asked: RawRow[] = [{ sku: "sku 1", price: 12.5, at: "2026-11-20T09:30:00Z" }, { sku: "never seen", price: null, at: 0 }, { sku: null, price: -5, at: "1969-12-31T23:59:59.999999Z" }];
  const together = (await run(made.bytes, feedsFromRows(made.signature.inputs, asked)))["prediction"]?.data as Float32Array;
  for (const [i, row] of asked.entries()) {
    const [alone] = (await run(made.bytes, feedsFromRows(made.signature.inputs, [row])))["prediction"]?.data as Float32Array;
    expect(alone).toBeCloseTo(together[i] as number, 6);
  }
});

test("a network whose weights are not numbers does not leave", async () => {
  const { path, made } = await shopModelMade();
  const layers = made.network.layers.map((layer) => ({ ...layer, bias: layer.bias.map(() => NaN) }));
  const broken = { ...made.network, layers };
  const exported = exportModel(shopModel, dataset(shop), made.fitted, broken);
  await expect(checkModel(database, exported, made.fitted, broken, path)).rejects.toMatchObject({ code: "model-output-not-finite" });
});

test("a model that differs from its network does not leave", async () => {
  const { path, made } = await shopModelMade();
  const other = { ...made.network, layers: made.network.layers.map((layer) => ({ ...layer, bias: layer.bias.map((x) => x + 1) })) };
  await expect(checkModel(database, exportModel(shopModel, dataset(shop), made.fitted, other), made.fitted, made.network, path)).rejects.toMatchObject({ code: "model-check-failed" });
});

test("a regression far from zero is checked in its labels' deviations, and answers with all digits", async () => {
  const spec = model("regression", shopModel.inputs);
  await shopModelMade();
  const path = await parquetOf("shop", "regression");
  const made = await make(database, spec, dataset(shop), { train: path, validate: null }, folder);
  const moved = (mean: number) => ({ ...made.network, target: { mean, deviation: 1 } });
  const far = exportModel(spec, dataset(shop), made.fitted, moved(1e9));
  await checkModel(database, far, made.fitted, moved(1e9), path);
  await expect(checkModel(database, far, made.fitted, moved(1e9 + 1), path)).rejects.toMatchObject({ code: "model-check-failed" });
  const session = await openSession(far.bytes);
  expect(session.outputs.map(({ name, type }) => `${name} ${type}`)).toEqual(["prediction double"]);
  await session.release();
});

test("columns named like an output are refused with what to do", () => {
  const columns = [column("prediction", "float", false)];
  const spec = model("binary", [input("x", col("prediction", "float"), { kind: "number" })]);
  const fitted = { version: 1 as const, rows: 1, label: { name: "label", task: "binary" as const, kind: "bool" as const, classes: [] }, inputs: [] };
  const network = { denseWidth: 0, target: null, layers: [], embeddings: [], epochs: [], bestEpoch: 1, stopped: "epochs" as const, device: "cpu" as const, engine: "test" };
  expect(() => exportModel(spec, dataset(columns), fitted, network)).toThrow(/called 'prediction', as one of its outputs is/);
});
