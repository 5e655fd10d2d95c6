/** One hash in Node, in DuckDB and in the graph. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";
import { text } from "../../../runtime/data/sql/quote.ts";
import { exportExpressions, valuesOf } from "../../../runtime/export/expressions.ts";
import { openSession } from "../../../runtime/onnx/session.ts";
import { feedsFromRows } from "../../../runtime/preprocess/feeds.ts";
import { hashText } from "../../../runtime/preprocess/hash.ts";
import { GraphBuilder } from "../../../runtime/onnx/graph.ts";
import { int64s } from "../../../runtime/onnx/tensor.ts";
import { modelFormat } from "../../../runtime/preprocess/format.ts";
import { operatorsOf } from "../../../runtime/preprocess/operators.ts";
import { emitSlot } from "../../../runtime/preprocess/slots.ts";
import { column } from "./random-expressions.ts";
import { call, col, lit } from "./spec.ts";

test("hashText is DuckDB's md5_number_lower as a signed number, for any text", async () => {
  using database = await openDatabase();
  await fc.assert(fc.asyncProperty(fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "é", "日本語", "😀", "a'b")), { minLength: 1, maxLength: 50 }), async (texts) => {
    const found = await database.rows(`SELECT CAST(md5_number_lower(t) AS VARCHAR) AS hash FROM (SELECT unnest([${texts.map(text).join(", ")}]) AS t)`);
    expect(texts.map(hashText)).toEqual(found.map(({ hash }) => BigInt.asIntN(64, BigInt(hash as string))));
  }), { numRuns: 30, seed: 1 });
});

test("hashed() in a model is hashed() in SQL, with nothing but the hash sent", async () => {
  using database = await openDatabase();
  const value = call("add", "int", call("hashed", "int", call("coalesce", "string", col("s", "string", true), lit("none", "string"))), lit(1, "int"));
  const model = exportExpressions([{ name: "h", value }], [column("s", "string", true)], "test");
  expect(model.inputs).toMatchObject([{ name: "s", text: false, hash: true }]);
  const session = await openSession(model.bytes);
  const texts = ["a", null, "日本"];
  const inModel = valuesOf(await session.run(feedsFromRows(model.inputs, texts.map((s) => ({ s })))), "h");
  await session.release();
  const inSql = await database.rows(`SELECT CAST(${expressionSql(value)} AS VARCHAR) AS h FROM (SELECT unnest(['a', NULL, '日本']) AS s)`);
  expect(inModel).toEqual(inSql.map(({ h }) => BigInt(h as string)));
});

/** The buckets that a model puts ids into. */
async function bucketsOf(ids: readonly bigint[], buckets: number): Promise<number[]> {
  const graph = new GraphBuilder("buckets");
  const slot = emitSlot(operatorsOf(graph), { kind: "hash", buckets }, { kind: "int", value: graph.input("id", "int64", ["N", 1]), present: null });
  graph.output(slot, "slot", "int64", ["N", 1]);
  const session = await openSession(graph.toModel(modelFormat));
  const outputs = await session.run({ id: int64s([...ids], [ids.length, 1]) });
  await session.release();
  return [...outputs["slot"]?.data as BigInt64Array].map(Number);
}

test("ids that differ in any of their 64 bits fall into buckets of their own, as far as there are enough", async () => {
  const buckets = 1_000_003;
  for (const base of [0n, 123_456_789_012n, -5n]) {
    const ids = [base, ...Array.from({ length: 64 }, (_, bit) => BigInt.asIntN(64, base ^ (1n << BigInt(bit)))), base + 2_147_483_647n, base + 2n * 2_147_483_647n];
    expect(new Set(await bucketsOf(ids, buckets)).size).toBeGreaterThanOrEqual(new Set(ids).size - 1);
  }
  // Ids that are multiples of a round number, or of the prime, are spread evenly.
  for (const step of [1000n, 2_147_483_647n, 2n ** 32n, 2n ** 44n]) {
    const counts = new Array<number>(16).fill(0);
    for (const bucket of await bucketsOf(Array.from({ length: 8000 }, (_, i) => BigInt(i) * step), 16)) counts[bucket] = (counts[bucket] ?? 0) + 1;
    for (const count of counts) expect(count, `step ${step}`).toBeGreaterThan(300);
  }
});
