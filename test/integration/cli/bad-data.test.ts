/** Data that are not what the spec says: a stable code, the place in the spec, what to do; and nothing half-made is left. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { mlspec } from "./mlspec.ts";
import { csv, people, peopleSpec, project, type Project, type Row } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
  await shop.write("parquet.mlspec", peopleSpec(['csv("people.csv")', 'parquet("people.parquet")']));
});
afterAll(() => shop.remove());

const withData = (change: (row: Row, i: number) => Partial<Row>): string => csv(people().map((row, i) => ({ ...row, ...change(row, i) })));

async function runOver(data: string | Uint8Array | null, spec = "people.mlspec") {
  const file = spec === "parquet.mlspec" ? "people.parquet" : "people.csv";
  if (data === null) await rm(join(shop.folder, file), { force: true });
  else await shop.write(file, data);
  const result = await mlspec(shop.folder, "run", spec);
  const left = await readdir(join(shop.folder, ".mlspec"), { recursive: true });
  expect(left.filter((name) => /^(datasets|training|registry)\/./.test(name)), "what is left of it").toEqual([]);
  return result;
}

async function expectError(result: Awaited<ReturnType<typeof runOver>>, code: number, ...parts: readonly string[]) {
  expect(result.code).toBe(code);
  for (const part of parts) expect(result.err).toContain(part);
  expect(result.err).toMatch(/\n {2}at [a-z]+\.mlspec:\d+/);
  expect(result.err).toMatch(/\n {2}hint: /);
}

test("a missing file", async () => {
  await expectError(await runOver(null), 2, "error[data-file-missing]", "people.csv", "at people.mlspec:3:9");
});

describe("a Parquet file", () => {
  test("cut short", async () => {
    const path = join(shop.folder, "people.parquet");
    await shop.write("people.csv", csv(people()));
    using database = await openDatabase();
    await database.run(`COPY (SELECT * FROM read_csv('${join(shop.folder, "people.csv")}')) TO '${path}' (FORMAT parquet)`);
    await expectError(await runOver((await readFile(path)).subarray(0, 20_000), "parquet.mlspec"), 2, "error[data-file-unreadable]", "cut short");
  });

  test("that is none", async () => {
    await expectError(await runOver("id,age\n1,2\n", "parquet.mlspec"), 2, "error[data-file-unreadable]");
  });
});

describe("an empty source", () => {
  test.each([["without a byte", ""], ["with a header only", csv([])]])("%s", async (_name, text) => {
    await expectError(await runOver(text), 1, "error[source-empty]: Source people has no rows.");
  });
});

test("a column that the file does not have: the ones that it has", async () => {
  await expectError(await runOver(csv(people()).replace("income", "salary")), 1, "error[column-missing]", '"salary"', "at people.mlspec:4:");
});

test("a word where a number should be: the row and the word", async () => {
  await expectError(await runOver(withData((_, i) => (i === 1999 ? { age: "old" } : {}))), 1, "error[data-type-mismatch]", 'row 2000 holds "old"', "at people.mlspec:4:");
});

test("a number that is too large for its type", async () => {
  await expectError(await runOver(withData((_, i) => (i === 7 ? { age: "99999999999999999999" } : {}))), 1, "error[data-type-mismatch]", "99999999999999999999");
});

test("a label that is missing or NaN", async () => {
  await expectError(await runOver(withData((_, i) => (i % 3 === 0 ? { bought: "" } : {}))), 1, "error[unexpected-null]", "1000 rows");
  await shop.write("number.mlspec", peopleSpec(["bought: bool", "bought: float"], ["buys: bool", "buys: float"], ["metrics: [auc, log_loss]", "metrics: [mae]"], ["require auc >= 0.6", "require mae <= 100"]));
  await expectError(await runOver(withData((_, i) => ({ bought: i % 3 === 0 ? "NaN" : "1.5" })), "number.mlspec"), 1, "error[unexpected-null]", "1000 rows");
});

test("a label that is always the same", async () => {
  await expectError(await runOver(withData(() => ({ bought: "true" }))), 1, "error[label-constant]", "nothing to learn");
});

test("a text where the file ends within quotes", async () => {
  const result = await runOver(`${csv(people(200))}p1,30,"Rome`);
  expect(result.code).toBeGreaterThan(0);
  expect(result.err).toMatch(/error\[(data-file-unreadable|data-type-mismatch|csv-[a-z-]+)\]/);
});
