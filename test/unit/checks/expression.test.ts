import { describe, expect, test } from "vitest";
import { columnsRead, expressionText, readsOf, replaceParts, valueColumns } from "../../../language-server/analysis/expression.ts";
import { agg, call, col, countOver, num, over, text, when } from "./spec-builder.ts";

describe("reads of an expression", () => {
  test("say through what the column passes, outermost first", () => {
    expect(readsOf(call("log1p", call("add", col("a"), call("hashed", col("b")))))).toEqual([
      { column: "a", as: "value", through: ["log1p", "add"] }, { column: "b", as: "value", through: ["log1p", "add", "hashed"] },
    ]);
  });

  test("tell a value from what only counts or selects", () => {
    expect([...valueColumns(call("add", call("is_null", col("a")), col("b")))]).toEqual(["b"]);
    const aggregates = [over("sum", col("price"), -1, 0, col("paid")), over("distinct", col("sku"), -1), countOver(-1)];
    const value = call("add", agg(0), call("add", agg(1), call("add", agg(2), agg(9))));
    expect([...valueColumns(value, aggregates)]).toEqual(["price"]);
    expect([...columnsRead(value, aggregates)]).toEqual(["price", "paid", "sku"]);
  });

  test("count a condition as part of the value", () => {
    expect(readsOf(when(col("a"), col("b"), num(0)))).toEqual([{ column: "a", as: "value", through: ["if"] }, { column: "b", as: "value", through: [] }]);
  });
});

test("the same computation has the same text, whatever its types", () => {
  expect(expressionText(call("add", col("a", "int"), num(1)))).toBe(expressionText(call("add", col("a", "float"), num(1))));
  expect(expressionText(text("1"))).not.toBe(expressionText(num(1)));
  expect(expressionText(when(col("a"), num(1), agg(0)))).toBe("if([a],1,#0)");
});

test("parts are replaced from the outside in", () => {
  const inner = call("log", col("a"));
  const whole = when(col("c"), call("add", inner, num(1)), inner);
  const replaced = replaceParts(whole, (part) => (expressionText(part) === expressionText(inner) ? col("x") : null));
  expect(expressionText(replaced)).toBe("if([c],add([x],1),[x])");
  expect(replaceParts(num(1), () => null)).toEqual(num(1));
});
