/** One definition, two executions: an expression has the same value in DuckDB and in ONNX Runtime. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Expression, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";
import { exportExpressions, valuesOf } from "../../../runtime/export/expressions.ts";
import { feedsFromRows, type RawRow, type RawValue } from "../../../runtime/preprocess/feeds.ts";
import { openSession } from "../../../runtime/onnx/session.ts";
import { columns, expression, rows } from "./random-expressions.ts";
import { meetsNaN } from "./odd-floats.ts";
import { createTable } from "./tables.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase({ threads: 1 }); });
afterAll(() => { database.close(); });

async function inSql(e: Expression): Promise<{ values: RawValue[]; skipped: boolean[] }> {
  const sql = `SELECT ${expressionSql(e)} AS value, ${meetsNaN(e)} AS skipped FROM data ORDER BY __row`;
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
