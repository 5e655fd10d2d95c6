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
