import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Aggregate, AggregateName, CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import type { Cell, Row } from "../../../runtime/data/batch.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { entityView, featuresSql } from "../../../runtime/data/features.ts";
import { loadSource, type LoadedSource } from "../../../runtime/data/source.ts";
import { aggregate, call, col, column, csv, literal, realData, source, spec, valueOf, view } from "./spec-builder.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase({ threads: 2, memoryBytes: 2 * 2 ** 30 }); });
afterAll(() => { database.close(); });

interface Event { readonly key: string | null; readonly at: number; readonly price: number | null; readonly gift: boolean | null }
interface Example { readonly key: string | null; readonly at: number }

const second = 1000;
const kinds: Record<AggregateName, string> = { count: "int", sum: "int?", avg: "float?", min: "int?", max: "int?", last: "int?", distinct: "int", share: "float?" };

/** The definition, word by word, on plain arrays. */
function bruteForce(events: readonly Event[], example: Example, a: Aggregate, latenessMs: number, gifts: boolean): number | null {
  const { fromMs, toMs } = a.window;
  const seen = events.map((event, row) => ({ ...event, row }))
    .filter((e) => e.key !== null && e.key === example.key)
    .filter((e) => e.at + latenessMs < example.at + toMs && (fromMs === null || e.at >= example.at + fromMs))
    .filter((e) => !gifts || e.gift === true)
    .sort((a, b) => a.at - b.at || a.row - b.row);
  const prices = seen.flatMap((e) => (e.price === null ? [] : [e.price]));
  const bools = seen.flatMap((e) => (e.gift === null ? [] : [e.gift ? 1 : 0]));
  const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((x, y) => x + y, 0) / values.length);
  switch (a.fn) {
    case "count": return a.argument === null ? seen.length : prices.length;
    case "sum": return prices.length === 0 ? null : prices.reduce((x, y) => x + y, 0);
    case "avg": return mean(prices);
    case "min": return prices.length === 0 ? null : Math.min(...prices);
    case "max": return prices.length === 0 ? null : Math.max(...prices);
    case "last": return prices.at(-1) ?? null;
    case "distinct": return new Set(prices).size;
    case "share": return mean(bools);
  }
}

function shop(aggregates: readonly Aggregate[], latenessMs: number, gifts: boolean): CompiledSpec {
  const sales = source("sales", csv([]), [column("sku", "string?", { entity: "product" }), column("at", "timestamp"), column("price", "int?"), column("gift", "bool?")], { time: "at", latenessMs });
  const definitions = Object.fromEntries(aggregates.map((a, i) => [`f${i}`, a]));
  return spec({ sources: [sales], features: [view("sold", "product", "sales", definitions, gifts ? { where: col("gift", "bool?") } : {})] });
}

const sqlTime = (ms: number): string => `make_timestamp(${ms}::BIGINT * 1000)`;
const sqlText = (text: string | null): string => (text === null ? "NULL" : `'${text}'`);

async function compute(events: readonly Event[], examples: readonly Example[], aggregates: readonly Aggregate[], latenessMs: number, gifts: boolean): Promise<Cell[][]> {
  const compiled = shop(aggregates, latenessMs, gifts);
  const values = events.map((e, i) => `(${i + 1}::BIGINT, ${sqlText(e.key)}, ${sqlTime(e.at)}, ${e.price ?? "NULL"}::BIGINT, ${e.gift ?? "NULL"}::BOOLEAN)`);
  const nothing = "(NULL::BIGINT, NULL, NULL::TIMESTAMP, NULL::BIGINT, NULL::BOOLEAN)";
  await database.run(`CREATE OR REPLACE TABLE tried AS SELECT __row, sku::VARCHAR AS sku, "at", price, gift FROM (VALUES ${[...values, nothing].join(", ")}) v(__row, sku, "at", price, gift) WHERE __row IS NOT NULL`);
  const loaded: LoadedSource = { source: compiled.sources[0]!, table: "tried", rows: events.length, files: [], warnings: [] };
  const wanted = examples.map((e, i) => `SELECT ${i}::BIGINT AS __row, ${sqlTime(e.at)} AS __time, ${sqlText(e.key)}::VARCHAR AS sku`).join(" UNION ALL ");
  const names = aggregates.map((_, i) => `f${i}`);
  const rows: Row[] = await database.rows(`${featuresSql(entityView(compiled, "sold"), loaded, { sql: wanted, key: { name: "sku", kind: "string" } }, names)} ORDER BY __row`);
  expect(rows.map((row) => row["__row"])).toEqual(examples.map((_, i) => i));
  return rows.map((row) => names.map((name) => row[name] ?? null));
}

