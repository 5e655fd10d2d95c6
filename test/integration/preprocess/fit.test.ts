/** What preprocessing learns from the train part. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Encoding, Expression, Task } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { denseNames, denseWidth, embeddingsOf, type FittedEncoding } from "../../../runtime/preprocess/fitted.ts";
import { fitPreprocessing } from "../../../runtime/preprocess/fit.ts";
import { call, col, input, lit, model } from "./spec.ts";

let database: Database;
let folder: string;
let files = 0;
beforeAll(async () => {
  database = await openDatabase({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "mlspec-fit-"));
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

/** A Parquet file of `SELECT … FROM range(rows)`; `i` is the row. */
async function file(columns: string, rows = 10, label = "i % 2 = 0"): Promise<string> {
  const path = join(folder, `${files++}.parquet`);
  await database.run(`COPY (SELECT ${columns}, ${label} AS __label, 1.0::DOUBLE AS __weight, i AS __row FROM range(${rows}) r(i)) TO '${path}'`);
  return path;
}

const x = col("x", "float", true);
async function fitted(columns: string, value: Expression, encode: Encoding, rows = 10): Promise<FittedEncoding> {
  const fit = await fitPreprocessing(model("binary", [input("x", value, encode)]), { train: await file(columns, rows) });
  return fit.inputs[0]?.encoding as FittedEncoding;
}

test("standardize learns mean and deviation, and leaves what is missing or infinite out", async () => {
  const encoding = await fitted("(CASE i WHEN 0 THEN NULL WHEN 1 THEN 'inf'::DOUBLE WHEN 2 THEN 'nan'::DOUBLE ELSE (i % 2) * 4.0 END)::DOUBLE AS x", x, { kind: "standardize" }, 11);
  expect(encoding).toMatchObject({ kind: "scalar", shift: 2, scale: 0.5, indicator: true });
});

test("a constant column is scaled to 0, even where its mean is not exact", async () => {
  expect(await fitted("0.1::DOUBLE AS x", x, { kind: "standardize" })).toMatchObject({ scale: 0 });
  expect(await fitted("0.1::DOUBLE AS x", x, { kind: "normalize" })).toMatchObject({ shift: 0.1, scale: 0, low: 0, high: 1 });
});

test("a column without any value is encoded as missing everywhere", async () => {
  const none = "NULL::DOUBLE AS x";
  expect(await fitted(none, x, { kind: "standardize" })).toEqual({ kind: "scalar", shift: 0, scale: 0, low: null, high: null, indicator: true });
  expect(await fitted(none, x, { kind: "bucketize", boundaries: null, count: 4 })).toEqual({ kind: "one-hot", slots: { kind: "buckets", boundaries: [] } });
  expect(await fitted("NULL::VARCHAR AS x", col("x", "string", true), { kind: "one-hot", top: 5 })).toEqual({ kind: "one-hot", slots: { kind: "vocabulary", values: [] } });
});

test("numbers near the end of the range of doubles do not break the fit", async () => {
  const encoding = await fitted("(CASE i WHEN 0 THEN 1e308 WHEN 1 THEN -1e308 ELSE i END)::DOUBLE AS x", x, { kind: "standardize" });
  expect(encoding).toMatchObject({ kind: "scalar" });
  expect(Object.values(encoding).filter((value) => typeof value === "number").every(Number.isFinite)).toBe(true);
});

test("standardize holds what it sees within ten deviations of the train part; what is beyond 1e100 counts as that, in the fit and in the graph", async () => {
  const near = await fitted("(5 + (i % 2) * 2e-9)::DOUBLE AS x", x, { kind: "standardize" });
  expect(near).toMatchObject({ low: expect.closeTo(-11, 5) as number, high: expect.closeTo(11, 5) as number });
  const [beyond, at] = await Promise.all(["1e300", "1e100"].map((value) => fitted(`(CASE WHEN i = 0 THEN ${value} ELSE i END)::DOUBLE AS x`, x, { kind: "standardize" })));
  expect(beyond).toEqual(at);
  expect(beyond).toMatchObject({ high: expect.closeTo(3, 5) as number });
});

test("robust goes by the median and the middle half; where that is one value, by the next wider part", async () => {
  const robust = (columns: string, rows: number) => fitted(columns, x, { kind: "robust" }, rows);
  expect(await robust("(CASE WHEN i = 100 THEN 1e300 ELSE i END)::DOUBLE AS x", 101)).toEqual({ kind: "scalar", shift: 50, scale: 1 / 50, low: -5, high: 5, indicator: true });
  expect(await robust("(CASE WHEN i % 10 = 0 THEN 4 ELSE 0 END)::DOUBLE AS x", 100)).toMatchObject({ shift: 0, scale: 0.25 });
  expect(await robust("(CASE WHEN i = 7 THEN 4 ELSE 0 END)::DOUBLE AS x", 1000)).toMatchObject({ shift: 0, scale: 0.25 });
  expect(await robust("(CASE WHEN i % 2 = 0 THEN 3 END)::DOUBLE AS x", 10)).toMatchObject({ shift: 3, scale: 0 });
});

