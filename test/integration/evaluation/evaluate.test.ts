/** A model evaluated end to end: real model.onnx, Parquet in, Parquet and figures out. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Evaluation, MetricRequirement, Task } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { evaluate, type EvaluateRequest } from "../../../runtime/evaluation/evaluate.ts";
import { make, type Made } from "../export/pipeline.ts";
import { call, col, dataset, input, lit, model, training } from "../preprocess/spec.ts";
import { column } from "../preprocess/random-expressions.ts";
import { binaryByHand, multiclassByHand, regressionByHand, type Scored } from "./brute-force.ts";

let database: Database;
let folder: string;
beforeAll(async () => {
  database = await openDatabase({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "mlspec-evaluate-"));
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const origin = { file: 0, range: [4, 2, 4, 9] as [number, number, number, number] };
const named = (name: string) => ({ name, doc: null, origin, at: {} });
const columns = [column("x", "float", false), column("colour", "string", true)];
const x = col("x", "float");
const colour = col("colour", "string", true);
const requirement = (changes: Partial<MetricRequirement>): MetricRequirement => ({ origin, text: "", metric: "auc", comparison: ">=", bound: { kind: "constant", value: 0.8 }, by: null, ...changes });

const evaluation = (changes: Partial<Evaluation> = {}): Evaluation => ({
  ...named("quality"), model: "model", metrics: [], threshold: 0.5, slices: [{ name: "colour", origin, value: colour }, { name: "high", origin, value: call("greater", "bool", x, lit(0, "float")) }],
  minRows: 20, baselines: [], requirements: [], ...changes,
});

/** x is a wave; the label follows its sign, with noise that is a wave too. */
async function parquet(name: string, label: string, rows = 400, from = 0): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  await database.run(`COPY (SELECT sin(i) AS x, [NULL, 'red', 'blue', 'blue'][(i % 4)::INT + 1] AS colour, ${label} AS __label, (1 + i % 2)::DOUBLE AS __weight, i AS __row FROM range(${from}, ${from + rows}) r(i)) TO '${path}'`);
  return path;
}

const labels: Readonly<Record<Task, string>> = {
  binary: "sin(i) + sin(i * 7) / 2 > 0", regression: "10 * sin(i) + sin(i * 7)", multiclass: "CASE WHEN sin(i) > 0.5 THEN 'high' WHEN sin(i) < -0.5 THEN 'low' ELSE 'middle' END",
};
const inputs = [input("x", x, { kind: "standardize" }), input("colour", colour, { kind: "one-hot", top: 5 })];

async function trained(task: Task): Promise<Made> {
  const path = await parquet(`${task}-train`, labels[task]);
  return make(database, model(task, inputs, [{ kind: "dense", units: 8, activation: "relu" }], training({ epochs: 20 })), dataset(columns), { train: path, validate: null }, folder);
}

async function evaluated(task: Task, what: Evaluation, changes: Partial<EvaluateRequest> = {}) {
  const made = await trained(task);
  const test = await parquet(`${task}-test`, labels[task], 200, 1000);
  return evaluate({ evaluation: what, model: made.bytes, signature: made.signature, label: made.fitted.label, test, folder: join(folder, `${task}-evaluation`), current: null, files: [{ path: "a.mlspec" }], ...changes });
}

const scoredRows = async (path: string, prediction = "prediction", where = "TRUE") =>
  (await database.rows(`SELECT label AS y, "${prediction}" AS p, weight AS w, label_probability AS q FROM '${path}' WHERE ${where}`)) as unknown as Scored[];
const close = (expected: Record<string, number | null>) => Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, value === null ? null : (expect.closeTo(value, 9) as number)]));

test("binary: figures by slice and of baselines, from the predictions that are kept", async () => {
  const metrics = ["auc", "log_loss", "accuracy", "precision", "recall", "f1", "calibration_error"] as const;
  const result = await evaluated("binary", evaluation({ metrics: [...metrics], baselines: [{ ...named("share"), value: lit(0.5, "float") }, { ...named("sign"), value: call("greater", "bool", x, lit(0, "float")) }] }));
  expect(result.slices.map(({ slice, rows }) => [slice?.name, slice?.value, rows])).toEqual([
    [undefined, undefined, 200], ["colour", "blue", 100], ["colour", "missing", 50], ["colour", "red", 50], ["high", "false", expect.any(Number)], ["high", "true", expect.any(Number)],
  ]);
  expect(result.slices[0]?.metrics).toEqual(close(binaryByHand(await scoredRows(result.predictions), 0.5)));
  expect(result.slices[1]?.metrics).toEqual(close(binaryByHand(await scoredRows(result.predictions, "prediction", "\"slice.colour\" = 'blue'"), 0.5)));
  expect(result.slices[0]?.metrics["auc"]).toBeGreaterThan(0.9);
  const [share, sign] = result.baselines;
  expect(share?.slices[0]?.metrics).toMatchObject({ auc: 0.5, log_loss: expect.closeTo(Math.LN2, 9) as number });
  expect(sign?.slices[0]?.metrics).toEqual(close(binaryByHand(await scoredRows(result.predictions, "baseline.sign"), 0.5)));
});

test("regression: figures equal their definitions; the model beats the baseline", async () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "zero", factor: 0.5, offset: 0 };
  const result = await evaluated("regression", evaluation({ metrics: ["rmse", "mae", "r2"], baselines: [{ ...named("zero"), value: lit(0, "int") }], requirements: [requirement({ metric: "rmse", comparison: "<", bound })] }));
  expect(result.slices[0]?.metrics).toEqual(close(regressionByHand(await scoredRows(result.predictions))));
  expect(result.passed).toBe(true);
});