const times = fc.integer({ min: 0, max: 12 }).map((n) => n * second);
const keys = fc.constantFrom("a", "b", null);
const anyEvent = fc.record({ key: keys, at: times, price: fc.option(fc.integer({ min: -3, max: 3 })), gift: fc.option(fc.boolean()) });
const anyExample = fc.record({ key: fc.constantFrom("a", "b", "never seen", null), at: times });
const anyAggregate = fc.record({
  fn: fc.constantFrom<AggregateName>("count", "sum", "avg", "min", "max", "last", "distinct", "share"),
  fromMs: fc.constantFrom(null, -1 * second, -3 * second, -7 * second), toMs: fc.constantFrom(0, 0, 0, -2 * second, 2 * second), bare: fc.boolean(),
}).map(({ fn, fromMs, toMs, bare }) =>
  aggregate(fn, kinds[fn], { fromMs, toMs }, fn === "count" && bare ? null : fn === "share" ? col("gift", "bool?") : col("price", "int?")));

describe("point-in-time features", () => {
  test("are what the definition says, on any small history", async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(anyEvent, { maxLength: 14 }), fc.array(anyExample, { minLength: 1, maxLength: 6 }), fc.array(anyAggregate, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 0, second, 4 * second), fc.boolean(),
      async (events, examples, aggregates, lateness, gifts) => {
        const found = await compute(events, examples, aggregates, lateness, gifts);
        expect(found).toEqual(examples.map((example) => aggregates.map((a): unknown => {
          const value = bruteForce(events, example, a, lateness, gifts);
          return value === null ? null : Math.abs(value - Math.round(value)) < 1e-12 ? Math.round(value) + 0 : expect.closeTo(value, 12);
        })));
      },
    ), { numRuns: 250 });
  });

  const count = aggregate("count", "int", { fromMs: -5 * second });
  const last = aggregate("last", "int?", { fromMs: null }, col("price", "int?"));
  const event = (at: number, price: number | null = 1, key = "a"): Event => ({ key, at: at * second, price, gift: null });
  const example = (at: number, key: string | null = "a"): Example => ({ key, at: at * second });

  test("an event at the example's own time is not known yet; one at the window's far edge is", async () => {
    expect(await compute([event(5), event(10)], [example(10)], [count], 0, false)).toEqual([[1]]);
  });

  test("a late source is seen later", async () => {
    expect(await compute([event(5), event(8)], [example(10)], [count], 2 * second, false)).toEqual([[1]]);
  });

  test("no events: counts are 0, the rest is missing", async () => {
    expect(await compute([event(5)], [example(1), example(9, "other"), example(9, null)], [count, last], 0, false)).toEqual([[0, null], [0, null], [0, null]]);
  });

  test("of simultaneous events the one further down is the last; a missing value is passed over", async () => {
    expect(await compute([event(5, 1), event(5, 2), event(6, null)], [example(7)], [last], 0, false)).toEqual([[2]]);
  });

  test("the same example twice gives the same answer twice", async () => {
    expect(await compute([event(5)], [example(7), example(7)], [count], 0, false)).toEqual([[1], [1]]);
  });

  test("an aggregate's own condition, and a value computed from two", async () => {
    const big = aggregate("count", "int", { fromMs: null }, null, call("greater", "bool", col("price", "int?"), literal("int", 5)));
    const compiled = shop([big, count], 0, false);
    const [first] = compiled.features[0]!.definitions;
    const ratio = { ...first!, name: "ratio", type: { kind: "float" as const, nullable: true }, value: call("divide", "float?", valueOf(big), valueOf(count)) };
    const both = { ...compiled, features: [{ ...compiled.features[0]!, definitions: [ratio] }] };
    await database.run(`CREATE OR REPLACE TABLE tried AS SELECT 1::BIGINT AS __row, 'a' AS sku, ${sqlTime(5000)} AS "at", 9::BIGINT AS price, NULL::BOOLEAN AS gift`);
    const sql = featuresSql(entityView(both, "sold"), { source: both.sources[0]!, table: "tried", rows: 1, files: [], warnings: [] },
      { sql: `SELECT 1::BIGINT AS __row, ${sqlTime(7000)} AS __time, 'a' AS sku UNION ALL SELECT 2, ${sqlTime(60_000)}, 'a'`, key: { name: "sku", kind: "string" } }, ["ratio"]);
    expect(await database.rows(`${sql} ORDER BY __row`)).toEqual([{ __row: 1, ratio: 1 }, { __row: 2, ratio: null }]);
  });
});