test("number leaves a number as it is, unless FLOAT could not tell it from the others", async () => {
  const number = (columns: string) => fitted(columns, x, { kind: "number" }, 101);
  expect(await number("i::DOUBLE AS x")).toEqual({ kind: "scalar", shift: 0, scale: 1, low: null, high: null, indicator: true });
  expect(await number("(1.7e9 + i)::DOUBLE AS x")).toMatchObject({ shift: 1_700_000_050, scale: 1 });
  expect(await number("5::DOUBLE AS x")).toMatchObject({ shift: 0, scale: 1 });
});

test("a few rows with most of the variance are told, and numbers that drown the others; nothing is where the rest is constant", async () => {
  const warnings = async (columns: string, encode: Encoding) => {
    const told: string[] = [];
    await fitPreprocessing(model("binary", [input("x", x, encode)]), { train: await file(columns, 500) }, { onWarning: ({ code, text }) => told.push(`${code}: ${text}`) });
    return told;
  };
  expect(await warnings("(CASE WHEN i = 3 THEN -1e4 ELSE sin(i) END)::DOUBLE AS x", { kind: "standardize" })).toEqual([
    expect.stringMatching(/^outlier-dominates: the input 'x': 1 of 500 training rows \(-10000\) holds over 99\.99% of its variance\. By standardize\(…\) all other rows differ by 0\.0016 standard deviations: say robust/),
  ]);
  expect(await warnings("(CASE WHEN i < 4 THEN 1e6 + i ELSE sin(i) END)::DOUBLE AS x", { kind: "normalize" })).toEqual([expect.stringMatching(/4 of 500 training rows \(the furthest 1000003\) hold over 99\.99% /)]);
  expect(await warnings("(CASE WHEN i = 3 THEN 1e6 ELSE 0 END)::DOUBLE AS x", { kind: "standardize" })).toEqual([]);
  expect(await warnings("(CASE WHEN i = 3 THEN 1e6 ELSE sin(i) END)::DOUBLE AS x", { kind: "robust" })).toEqual([]);
  expect(await warnings("(1.7e9 + i * 86400)::DOUBLE AS x", { kind: "number" })).toEqual([expect.stringMatching(/^input-unscaled: the input 'x' enters the network as it is, in numbers up to /)]);
  expect(await warnings("(1.7e9 + i)::DOUBLE AS x", { kind: "number" })).toEqual([]);
});

test("bucketize takes quantiles, drops repeated ones, and none at the smallest value", async () => {
  const quartiles = await fitted("i::DOUBLE AS x", x, { kind: "bucketize", boundaries: null, count: 4 }, 100);
  expect(quartiles).toEqual({ kind: "one-hot", slots: { kind: "buckets", boundaries: [24, 49, 74] } });
  const skewed = await fitted("(CASE WHEN i < 80 THEN 0 ELSE i END)::DOUBLE AS x", x, { kind: "bucketize", boundaries: null, count: 10 }, 100);
  expect(skewed).toEqual({ kind: "one-hot", slots: { kind: "buckets", boundaries: [89] } });
  const given = await fitted("i::DOUBLE AS x", x, { kind: "bucketize", boundaries: [5, 1, 5], count: null });
  expect(given).toEqual({ kind: "one-hot", slots: { kind: "buckets", boundaries: [1, 5] } });
});

test("a vocabulary holds the most frequent values; among equally frequent ones the smaller come first", async () => {
  const text = col("x", "string");
  const letters = "(['b', 'a', 'c', 'a', 'é', 'b', 'd', 'd', 'a', 'e'])[i + 1] AS x";
  expect(await fitted(letters, text, { kind: "one-hot", top: 3 })).toEqual({ kind: "one-hot", slots: { kind: "vocabulary", values: ["a", "b", "d"] } });
  expect(await fitted(letters, text, { kind: "embedding", size: 4, top: 4, buckets: null })).toEqual({ kind: "embedding", size: 4, slots: { kind: "vocabulary", values: ["a", "b", "d", "c"] } });
});

test("vocabularies of ints, bools, floats and times keep values exactly", async () => {
  const top: Encoding = { kind: "one-hot", top: 2 };
  const values = async (columns: string, value: Expression) => (await fitted(columns, value, top) as unknown as { slots: { values: string[] } }).slots.values;
  expect(await values("(CASE WHEN i < 7 THEN 9007199254740993 ELSE 2 END)::BIGINT AS x", col("x", "int"))).toEqual(["9007199254740993", "2"]);
  expect(await values("i < 7 AS x", col("x", "bool"))).toEqual(["true", "false"]);
  expect(await values("(CASE WHEN i < 7 THEN 0.1 ELSE 1e21 END)::DOUBLE AS x", col("x", "float"))).toEqual(["0.1", "1e+21"]);
  expect(await values("(CASE WHEN i < 7 THEN TIMESTAMP '2026-01-01' ELSE TIMESTAMP '1969-12-31 23:59:59.999999' END) AS x", col("x", "timestamp"))).toEqual(["1767225600000000", "-1"]);
});

