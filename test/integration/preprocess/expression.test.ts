/** One definition, two executions: an expression has the same value in DuckDB and in ONNX Runtime. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packed, rewriting, type Expression, type ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { possible } from "../../../language-server/compile/possible-values.ts";
import { knownValue } from "../../../language-server/compile/known-value.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";
import { sharing } from "../../../runtime/data/sql/sharing.ts";
import { exportExpressions, valuesOf } from "../../../runtime/export/expressions.ts";
import { feedsFromRows, type RawRow, type RawValue } from "../../../runtime/preprocess/feeds.ts";
import { openSession } from "../../../runtime/onnx/session.ts";
import { columns, expression, rows, sharedExpressions } from "./random-expressions.ts";
import { floatsIn, meetsNaN } from "./odd-floats.ts";
import { createTable } from "./tables.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase({ threads: 1 }); });
afterAll(() => { database.close(); });

interface Column {
  readonly values: RawValue[];
  /** Where a NaN makes the two differ. */
  readonly skipped: boolean[];
}

const inSql = (e: Expression): Promise<Column> => columnOf(`SELECT ${expressionSql(e)} AS value, ${meetsNaN(e, expressionSql)} AS skipped FROM data ORDER BY __row`);

/** As a run computes many at once. */
async function sharedInSql(expressions: readonly Expression[]): Promise<Column[]> {
  const { from, sql } = sharing("data", [...expressions, ...expressions.flatMap(floatsIn)]);
  const columns: Column[] = [];
  for (const e of expressions) columns.push(await columnOf(`SELECT ${sql(e)} AS value, ${meetsNaN(e, sql)} AS skipped FROM ${from} ORDER BY __row`));
  return columns;
}

async function columnOf(sql: string): Promise<Column> {
  const [values, skipped]: [RawValue[], boolean[]] = [[], []];
  for await (const batch of database.batches(sql, { rows: 1000 })) {
    const [value, skip] = batch.columns;
    for (let row = 0; row < batch.rows; row++) {
      const x = value?.values[row];
      values.push(value?.valid?.[row] === 0 ? null : value?.kind === "bool" ? x === 1 : x);
      skipped.push(skip?.values[row] === 1);
    }
  }
  return { values, skipped };
}

async function inOnnx(expressions: readonly Expression[], data: readonly RawRow[]): Promise<RawValue[][]> {
  // `anchor` gives a model of constants its number of rows.
  const anchor = { name: "anchor", value: { op: "column", type: { kind: "bool", nullable: false }, column: "bool" } as const };
  const named = expressions.map((value, i) => ({ name: `e${i}`, value }));
  const model = exportExpressions([...named, anchor], columns, "test");
  const session = await openSession(model.bytes, { threads: 1 });
  try {
    const results = await session.run(feedsFromRows(model.inputs, data));
    return named.map(({ name }) => valuesOf(results, name));
  } finally {
    await session.release();
  }
}

function agree(a: RawValue, b: RawValue): boolean {
  if (typeof a === "number" && typeof b === "number") return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  return a === b;
}

const kinds: readonly ScalarKind[] = ["bool", "int", "float", "string", "timestamp", "date", "duration"];
const someExpressions = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 3 })).chain(([kind, depth]) => expression(kind, depth, false)), { minLength: 15, maxLength: 25 });

test("random expressions have the same values in SQL and in ONNX, on random rows with nulls, unicode and extreme numbers", async () => {
  let compared = 0;
  await fc.assert(fc.asyncProperty(rows, someExpressions, async (data, expressions) => {
    await createTable(database, "data", columns, data);
    const onnx = await inOnnx(expressions, data);
    for (const [i, e] of expressions.entries()) {
      const { values, skipped } = await inSql(e);
      for (const [row, value] of values.entries()) {
        if (skipped[row] === true) continue;
        compared += 1;
        if (!agree(value, onnx[i]?.[row])) expect({ sql: value, onnx: onnx[i]?.[row], of: expressionSql(e), row: data[row] }).toBe("the same");
      }
    }
  }), { numRuns: 40, seed: 42, endOnFailure: true, verbose: 0 });
  expect(compared).toBeGreaterThan(10_000);
});

test("and so have expressions that share parts, over and over", async () => {
  let [compared, layers] = [0, 0];
  await fc.assert(fc.asyncProperty(rows, sharedExpressions(40), async (data, expressions) => {
    await createTable(database, "data", columns, data);
    const onnx = await inOnnx(expressions, data);
    const sql = await sharedInSql(expressions);
    layers = Math.max(layers, sharing("data", expressions).from.split("SELECT").length - 1);
    for (const [i, { values, skipped }] of sql.entries()) {
      for (const [row, value] of values.entries()) {
        if (skipped[row] === true) continue;
        compared += 1;
        if (!agree(value, onnx[i]?.[row])) expect({ sql: value, onnx: onnx[i]?.[row], of: JSON.stringify(packed({ e: expressions[i]! })), row: data[row] }).toBe("the same");
      }
    }
  }), { numRuns: 15, seed: 7, endOnFailure: true, verbose: 0 });
  expect(compared).toBeGreaterThan(10_000);
  expect(layers).toBeGreaterThan(3);
});