const data = realData();
describe.skipIf(data === null)("real data (skipped where MLSPEC_DATA is not there): half a million lines", () => {
  test("windows of 7, 30 and 90 days are exact, and the same on every run", async () => {
    const day = 86_400_000;
    const price = col("price", "float");
    const windows = [7, 30, 90].flatMap((days) => [
      aggregate("count", "int", { fromMs: -days * day }), aggregate("sum", "float?", { fromMs: -days * day }, price),
      aggregate("avg", "float?", { fromMs: -days * day }, price), aggregate("max", "float?", { fromMs: -days * day }, price),
    ]);
    const all = [...windows, aggregate("distinct", "int", { fromMs: -30 * day }, col("sku", "string")), aggregate("last", "float?", { fromMs: null }, price)];
    const invoices = source("invoices", { format: "parquet", paths: ["data:online_retail/*.parquet"] }, [
      column("customer", "int?", { physical: "CustomerID", entity: "customer" }), column("at", "timestamp", { physical: "InvoiceDate" }),
      column("price", "float", { physical: "UnitPrice" }), column("sku", "string", { physical: "StockCode" }),
    ], { time: "at" });
    const compiled = spec({ sources: [invoices], features: [view("bought", "customer", "invoices", Object.fromEntries(all.map((a, i) => [`f${i}`, a])))] });
    const loaded = await loadSource(database, invoices, { spec: compiled, dataFolder: data ?? undefined });
    const features = featuresSql(entityView(compiled, "bought"), loaded, { sql: `SELECT *, "at" AS __time FROM ${loaded.table}`, key: { name: "customer", kind: "int" } }, all.map((_, i) => `f${i}`));
    const started = performance.now();
    await database.run(`CREATE OR REPLACE TABLE features AS ${features}`);
    console.info(`525,461 examples × ${all.length} features: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await database.run(`CREATE OR REPLACE TABLE again AS ${features}`);
    expect(await database.rows("SELECT count(*) AS n FROM (SELECT * FROM features EXCEPT SELECT * FROM again)")).toEqual([{ n: 0 }]);
    const checked = await database.rows(`
      WITH sample AS (SELECT * FROM ${loaded.table} WHERE customer IS NOT NULL AND hash(__row) % 2000 = 0)
      SELECT s.__row, count(e.__row) AS count, sum(e.price) AS sum, count(DISTINCT e.sku) AS distinct_skus, any_value(f.f4) AS f4, any_value(f.f5) AS f5, any_value(f.f12) AS f12
      FROM sample s JOIN features f USING (__row)
      LEFT JOIN ${loaded.table} e ON e.customer = s.customer AND e."at" < s."at" AND e."at" >= s."at" - INTERVAL 30 DAY GROUP BY ALL`);
    expect(checked.length).toBeGreaterThan(100);
    for (const row of checked) {
      expect([row["f4"], row["f12"]]).toEqual([row["count"], row["distinct_skus"]]);
      if (row["sum"] === null) expect(row["f5"]).toBeNull();
      else expect(row["f5"]).toBeCloseTo(Number(row["sum"]), 6);
    }
  });
});
