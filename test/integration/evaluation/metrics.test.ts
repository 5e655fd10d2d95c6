/** Metrics in SQL equal their definitions, for every slice, with ties, weights and degenerate cases. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Task } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { metricsSql } from "../../../runtime/evaluation/metric-sql.ts";
import { binaryByHand, multiclassByHand, regressionByHand, type Scored } from "./brute-force.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase({ threads: 1 }); });
afterAll(() => { database.close(); });

type Sliced = Scored & { slice: string };
async function inSql(task: Task, rows: readonly Sliced[], threshold = 0.5) {
  await database.run("CREATE OR REPLACE TABLE scored (slice VARCHAR, y DOUBLE, p DOUBLE, w DOUBLE, q DOUBLE)");
  await database.run(`INSERT INTO scored VALUES ${rows.map(({ slice, y, p, w, q }) => `('${slice}', '${y}'::DOUBLE, '${p}'::DOUBLE, '${w}'::DOUBLE, ${q === undefined ? "NULL" : `'${q}'`}::DOUBLE)`).join(", ")}`);
  const found = await database.rows(metricsSql(task, "SELECT * FROM scored", threshold));
  return new Map(found.map(({ slice, ...figures }) => [slice as string, figures as Record<string, number | null>]));
}

function same(actual: Record<string, number | null> | undefined, expected: Record<string, number | null>) {
  for (const [metric, value] of Object.entries(expected)) {
    if (value === null) expect(actual?.[metric], metric).toBeNull();
    else expect(Math.abs((actual?.[metric] as number) - value), metric).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  }
}

const weight = fc.oneof(fc.constant(1), fc.double({ min: 0.1, max: 5, noNaN: true }), fc.constant(0));
const sliced = <T>(row: fc.Arbitrary<T>) => fc.array(fc.tuple(row, fc.constantFrom("a", "b", "é")).map(([r, slice]) => ({ ...r, slice })), { minLength: 1, maxLength: 60 });
const groups = (rows: readonly Sliced[]) => [...new Set(rows.map(({ slice }) => slice))].map((slice) => [slice, rows.filter((row) => row.slice === slice)] as const);
const tied = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);
const probability = fc.oneof(tied, fc.double({ min: 0, max: 1, noNaN: true }).map((p) => (p < 1e-12 ? 0 : p)));

test("binary metrics by slice, weighted, with ties", async () => {
  const row = fc.record({ y: fc.constantFrom(0, 1), p: probability, w: weight });
  await fc.assert(fc.asyncProperty(sliced(row), tied, async (rows, threshold) => {
    const actual = await inSql("binary", rows, threshold);
    expect(actual.size).toBe(groups(rows).length);
    for (const [slice, members] of groups(rows)) same(actual.get(slice), { rows: members.length, ...binaryByHand(members, threshold) });
  }), { numRuns: 100, seed: 3 });
});

test("regression metrics by slice, weighted", async () => {
  const quarter = fc.integer({ min: -4000, max: 4000 }).map((n) => n / 4);
  const row = fc.record({ y: fc.oneof(quarter, fc.constant(0.1)), p: quarter, w: weight.map((w) => w + 0.1) });
  await fc.assert(fc.asyncProperty(sliced(row), async (rows) => {
    const actual = await inSql("regression", rows);
    for (const [slice, members] of groups(rows)) same(actual.get(slice), regressionByHand(members));
  }), { numRuns: 100, seed: 4 });
});

test("multiclass metrics by slice, weighted, with classes that training never saw", async () => {
  const row = fc.record({ y: fc.integer({ min: -3, max: 3 }), p: fc.integer({ min: -2, max: 3 }), w: weight, q: probability });
  await fc.assert(fc.asyncProperty(sliced(row), async (rows) => {
    const actual = await inSql("multiclass", rows);
    for (const [slice, members] of groups(rows)) same(actual.get(slice), multiclassByHand(members));
  }), { numRuns: 100, seed: 5 });
});

test("macro means are over the classes that are labelled or predicted, as scikit-learn's are", async () => {
  // 200 a and 200 b, all known; 300 rows of six classes that training never saw are called a or b. The figures are scikit-learn's.
  const rows = [...Array.from({ length: 400 }, (_, i) => ({ y: i % 2, p: i % 2 })), ...Array.from({ length: 300 }, (_, i) => ({ y: -1 - (i % 6), p: i < 200 ? 0 : 1 }))];
  const figures = (await inSql("multiclass", rows.map((row) => ({ ...row, slice: "all", w: 1, q: row.y < 0 ? 0 : 1 })))).get("all");
  expect(figures).toMatchObject({ rows: 700, unseen: 300, accuracy: 400 / 700, recall: 0.25 });
  expect(figures?.["precision"]).toBeCloseTo((0.5 + 2 / 3) / 8, 12);
  expect(figures?.["f1"]).toBeCloseTo((2 / 3 + 0.8) / 8, 12);
});

test("figures worked out on paper", async () => {
  const rows = [[1, 0.9], [0, 0.8], [1, 0.4], [0, 0.4], [0, 0.1]].map(([y, p]) => ({ slice: "all", y: y as number, p: p as number, w: 1 }));
  const figures = (await inSql("binary", rows)).get("all");
  // Six pairs: 0.9 beats three; 0.4 loses to 0.8, ties with 0.4, beats 0.1.
  expect(figures?.["auc"]).toBeCloseTo(4.5 / 6, 12);
  expect(figures).toMatchObject({ accuracy: 0.6, precision: 0.5, recall: 0.5, f1: 0.5 });
  expect(figures?.["calibration_error"]).toBeCloseTo((0.1 + 0.8 + 0.2 + 0.1) / 5, 12);
  expect(figures?.["log_loss"]).toBeCloseTo(-(Math.log(0.9) + Math.log(0.2) + Math.log(0.4) + Math.log(0.6) + Math.log(0.9)) / 5, 12);
});

test("a certain and wrong probability costs 34.5, not infinity", async () => {
  const figures = (await inSql("binary", [{ slice: "all", y: 1, p: 0, w: 1 }, { slice: "all", y: 0, p: 1, w: 1 }])).get("all");
  expect(figures?.["log_loss"]).toBeCloseTo(-Math.log(1e-15), 9);
});
