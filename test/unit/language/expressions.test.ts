/** Types and units of expressions. To add a case, add a line. */
import { describe, expect, test } from "vitest";
import { aggregatesOf } from "../../../grammar/compiled-spec/index.ts";
import { check, compile, open, shop } from "./harness.ts";

const inFeature = (expression: string, problem = ""): string => `${shop}
features tried {
  from: sales
  x = ${expression}${problem === "" ? "" : ` //~ ${problem}`}
}
`;

describe("expressions that are wrong say why", () => {
  test.each([
    ["«7d + 1%»", "type-mismatch: cannot add a duration (7d) and a share (1%)"],
    ["«price + waited»", "type-mismatch: cannot add a float (price) and a duration (waited)"],
    ["«country + country»", "type-mismatch: cannot add a string (country) and a string (country)"],
    ["«at + at»", "type-mismatch: cannot add a timestamp (at) and a timestamp (at)"],
    ["«waited * waited»", "type-mismatch: cannot multiply a duration (waited) by a duration (waited)"],
    ["«price > country»", "type-mismatch: cannot compare a float (price) with a string (country)"],
    ["«price == null»", "type-mismatch: nothing is equal to null"],
    ["«gift > true»", "type-mismatch: true and false have no order"],
    ["«price and gift»", "type-mismatch: `and` needs conditions, but this is a float (price)"],
    ["«not price»", "type-mismatch: `not` needs conditions"],
    ["«-country» + 1", "type-mismatch: cannot negate a string"],
    ["if «price» then 1 else 2", "type-mismatch: `if` needs a condition, but this is a float"],
    ["«if gift then 1 else country»", "type-mismatch: `then` gives an int (1) but `else` gives a string (country)"],
    ["country in [«1»]", "type-mismatch: cannot compare a string (country) with an int (1)"],
    ["price in «country»", "type-mismatch: `in` needs a list"],
    ["price in «[]»", "type-mismatch: nothing is in an empty list"],
    ["«lg»(price)", "unknown-function: unknown function `lg`: did you mean `log`?"],
    ["log(«country»)", "type-mismatch: `log` needs a number for `x`, but this is a string (country)"],
    ["«log(price, 2)»", "wrong-arguments: `log(x)` takes 1 argument, not 2"],
    ["«concat(country)»", "wrong-arguments: `concat(a, b, …)` takes at least 2 arguments, not 1"],
    ["«timestamp(country, \"%d.%m.%y\", 1)»", "wrong-arguments: `timestamp(value, format?)` takes 1 or 2 arguments, not 3"],
    ["«timestamp(format: \"%d.%m.%y\")»", "wrong-arguments: `timestamp(value, format?)` needs `value`"],
    ["hour_of_day(«price»)", "type-mismatch: `hour_of_day` needs a timestamp for `at`"],
    ["coalesce(cost, «country»)", "type-mismatch: `coalesce` needs a float for `otherwise`"],
    ["«lower»(country) == \"a\"", "not-servable: `lower` cannot run inside the served model"],
    ["«country < \"m\"»", "not-servable: texts cannot be ordered inside the served model"],
    ["«country in \"a\"..\"m\"»", "not-servable: texts cannot be ordered inside the served model"],
    ["«sum»(price)", "wrong-arguments: `sum` looks at many rows"],
    ["«standardize»(price)", "unknown-function: `standardize` has no meaning here: an encoding"],
    ["log(price) over «7d»", "wrong-arguments: `log` looks at one row"],
    ["«prise» * 2", "unresolved-reference: unknown name `prise`: did you mean `price`?"],
    ["«[1, 2]»", "type-mismatch: a single value is needed here, not a list"],
    ["«2026-02-30» == day", "invalid-date: there is no 2026-02-30"],
    ["price > «7days»", "syntax: `7days` is written `7d` here"],
  ])("%s", async (expression, problem) => {
    await check(inFeature(expression, problem));
  });
});

describe("expressions have types", () => {
  test.each([
    ["count + 1", "int"], ["count + 1.5", "float"], ["price * 10%", "float"], ["count / 2", "float"], ["count / (count + 1)", "float?"], ["count % 2", "int"],
    ["count ^ 2", "float"], ["-price", "float"], ["at + 1d - at", "duration"], ["at + 1d", "timestamp"], ["day + 1h", "timestamp"], ["count * 1h", "duration"],
    ["waited / 1h", "float"], ["waited / 2", "duration"], ["hours(waited)", "float"], ["cost", "float?"], ["cost + price", "float?"], ["coalesce(cost, 0)", "float"],
    ["coalesce(cost, price)", "float"], ["is_null(cost)", "bool"], ["if gift then count else price", "float"], ["if gift then price else null", "float?"],
    ["cost > 1", "bool?"], ["country in [\"a\", \"b\"]", "bool"], ["price not in 1..5", "bool"], ["log(price)", "float?"], ["log1p(price)", "float?"],
    ["log1p(abs(price))", "float"], ["hour_of_day(at)", "int"], ["clip(price, 0, 1)", "float"], ["round(price)", "int"], ["day >= 2026-01-01", "bool"], ["at < 2026-01-01T10:00Z", "bool"],
    ["gift and not gift or price > 1", "bool"], ["least(count, 2)", "int"], ["greatest(count, 2.5)", "float"],
  ])("%s is %s", async (expression, wanted) => {
    const spec = await compile(inFeature(expression));
    const { type } = spec.features.find((f) => f.name === "tried")!.definitions[0]!;
    expect(`${type.kind}${type.nullable ? "?" : ""}`).toBe(wanted);
  });
});

describe("precedence", () => {
  const shape = (e: unknown): string => {
    const x = e as { op: string; fn?: string; args?: unknown[]; value?: unknown; column?: string };
    return x.op === "call" ? `(${x.fn} ${x.args!.map(shape).join(" ")})` : String(x.column ?? x.value);
  };
  test.each([
    ["count + count * 2", "(add count (multiply count 2))"],
    ["count - 1 - 2", "(subtract (subtract count 1) 2)"],
    ["-count ^ 2", "(negate (power count 2))"],
    ["not gift and gift or gift", "(or (and (not gift) gift) gift)"],
    ["count + 1 > 2 and gift", "(and (greater (add count 1) 2) gift)"],
    ["(count + 1) * 2", "(multiply (add count 1) 2)"],
  ])("%s", async (expression, wanted) => {
    const spec = await compile(inFeature(expression));
    expect(shape(spec.features.find((f) => f.name === "tried")!.definitions[0]!.value)).toBe(wanted);
  });
});

const inWindow = (expression: string, problem: string): string => `${shop}
features tried for product {
  from: sales where price > 0
  x = ${expression}${problem === "" ? "" : ` //~ ${problem}`}
}
`;

describe("window aggregates", () => {
  test.each([
    ["«price»", "type-mismatch: `price` has a value per event: say which one of them"],
    ["«1 + 2»", "type-mismatch: a feature of `product` is computed over its events"],
    ["sum(«country») over 7d", "type-mismatch: `sum` needs a number or a duration, but this is a string"],
    ["share(«price»)", "type-mismatch: `share` needs a condition"],
    ["«count(price)»", "wrong-arguments: `count()` counts events"],
    ["count() over «0d»", "wrong-window: the window 0d is empty"],
    ["count() over «-1d..-2d»", "wrong-window: the window -1d..-2d is empty"],
    ["count() over «7»", "type-mismatch: a window expects a duration"],
    ["sum(«avg(price) over 1d») over 7d", "wrong-arguments: an aggregate cannot stand inside another"],
    ["count(where «price») over 7d", "type-mismatch: `where` needs a condition"],
  ])("%s", async (expression, problem) => {
    await check(inWindow(expression, problem));
  });

  test("siblings are put in, and equal aggregates are computed once", async () => {
    const spec = await compile(`${shop}
features rates for product {
  from: sales
  sold = count() over 7d
  revenue = sum(price) over 7d
  mean = revenue / greatest(sold, 1)
  again = mean + sold
}
`);
    const again = spec.features.find((f) => f.name === "rates")!.definitions.find((d) => d.name === "again")!;
    expect(aggregatesOf(again.value).map((a) => a.fn)).toEqual(["sum", "count"]);
    expect(again.type).toEqual({ kind: "float", nullable: true });
  });

  test("windows are relative to the example and point at their source", async () => {
    const { spec } = await open(inWindow("count() over -2d..-1d", ""));
    const x = spec.features.find((f) => f.name === "tried")!.definitions[0]!;
    expect(aggregatesOf(x.value)[0]!.window).toEqual({ fromMs: -172_800_000, toMs: -86_400_000 });
    expect(x.at["window.0"]).toBeDefined();
  });
});

test("definitions that need each other are a cycle, with its path", async () => {
  await check(`${shop}
features tried {
  from: sales
  «first» = second + 1 //~ cyclic-definition: first → second → third → first
  second = third + 1
  third = first + 1
}
`);
});
