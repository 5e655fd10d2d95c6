import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { deadInputs } from "../../../runtime/preprocess/dead-inputs.ts";
import { denseWidth, type FittedPreprocessing } from "../../../runtime/preprocess/fitted.ts";
import { examples, inMemory } from "../training/support.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase(); });
afterAll(() => database.close());

test("of many wide inputs a few rows are looked at at a time", async () => {
  const value = { op: "column", column: "word", type: { kind: "string", nullable: false } } as const;
  const fitted: FittedPreprocessing = {
    version: 1, rows: 10, label: { name: "y", task: "binary", kind: "bool", classes: [] },
    inputs: [{ name: "word", value, encoding: { kind: "one-hot", slots: { kind: "hash", buckets: 50_000 } } }],
  };
  const width = denseWidth(fitted);
  const inner = inMemory(examples({ denseWidth: width, embeddings: [] }, 10, 1, () => 1));
  const asked: number[] = [];
  const watched: typeof inner = { rows: (part) => inner.rows(part), read: (part, options) => {
    asked.push(options.chunkRows);
    return inner.read(part, options);
  } };
  expect(await deadInputs(database, fitted, watched, "unread.parquet", {})).toBeNull();
  expect(asked).toHaveLength(1);
  expect((asked[0] ?? 0) * width * 4).toBeLessThanOrEqual(16 * 2 ** 20);
});
