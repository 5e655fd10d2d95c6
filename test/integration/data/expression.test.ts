import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Expression, Literal, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { conditionSql, expressionSql } from "../../../runtime/data/sql/expression.ts";
import { functions, operators } from "../../../grammar/compiled-spec/functions.ts";

let database: Database;
beforeAll(async () => { database = await openDatabase({ threads: 1 }); });
afterAll(() => { database.close(); });

const literal = (kind: ScalarKind, value: Literal["value"]): Literal => ({ op: "literal", type: { kind, nullable: value === null }, value });
const float = (value: number | null): Literal => literal("float", value);
const int = (value: number | null): Literal => literal("int", value);
const bool = (value: boolean | null): Literal => literal("bool", value);
const string = (value: string | null): Literal => literal("string", value);
const moment = (value: string): Literal => literal("timestamp", value);
const duration = (value: number): Literal => literal("duration", value);
const call = (fn: string, kind: ScalarKind, ...args: Expression[]): Expression => ({ op: "call", type: { kind, nullable: true }, fn, args });

async function valueOf(expression: Expression): Promise<unknown> {
  const [row] = await database.rows(`SELECT ${expressionSql(expression)} AS v`);
  return row?.["v"];
}

describe("an expression in SQL means what its documentation says", () => {
  const cases: readonly (readonly [string, Expression, unknown])[] = [
    ["int sum", call("add", "int", int(2), int(3)), 5],
    ["mixed sum is a float", call("add", "float", int(2), float(0.5)), 2.5],
    ["a sum beyond 64 bits is null", call("multiply", "int", int(2 ** 53), int(2 ** 53)), null],
    ["quotient of ints is a float", call("divide", "float", int(1), int(4)), 0.25],
    ["division by zero is null", call("divide", "float", int(1), int(0)), null],
    ["remainder has the dividend's sign", call("modulo", "int", int(-7), int(3)), -1],
    ["remainder of floats", call("modulo", "float", float(-7.5), float(2)), -1.5],
    ["remainder by zero is null", call("modulo", "int", int(7), int(0)), null],
    ["float remainder by zero is null", call("modulo", "float", float(7), float(0)), null],
    ["power", call("power", "float", int(2), int(10)), 1024],
    ["power without a real answer is null", call("power", "float", float(-8), float(0.5)), null],
    ["timestamp plus duration", call("add", "timestamp", moment("2024-02-28T12:00:00Z"), duration(86_400_000)), new Date("2024-02-29T12:00:00Z")],
    ["duration plus timestamp", call("add", "timestamp", duration(1), moment("2024-01-01")), new Date("2024-01-01T00:00:00.001Z")],
    ["difference of timestamps", call("subtract", "duration", moment("2024-01-02"), moment("2024-01-01")), 86_400_000],
    ["an offset is respected", moment("2024-01-01T02:00:00+02:00"), new Date("2024-01-01T00:00:00Z")],
    ["number times duration", call("multiply", "duration", float(1.5), duration(1000)), 1500],
    ["days", call("days", "float", duration(43_200_000)), 0.5],
    ["hours", call("hours", "float", duration(5_400_000)), 1.5],
    ["null and false", call("and", "bool", bool(null), bool(false)), false],
    ["null or true", call("or", "bool", bool(null), bool(true)), true],
    ["null and true", call("and", "bool", bool(null), bool(true)), null],
    ["not null", call("not", "bool", bool(null)), null],
    ["one of", call("one_of", "bool", string("b"), string("a"), string("b")), true],
    ["null is in no list, nor out of it", call("one_of", "bool", string(null), string("a")), null],
    ["a null in the list makes the answer null", call("one_of", "bool", int(1), int(1), int(null)), null],
    ["an empty list", call("one_of", "bool", int(1)), false],
    ["both ends are within", call("between", "bool", int(5), int(1), int(5)), true],
    ["a null bound makes the answer null", call("between", "bool", int(5), int(null), int(3)), null],
    ["square root below zero", call("sqrt", "float", float(-1e-300)), null],
    ["square root of zero", call("sqrt", "float", int(0)), 0],
    ["logarithm of zero", call("log", "float", int(0)), null],
    ["logarithm of null", call("log", "float", float(null)), null],
    ["logarithm", call("log", "float", float(Math.E)), 1],
    ["log1p at -1", call("log1p", "float", int(-1)), null],
    ["log1p", call("log1p", "float", int(0)), 0],
    ["log1p of a small number", call("log1p", "float", float(1e-17)), 1e-17],
    ["log1p of a small number that is computed", call("log1p", "float", call("multiply", "float", float(1e-10), float(-1e-7))), -1e-17],
    ["log1p of a large number", call("log1p", "float", float(1e300)), Math.log(1e300)],
    ["sine", call("sin", "float", float(0)), 0],
    ["floor", call("floor", "int", float(-1.5)), -2],
    ["ceil", call("ceil", "int", float(-1.5)), -1],
    ["halves are rounded away from zero", call("round", "int", float(-2.5)), -3],
    ["int cuts toward zero", call("int", "int", float(-2.9)), -2],
    ["int beyond 64 bits", call("int", "int", float(1e30)), null],
    ["least", call("least", "int", int(2), int(1)), 1],
    ["least of a null", call("least", "int", int(2), int(null)), null],
    ["least of computed values", call("least", "float", call("log", "float", float(1)), float(1)), 0],
    ["greatest of computed nulls", call("greatest", "float", call("log", "float", float(0)), float(1)), null],
    ["clip", call("clip", "float", float(7), float(0), float(5)), 5],
    ["clip of null", call("clip", "float", call("log", "float", float(0)), float(0), float(5)), null],
    ["clip with low above high is high", call("clip", "int", int(3), int(9), int(1)), 1],
    ["is null", call("is_null", "bool", int(null)), true],
    ["coalesce", call("coalesce", "float", float(null), int(3)), 3],
    ["Monday is 0", call("day_of_week", "int", moment("2024-01-01")), 0],
    ["Sunday is 6", call("day_of_week", "int", moment("2024-01-07")), 6],
    ["hour", call("hour_of_day", "int", moment("2024-01-07T23:59:59Z")), 23],
    ["leap day of year", call("day_of_year", "int", moment("2024-12-31")), 366],
    ["before 1970", call("year", "int", moment("1969-12-31T23:59:59Z")), 1969],
    ["timestamp of text", call("timestamp", "timestamp", string("2011-01-01")), new Date("2011-01-01")],
    ["timestamp of nonsense", call("timestamp", "timestamp", string("yesterday")), null],
    ["trim takes tabs and line ends", call("trim", "string", string(" \t a b\n")), "a b"],
    ["length counts characters", call("length", "int", string("né👍")), 3],
    ["concat of null", call("concat", "string", string("a"), string(null)), null],
    ["ends with", call("ends_with", "bool", string("<=50K."), string(".")), true],
    ["string of a timestamp", call("string", "string", moment("2024-01-01")), "2024-01-01T00:00:00.000000Z"],
    ["the lower half of MD5, little end first, signed", call("hashed", "int", string("abd")), 1618509201081782567n],
    ["a null condition counts as false", { op: "if", type: { kind: "int", nullable: false }, when: bool(null), then: int(1), else: int(2) }, 2],
    ["branches take the common type", { op: "if", type: { kind: "float", nullable: false }, when: bool(true), then: int(1), else: float(2.5) }, 1],
  ];
  test.each(cases)("%s", async (_, expression, expected) => {
    const value = await valueOf(expression);
    if (typeof expected === "number") expect(value).toBeCloseTo(expected, 12);
    else expect(value).toEqual(expected);
  });

  test("hashed agrees with node:crypto", async () => {
    const { createHash } = await import("node:crypto");
    for (const text of ["", "a", "Privé", "x".repeat(1000)]) {
      expect(BigInt(await valueOf(call("hashed", "int", string(text))) as number)).toBe(createHash("md5").update(text).digest().readBigInt64LE(8));
    }
  });
});

