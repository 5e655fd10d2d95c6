import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Expectation } from "../../../grammar/compiled-spec/index.ts";
import { checkContract, requireContract } from "../../../runtime/data/contracts.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { loadSource } from "../../../runtime/data/source.ts";
import { compile } from "../../unit/language/harness.ts";
import { call, col, column, csv, each, literal, source, spec, workspace } from "./spec-builder.ts";

let database: Database;
const place = workspace();
beforeAll(async () => { database = await openDatabase({ threads: 2 }); });
afterAll(() => { database.close(); place.remove(); });

const day = 86_400_000;
const clause = { origin: { file: 0, range: [11, 4, 11, 20] as [number, number, number, number] } };
const rows = (text: string, low: number | null, high: number | null, perMs: number | null = null): Expectation => ({ ...clause, text, kind: "rows", low, high, perMs });

async function check(content: string, ...expect: Expectation[]) {
  place.file("events.csv", content);
  const columns = [column("at", "timestamp"), column("position", "int?"), column("country", "string?")];
  const events = source("events", csv(["events.csv"]), columns, { folder: place.folder, time: "at", expect });
  const compiled = spec({ sources: [events] });
  return checkContract(database, compiled, await loadSource(database, events, { spec: compiled }));
}

const header = "at,position,country\n";
const days = (...counts: number[]): string => header + counts.flatMap((n, d) => Array.from({ length: n }, (_, i) => `2024-01-${String(d + 1).padStart(2, "0")}T0${i % 10}:00:00,1,NL\n`)).join("");

describe("each clause says what was found", () => {
  test("rows", async () => {
    const { clauses } = await check(days(3), rows("rows in 1..5", 1, 5), rows("rows >= 4", 4, null));
    expect(clauses).toEqual([
      { text: "rows in 1..5", passed: true, observed: "3 rows", file: "shop.mlspec", line: 12 },
      { text: "rows >= 4", passed: false, observed: "3 rows", file: "shop.mlspec", line: 12 },
    ]);
  });

  test.each([
    ["in bounds; the first and last day may be cut off", [1, 5, 5, 1], true, "5 to 5 rows per period"],
    ["one day too thin", [5, 5, 2, 5], false, "2 rows in the period from 2024-01-03 00:00:00"],
    ["a day without rows counts", [5, 5, 0, 5], false, "0 rows in 1 of 2 periods"],
    ["one day too full, even the last", [5, 5, 5, 9], false, "9 rows in the period from 2024-01-04 00:00:00"],
    ["too few days to judge the least", [1, 1], true, "at most 1 rows; too few periods to judge the least"],
  ])("rows per day: %s", async (_, counts, passed, observed) => {
    const { clauses } = await check(days(...counts), rows("rows in 3..8 per 1d", 3, 8, day));
    expect(clauses[0]).toMatchObject({ passed, observed });
  });

  test("missing and distinct", async () => {
    const content = `${header}2024-01-01,1,NL\n2024-01-01,,BE\n2024-01-01,3,\n2024-01-01,3,NL\n`;
    const { clauses } = await check(content,
      { ...clause, text: "missing(position) < 1%", kind: "missing", column: "position", max: 0.01 },
      { ...clause, text: "distinct(country) >= 2", kind: "distinct", column: "country", low: 2, high: null });
    expect(clauses).toMatchObject([{ passed: false, observed: "25% missing (1 of 4)" }, { passed: true, observed: "2 values" }]);
  });

  test("each row, with an example; a missing value breaks nothing", async () => {
    const inRange = call("between", "bool?", col("position", "int?"), literal("int", 1), literal("int", 50));
    const content = `${header}2024-01-01,1,NL\n2024-01-01,51,NL\n2024-01-01,,NL\n2024-01-01,99,NL\n`;
    const { clauses } = await check(content, each("position in 1..50", inRange), each("position in 1..50 for 40%", inRange, 0.5));
    expect(clauses).toMatchObject([
      { passed: false, observed: "not in 2 rows (50%), for example position = 51 in row 2" },
      { passed: true },
    ]);
  });

  test.each([
    ["position in 1..50", false, "not in 2 rows (0.2%), for example position = 51 in row 7"],
    ["share(position in 1..50) >= 99.8%", true, "99.8% of rows; not in 2 rows (0.2%), for example position = 51 in row 7"],
    ["share(position in 1..50) > 99.8%", false, "99.8% of rows; not in 2 rows (0.2%), for example position = 51 in row 7"],
    ["share(position in 1..50) >= 99.9%", false, "99.8% of rows; not in 2 rows (0.2%), for example position = 51 in row 7"],
    ["share(position < 52) >= 99.9%", true, "99.9% of rows; not in 1 row (0.1%), for example position = 99 in row 500"],
    ["share(position < 100) >= 99%", true, "every row"],
  ])("so many rows at least: require %s", async (text, passed, observed) => {
    const { sources: [written] } = await compile(`source events {\n  read: csv("events.csv")\n  columns { at: timestamp, position: int?, country: string? }\n  expect { require ${text} }\n}`);
    const content = header + Array.from({ length: 1000 }, (_, i) => `2024-01-01,${i === 6 ? 51 : i === 499 ? 99 : i === 700 ? "" : 5},NL\n`).join("");
    const { clauses } = await check(content, ...(written?.expect ?? []));
    expect(clauses).toMatchObject([{ text, passed, observed }]);
  });
});

test("a broken contract stops with a report that reads", async () => {
  const report = await check(days(3), rows("rows >= 4", 4, null), rows("rows >= 1", 1, null));
  expect(() => { requireContract(report); }).toThrow(expect.objectContaining({
    code: "contract-failed", where: { file: "shop.mlspec", line: 12 },
    message: "Source events breaks 1 of the 2 clauses of its contract:\n  shop.mlspec:12: require rows >= 4 (found: 3 rows)",
  }));
});

test("a kept contract, and none at all, pass", async () => {
  requireContract(await check(days(3), rows("rows >= 1", 1, null)));
  requireContract(await check(days(3)));
});

describe("less than is not at most", () => {
  const half = `${header}2024-01-01T00:00:00,1,NL\n2024-01-02T00:00:00,1,\n`;
  test.each([["<", false], ["<=", true]])("half of the rows miss a country: %s 50%%", async (comparison, passed) => {
    const compiled = await compile(`source events {\n  read: csv("events.csv")\n  columns { country: string? }\n  expect { require missing(country) ${comparison} 50% }\n}`);
    const { clauses } = await check(half, ...(compiled.sources[0]?.expect ?? []));
    expect(clauses.map((c) => c.passed)).toEqual([passed]);
  });
});
