import { describe, expect, test } from "vitest";
import type { Expression } from "../../../grammar/compiled-spec/index.ts";
import { columnsRead, computations, readsOf, valueColumns } from "../../../language-server/analysis/expression.ts";
import { agg, call, col, countOver, num, over, text, when } from "./spec-builder.ts";

describe("reads of an expression", () => {
  test("say through what the column passes, outermost first", () => {
    expect(readsOf(call("log1p", call("add", col("a"), call("hashed", col("b")))))).toEqual([
      { column: "a", as: "value", through: ["log1p", "add"] }, { column: "b", as: "value", through: ["log1p", "add", "hashed"] },
    ]);
  });

  test("tell a value from what only counts or selects", () => {
    expect([...valueColumns(call("add", call("is_null", col("a")), col("b")))]).toEqual(["b"]);
    const value = call("add", agg(over("sum", col("price"), -1, 0, col("paid"))), call("add", agg(over("distinct", col("sku"), -1)), agg(countOver(-1))));
    expect([...valueColumns(value)]).toEqual(["price"]);
    expect([...columnsRead(value)]).toEqual(["price", "paid", "sku"]);
  });

  test("count a condition as part of the value", () => {
    expect(readsOf(when(col("a"), col("b"), num(0)))).toEqual([{ column: "a", as: "value", through: ["if"] }, { column: "b", as: "value", through: [] }]);
  });

  test("name each function once, however often a value passes it", () => {
    expect(readsOf(call("add", call("log", call("add", col("a"), num(1))), num(1)))).toEqual([{ column: "a", as: "value", through: ["add", "log"] }]);
  });

  test("of a shared part are told for each way there, and never lose the way that leaves a value in the clear", () => {
    const shared = call("log", col("a"));
    expect(readsOf(call("add", call("hashed", shared), shared)).map(({ through }) => through)).toEqual([["add", "hashed", "log"], ["add", "log"]]);
    const names = ["abs", "sqrt", "exp", "floor", "ceil", "round", "sin", "cos"];
    const many = names.reduce<Expression>((part, fn) => call("add", call(fn, part), part), col("a"));
    const ways = readsOf(call("add", call("hashed", many), many)).map(({ through }) => through.includes("hashed"));
    expect(ways).toContain(true);
    expect(ways).toContain(false);
  });
});

test("the same computation has the same number, whatever its types", () => {
  const numberOf = computations();
  expect(numberOf(call("add", col("a", "int"), num(1)))).toBe(numberOf(call("add", col("a", "float"), num(1))));
  expect(numberOf(text("1"))).not.toBe(numberOf(num(1)));
  expect(numberOf(agg(countOver(-1)))).toBe(numberOf(agg(countOver(-1))));
  const others = [col("a"), num(1), call("add", col("a"), num(1)), call("add", num(1), col("a")), when(col("a"), num(1), num(2)), agg(countOver(-1)), agg(countOver(-2)), agg(over("sum", col("a"), -1)), agg(over("sum", null, -1, 0, col("a")))];
  expect(new Set(others.map(numberOf)).size).toBe(others.length);
});