describe("nothing in a spec can break out of its quotes", () => {
  test("text literals come back as they were", async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
      expect(await valueOf(string(text))).toBe(text);
    }), { numRuns: 200 });
    for (const text of ["'; DROP TABLE x; --", "a\0b", "\\'", "''"]) expect(await valueOf(string(text))).toBe(text);
  });

  test("column names too", async () => {
    const name = 'x" FROM secrets; --';
    const column: Expression = { op: "column", type: { kind: "int", nullable: false }, column: name };
    expect(await database.rows(`SELECT ${expressionSql(column)} AS v FROM (SELECT 1 AS "x"" FROM secrets; --~78")`)).toEqual([{ v: 1 }]);
  });
});

describe("whatever the numbers, the query answers", () => {
  const numbers = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(0, -0, 5e-324, 1e308, 2 ** 53, -1, 1, null));
  const strict = [...operators, ...functions].filter((f) => f.parameters.length > 0 && f.parameters.every((p) => p.kind === "number"));
  test.each(strict.map((f) => f.name))("%s", async (name) => {
    const signature = strict.find((f) => f.name === name);
    const arity = signature?.parameters.length ?? 0;
    for (const kind of ["int", "float"] as const) {
      const result = signature?.returns === "number" || signature?.returns === "same" ? kind : (signature?.returns ?? "float");
      await fc.assert(fc.asyncProperty(fc.array(numbers, { minLength: arity, maxLength: arity }), async (values) => {
        await valueOf(call(name, result, ...values.map((v) => literal(kind, v === null ? null : kind === "int" ? Math.trunc(v) : v))));
      }), { numRuns: 60 });
    }
  });

  test("a thousand terms are fine, a thousand levels are refused", async () => {
    let flat: Expression = bool(false);
    for (let i = 0; i < 1000; i++) flat = call("or", "bool", flat, call("equal", "bool", int(i), int(999)));
    expect(await valueOf(flat)).toBe(true);
    let deep: Expression = int(0);
    for (let i = 0; i < 250; i++) deep = call("add", "int", deep, int(1));
    expect(await valueOf(deep)).toBe(250);
    for (let i = 0; i < 750; i++) deep = call("add", "int", deep, int(1));
    expect(() => expressionSql(deep)).toThrow(expect.objectContaining({ code: "expression-too-deep" }));
  });

  test("no condition is true, a null condition is false", async () => {
    expect(await database.rows(`SELECT ${conditionSql(null)} AS a, ${conditionSql(bool(null))} AS b`)).toEqual([{ a: true, b: false }]);
  });
});