test("the value of an input is an expression; what the fit sees is its result", async () => {
  const value = call("coalesce", "string", col("x", "string", true), lit("none", "string"));
  expect(await fitted("CASE WHEN i < 4 THEN 'a' END AS x", value, { kind: "one-hot", top: 5 })).toEqual({ kind: "one-hot", slots: { kind: "vocabulary", values: ["none", "a"] } });
});

test("the layout of the dense matrix is scalars, indicators, then one-hot blocks", async () => {
  const inputs = [
    input("colour", col("c", "string", true), { kind: "one-hot", top: 2 }), input("age", x, { kind: "standardize" }),
    input("steps", x, { kind: "bucketize", boundaries: [1, 2], count: null }), input("size", col("y", "float"), { kind: "number" }),
    input("id", col("c", "string", true), { kind: "embedding", size: 3, top: null, buckets: 10 }),
  ];
  const fit = await fitPreprocessing(model("binary", inputs), { train: await file("i::DOUBLE AS x, i::DOUBLE AS y, CASE WHEN i < 7 THEN 'red' ELSE 'blue' END AS c") });
  expect(denseNames(fit)).toEqual([
    "age", "size", "age is missing", "colour = red", "colour = blue", "colour is another", "colour is missing",
    "steps < 1", "1 <= steps < 2", "steps >= 2", "steps is missing",
  ]);
  expect(denseWidth(fit)).toBe(11);
  expect(embeddingsOf(fit)).toEqual([{ name: "id", rows: 11, size: 3 }]);
});

test("an encoding that cannot take the value is refused", async () => {
  await expect(fitted("'a' AS x", col("x", "string"), { kind: "standardize" })).rejects.toMatchObject({ code: "encoding-does-not-fit" });
  await expect(fitted("0.5::DOUBLE AS x", x, { kind: "hashed-one-hot", buckets: 5 })).rejects.toMatchObject({ code: "encoding-does-not-fit" });
});

test("fitting twice gives the same numbers to the last bit", async () => {
  const train = await file("sin(i) * 1e6 AS x", 300_000);
  const fit = () => fitPreprocessing(model("binary", [input("x", x, { kind: "standardize" })]), { train });
  expect(await fit()).toEqual(await fit());
});

const labelled = async (task: Task, label: string, rows = 10) => fitPreprocessing(model(task, [input("x", x, { kind: "number" })]), { train: await file("i::DOUBLE AS x", rows, label) });

test("classes are ordered by frequency, then by name", async () => {
  const { label } = await labelled("multiclass", "(['b', 'c', 'a', 'c', 'b', 'c', 'a', 'd', 'c', 'c'])[i + 1]");
  expect(label).toEqual({ name: "label", task: "multiclass", kind: "string", classes: ["c", "a", "b", "d"] });
});

test("labels that are null, NaN or infinite are refused, with their number and an example", async () => {
  const bad = (value: string) => labelled("regression", `(CASE WHEN i IN (3, 5) THEN ${value} ELSE i END)::DOUBLE`);
  for (const value of ["NULL", "'nan'::DOUBLE", "'-inf'::DOUBLE"]) {
    await expect(bad(value)).rejects.toMatchObject({ code: "label-invalid", message: expect.stringMatching(/^2 of 10 rows of the train part have no usable label: 'label' is (null|nan|-inf) in row 3, for example\.$/) as string });
  }
  await expect(labelled("binary", "i % 3")).rejects.toMatchObject({ code: "label-invalid" });
});

test("a constant label is refused for every task", async () => {
  await expect(labelled("binary", "TRUE")).rejects.toMatchObject({ code: "label-constant" });
  await expect(labelled("multiclass", "'a'")).rejects.toMatchObject({ code: "label-constant" });
  await expect(labelled("regression", "1.5::DOUBLE")).rejects.toMatchObject({ code: "label-constant" });
});

test("an empty train part is refused", async () => {
  await expect(labelled("binary", "i % 2 = 0", 0)).rejects.toMatchObject({ code: "no-training-rows" });
});

test("bad labels of other parts are found before training", async () => {
  const [train, validate] = [await file("i::DOUBLE AS x", 10, "i::DOUBLE"), await file("i::DOUBLE AS x", 5, "NULL::DOUBLE")];
  const fit = fitPreprocessing(model("regression", [input("x", x, { kind: "number" })]), { train, others: [{ name: "validate", path: validate }] });
  await expect(fit).rejects.toMatchObject({ code: "label-invalid", message: expect.stringContaining("5 of 5 rows of the validate part") as string });
});