test("a baseline that is null in some rows is scored, and the model beside it, over the others", async () => {
  const sometimes = { op: "if" as const, type: { kind: "float" as const, nullable: true }, when: call("equal", "bool", colour, lit("blue", "string")), then: lit(0, "float"), else: lit(null, "float") };
  const result = await evaluated("regression", evaluation({ metrics: ["rmse"], baselines: [{ ...named("sometimes"), value: sometimes }] }));
  const [baseline] = result.baselines;
  expect(baseline?.slices.map(({ slice, rows }) => [slice?.value, rows]).slice(0, 2)).toEqual([[undefined, 100], ["blue", 100]]);
  expect(baseline?.model[0]).toEqual({ slice: null, rows: 100, metrics: result.slices[1]?.metrics });
});

test("multiclass: figures equal their definitions; a baseline names the class", async () => {
  const result = await evaluated("multiclass", evaluation({ metrics: ["log_loss", "accuracy", "precision", "recall", "f1"], baselines: [{ ...named("middle"), value: lit("middle", "string") }] }));
  expect(result.slices[0]?.metrics).toEqual(close(multiclassByHand(await scoredRows(result.predictions))));
  expect(result.baselines[0]?.slices[0]?.metrics).toMatchObject({ log_loss: null, accuracy: expect.any(Number) as number });
  expect(result.slices[0]?.metrics["accuracy"]).toBeGreaterThan(0.8);
});

test("requirements become gates; one that fails fails the evaluation", async () => {
  const requirements = [
    requirement({ text: "auc >= 0.8" }), requirement({ text: "auc >= 0.99999", bound: { kind: "constant", value: 0.99999 } }), requirement({ text: "auc >= 0.5 by colour", bound: { kind: "constant", value: 0.5 }, by: "colour" }),
    requirement({ text: "auc >= current.auc", bound: { kind: "current", factor: 1, offset: 0 } }),
  ];
  const result = await evaluated("binary", evaluation({ requirements }));
  expect(result.gates.map(({ text, slice, outcome, line }) => [text, slice, outcome, line])).toEqual([
    ["auc >= 0.8", null, "passed", 5], ["auc >= 0.99999", null, "failed", 5],
    ["auc >= 0.5 by colour", "colour = blue", "passed", 5], ["auc >= 0.5 by colour", "colour = missing", "passed", 5], ["auc >= 0.5 by colour", "colour = red", "passed", 5],
    ["auc >= current.auc", null, "skipped", 5],
  ]);
  expect(result.passed).toBe(false);
});

test("evaluating twice gives the same figures to the last bit, and leaves nothing but the predictions", async () => {
  const what = evaluation({ metrics: ["auc", "log_loss", "calibration_error"] });
  const [first, second] = [await evaluated("binary", what), await evaluated("binary", what)];
  expect(second).toEqual(first);
  expect(await readdir(join(folder, "binary-evaluation"))).toEqual(["predictions.parquet"]);
});

test("an empty test part, and bad labels in it, are refused", async () => {
  const empty = await parquet("empty", labels.binary, 0);
  await expect(evaluated("binary", evaluation(), { test: empty })).rejects.toMatchObject({ code: "no-test-rows" });
  const unlabelled = await parquet("unlabelled", "NULL::BOOLEAN", 5);
  await expect(evaluated("binary", evaluation(), { test: unlabelled })).rejects.toMatchObject({ code: "label-invalid" });
});

test("a class that training never saw is a wrong answer of probability 0", async () => {
  const strange = await parquet("strange", "'strange'", 10);
  const result = await evaluated("multiclass", evaluation({ metrics: ["accuracy", "log_loss"] }), { test: strange });
  expect(result.slices[0]?.metrics).toEqual({ accuracy: 0, log_loss: expect.closeTo(-Math.log(1e-15), 6) as number });
  expect(result.unseen).toEqual({ rows: 10, classes: ["strange"] });
});

test("classes that training never saw count in macro means, of the whole and of each slice, and a gate decides on those", async () => {
  const mixed = await parquet("mixed", `CASE WHEN i % 4 = 1 THEN 'new ' || (i % 8) ELSE ${labels.multiclass} END`, 200, 1000);
  const said = { op: "if" as const, type: { kind: "string" as const, nullable: false }, when: call("equal", "bool", colour, lit("red", "string")), then: lit("new 1", "string"), else: lit("middle", "string") };
  const result = await evaluated("multiclass", evaluation({ metrics: ["accuracy", "precision", "recall", "f1"], baselines: [{ ...named("said"), value: said }], requirements: [requirement({ metric: "recall", bound: { kind: "constant", value: 0.7 } })] }), { test: mixed });
  expect(result.unseen).toEqual({ rows: 50, classes: ["new 1", "new 5"] });
  expect(result.slices.filter(({ slice }) => slice === null || slice.name === "colour").map(({ slice, unseen }) => [slice?.value, unseen])).toEqual([[undefined, 50], ["blue", undefined], ["missing", undefined], ["red", 50]]);
  const { log_loss: _, ...byHand } = multiclassByHand(await scoredRows(result.predictions));
  expect(result.slices[0]?.metrics).toEqual(close(byHand));
  expect(result.slices[0]?.metrics["recall"]).toBeLessThanOrEqual(3 / 5); // three classes of five can be right
  expect(result.passed).toBe(false);
  // Of 50 red rows 25 are "new 1": a baseline that says so is right about those, and wrong about "new 5".
  const red = result.baselines[0]?.slices.find(({ slice }) => slice?.value === "red");
  expect(red?.metrics).toMatchObject({ accuracy: 0.5, recall: 0.5 });
});
