/** What expressions mean inside a model, case by case; that SQL says the same is the differential test's affair. */
import { expect, test } from "vitest";
import type { Expression, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { functions, operators } from "../../../grammar/compiled-spec/index.ts";
import { exportExpressions, valuesOf } from "../../../runtime/export/expressions.ts";
import { openSession } from "../../../runtime/onnx/session.ts";
import { feedsFromRows, type RawValue } from "../../../runtime/preprocess/feeds.ts";
import { functionEmitters } from "../../../runtime/preprocess/functions.ts";
import { column } from "./random-expressions.ts";
import { call, col, lit } from "./spec.ts";

/** `fn` of columns `a`, `b`, `c` with the given values. */
async function value(fn: string, result: ScalarKind, ...args: readonly [ScalarKind, RawValue][]): Promise<RawValue> {
  const names = ["a", "b", "c"].slice(0, args.length);
  const expression: Expression = call(fn, result, ...names.map((name, i) => col(name, (args[i] as [ScalarKind, RawValue])[0], true)));
  const model = exportExpressions([{ name: "x", value: expression }], names.map((name, i) => column(name, (args[i] as [ScalarKind, RawValue])[0], true)), "test");
  const session = await openSession(model.bytes, { threads: 1 });
  try {
    const row = Object.fromEntries(names.map((name, i) => [name, args[i]?.[1]]));
    return valuesOf(await session.run(feedsFromRows(model.inputs, [row])), "x")[0];
  } finally {
    await session.release();
  }
}

test("every servable function of the language runs inside a model", () => {
  const missing = [...operators, ...functions].filter(({ name, servable }) => servable && functionEmitters[name] === undefined);
  expect(missing.map(({ name }) => name)).toEqual([]);
});

test.each<[string, RawValue, RawValue, RawValue]>([
  ["and", false, null, false], ["and", true, null, null], ["and", null, null, null], ["or", true, null, true], ["or", null, false, null],
])("%s(%s, %s) is %s", async (fn, a, b, expected) => {
  expect(await value(fn, "bool", ["bool", a], ["bool", b])).toBe(expected);
});

test.each<[string, bigint, bigint, bigint | null]>([
  ["modulo", -5n, 3n, -2n], ["modulo", 5n, -3n, 2n], ["modulo", 5n, 0n, null], ["modulo", -(2n ** 63n), -1n, 0n],
  ["add", 2n ** 62n, 2n ** 62n, null], ["multiply", 2n ** 40n, 2n ** 40n, null], ["subtract", 5n, 7n, -2n],
  // ONNX Runtime's own Max compares the lower 32 bits.
  ["greatest", 3_588_954_206n, 1_058_447_767n, 3_588_954_206n], ["least", 3_588_954_206n, 1_058_447_767n, 1_058_447_767n],
])("%s(%s, %s) of ints is %s", async (fn, a, b, expected) => {
  expect(await value(fn, "int", ["int", a], ["int", b])).toBe(expected);
});

test("a division by a literal is one operator, with the bits of the guarded one; by zero, also cut to it, it is null", async () => {
  const xs = [1, -7, 1e-320, 0.1, 123456789.123, 1e308, -0];
  const divided = async (by: Expression): Promise<{ readonly guarded: boolean; readonly values: readonly RawValue[] }> => {
    const model = exportExpressions([{ name: "x", value: call("divide", "float", col("a", "float"), by) }], [column("a", "float", false), column("b", "float", false)], "test");
    const session = await openSession(model.bytes);
    const values = valuesOf(await session.run(feedsFromRows(model.inputs, xs.map((a) => ({ a, b: 3 })))), "x");
    await session.release();
    return { guarded: Buffer.from(model.bytes).includes("Equal"), values };
  };
  const { values } = await divided(col("b", "float"));
  for (const three of [lit(3, "float"), lit(3, "int")]) expect(await divided(three)).toEqual({ guarded: false, values });
  for (const zero of [lit(0, "float"), lit(0, "int"), lit(0.5, "duration")]) expect(await divided(zero)).toEqual({ guarded: true, values: xs.map(() => null) });
});

test("1 % b is 1, though ONNX Runtime fuses (1 / b) · b", async () => {
  const expression = call("modulo", "int", lit(1, "int"), col("b", "int"));
  const model = exportExpressions([{ name: "x", value: expression }], [column("b", "int", false)], "test");
  const session = await openSession(model.bytes);
  expect(valuesOf(await session.run(feedsFromRows(model.inputs, [{ b: 7 }])), "x")).toEqual([1n]);
  await session.release();
});

test.each<[string, number, RawValue]>([
  ["round", 2.5, 3n], ["round", -2.5, -3n], ["round", 0.49999999999999994, 0n], ["floor", -0.5, -1n], ["ceil", -0.5, 0n], ["int", -2.9, -2n],
  ["int", 1e300, null], ["floor", Infinity, null], ["int", 2 ** 63, null],
])("%s(%s) is %s", async (fn, x, expected) => {
  expect(await value(fn, "int", ["float", x])).toBe(expected);
});

test.each<[string, number, number | null]>([["sqrt", -1, null], ["log", 0, null], ["log1p", -1, null], ["log1p", 0, 0], ["exp", 0, 1], ["sin", Infinity, null], ["abs", -2, 2]])("%s(%s) is %s", async (fn, x, expected) => {
  expect(await value(fn, "float", ["float", x])).toBe(expected);
});

test("division by zero is null, and the quotient of ints is a float", async () => {
  expect(await value("divide", "float", ["int", 1], ["int", 0])).toBeNull();
  expect(await value("divide", "float", ["int", 1], ["int", 4])).toBe(0.25);
});

test.each<[string, string, bigint]>([
  ["hour_of_day", "1969-12-31T23:59:59.999999Z", 23n], ["day_of_week", "1969-12-31T00:00:00Z", 2n], ["day_of_month", "2024-02-29T12:00:00Z", 29n],
  ["day_of_year", "2024-12-31T23:59:59Z", 366n], ["day_of_year", "2023-03-01T00:00:00Z", 60n], ["month", "1900-03-01T00:00:00Z", 3n], ["year", "1899-12-31T23:59:59Z", 1899n],
])("%s(%s) is %s", async (fn, at, expected) => {
  expect(await value(fn, "int", ["timestamp", at])).toBe(expected);
});

test("two times give a duration in milliseconds, cut toward zero", async () => {
  expect(await value("subtract", "duration", ["timestamp", 1_500], ["timestamp", 0])).toBe(1n);
  expect(await value("subtract", "duration", ["timestamp", 0], ["timestamp", 1_500])).toBe(-1n);
  expect(await value("add", "timestamp", ["timestamp", 5], ["duration", 2])).toBe(2_005n);
});

test("a null among items or bounds makes the answer null; coalesce and is_null look at it", async () => {
  expect(await value("one_of", "bool", ["int", 1], ["int", 1], ["int", null])).toBeNull();
  expect(await value("between", "bool", ["int", 1], ["int", 5], ["int", null])).toBeNull();
  expect(await value("coalesce", "string", ["string", null], ["string", "é"])).toBe("é");
  expect(await value("is_null", "bool", ["string", null])).toBe(true);
});

test("what cannot run inside a model is refused by name", async () => {
  await expect(value("lower", "string", ["string", "A"])).rejects.toMatchObject({ code: "expression-not-servable", message: "The function 'lower' cannot run inside a model." });
  await expect(value("less", "bool", ["string", "a"], ["string", "b"])).rejects.toMatchObject({ code: "expression-not-servable" });
});

test("log1p keeps what 1 + x loses of a small x", async () => {
  for (const x of [0, 1e-300, 1e-17, -1e-17, 3e-16, 1e-9, -1e-9, 0.001, -0.5, -0.999999, 1, 1e9, 1e300]) {
    const found = await value("log1p", "float", ["float", x]) as number;
    expect(Math.abs(found - Math.log1p(x)), `log1p(${x})`).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log1p(x)));
  }
  for (const x of [-1, -2, null]) expect(await value("log1p", "float", ["float", x])).toBeNull();
});