/** The expression as it is in this row, as far as the row's values can be written in a spec. */
const inRow = (e: Expression, row: RawRow): Expression => rewriting((part) => {
  const value = part.op === "column" ? row[part.column] : undefined;
  return part.op === "column" && writable.has(part.type.kind) && typeof value !== "bigint" && value !== undefined ? { op: "literal", type: part.type, value } : null;
})(e);
const writable: ReadonlySet<ScalarKind> = new Set(["bool", "int", "float", "string"]);

test("what is known of an expression without looking at a row is what is computed", async () => {
  let [compared, nulls] = [0, 0];
  await fc.assert(fc.asyncProperty(rows, someExpressions, async (data, expressions) => {
    await createTable(database, "data", columns, data);
    for (const e of expressions) {
      const { values, skipped } = await inSql(e);
      for (const [i, row] of data.entries()) {
        const known = knownValue(inRow(e, row));
        if (known === undefined || skipped[i] === true || ["timestamp", "date", "duration"].includes(e.type.kind)) continue;
        compared += 1;
        if (known === null) nulls += 1;
        const value = typeof values[i] === "bigint" ? Number(values[i]) : values[i];
        // What is not finite in the end counts as missing.
        if (!agree(typeof value === "number" && !Number.isFinite(value) ? null : value, known)) expect({ sql: values[i], known, of: expressionSql(inRow(e, row)) }).toBe("the same");
      }
    }
  }), { numRuns: 40, seed: 43, endOnFailure: true, verbose: 0 });
  expect(compared).toBeGreaterThan(3000);
  expect(nulls).toBeGreaterThan(300);
});

test("what an expression can be over all rows holds in each of them", async () => {
  let [narrow, never] = [0, 0];
  await fc.assert(fc.asyncProperty(rows, someExpressions, async (data, some) => {
    await createTable(database, "data", columns, data);
    // With the values of one row here and there, so that there is something to narrow down.
    const expressions = some.flatMap((e) => [e, ...data.slice(0, 3).map((row) => inRow(e, Object.fromEntries(Object.entries(row).filter(([name]) => /^(int|float|bool)/.test(name) && Math.abs(Number(row[name] ?? 0)) < 3))))]);
    for (const e of expressions) {
      const span = possible(e);
      if (span?.low === -Infinity && span.high === Infinity) continue;
      const { values, skipped } = await inSql(e);
      for (const [row, found] of values.entries()) {
        if (skipped[row] === true || found === null || found === undefined || typeof found === "string") continue;
        const value = Number(found);
        if (!Number.isFinite(value)) continue;
        if (span === null) never += 1;
        narrow += 1;
        const slack = 1e-9 * Math.max(1, Math.abs(value));
        if (span === null || value < span.low - slack || value > span.high + slack) expect({ value, span, of: expressionSql(e), row: data[row] }).toBe("possible");
      }
    }
  }), { numRuns: 40, seed: 44, endOnFailure: true, verbose: 0 });
  expect(narrow).toBeGreaterThan(3000);
  expect(never).toBe(0);
});

test("forty levels of doubling, and a thousand of two parts each, are computed by both", async () => {
  await createTable(database, "data", columns, [{ ...nothing, float: 1.5 }, { ...nothing, float: -2 }, { ...nothing, float: 0 }]);
  const call = (fn: string, ...args: Expression[]): Expression => ({ op: "call", type: { kind: "float", nullable: true }, fn, args });
  const doubled: Expression[] = [{ op: "column", type: { kind: "float", nullable: false }, column: "float" }];
  for (let i = 0; i < 40; i++) doubled.push(call("add", doubled[i]!, doubled[i]!));
  const mixed: Expression[] = [doubled[0]!, call("sin", doubled[0]!)];
  for (let i = 0; i < 1000; i++) mixed.push(call("sin", call("add", mixed[i]!, mixed[i + 1]!)));
  const wanted = [doubled.at(-1)!, mixed.at(-1)!];
  const data = [{ ...nothing, float: 1.5 }, { ...nothing, float: -2 }, { ...nothing, float: 0 }];
  const onnx = await inOnnx(wanted, data);
  const { from, sql } = sharing("data", wanted);
  const found = await Promise.all(wanted.map((e) => columnOf(`SELECT ${sql(e)} AS value, FALSE AS skipped FROM ${from} ORDER BY __row`)));
  expect(found[0]!.values).toEqual([1.5 * 2 ** 40, -(2 ** 41), 0]);
  for (const [i, { values }] of found.entries()) for (const [row, value] of values.entries()) expect(agree(value, onnx[i]?.[row]), `${String(value)} ${String(onnx[i]?.[row])}`).toBe(true);
});

const nothing: RawRow = { bool: true, int: 0, float: 0, string: "", timestamp: 0, date: 0, duration: 0 };
