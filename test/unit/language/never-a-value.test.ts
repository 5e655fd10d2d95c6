/** A fallback or baseline that has no value in any row stands in for nothing. */
import { describe, test } from "vitest";
import { check, shop } from "./harness.ts";

const fallback = (line: string) => `${shop}\nmodel m {\n  predict: bought from examples\n  fallback u = ${line}\n}`;

describe("a fallback", () => {
  test.each([
    ["«1 / 0» //~ out-of-range: `u` has no value for any row: `1 / 0` is always missing"],
    ["«log(-1)» //~ out-of-range: `log(-1)` is always missing"],
    ["«sqrt(0 - 4) + 1» //~ out-of-range: is always missing"],
    ["«price / 0» //~ out-of-range: `price / 0` is always missing"],
    ["«if price > 3 then 1 / 0 else log(0)» //~ out-of-range: is always missing"],
    ["«clip(price % 0, 0.0, 1.0)» //~ out-of-range: is always missing"],
    ["«10 ^ 400» //~ out-of-range: is always missing"],
    ["«1 + 1» //~ out-of-range: `u` stands in for a probability, which lies between 0 and 1, but this is 2"],
    ["coalesce(1 / 0, 0.2)"],
    ["clip(0.3, 0.0, exp(1000))"],
    ["1 / (1 + exp(800.0))"],
    ["if is_null(1 / 0) then 0.3 else 0.1"],
    ["if price > 3 then 1 / 0 else 0.5"],
    ["price / (count - 2)"],
    ["price / («count - count») //~ no-effect: both sides are `count`"],
  ])("%s", (line) => check(fallback(line)));
});

const features = (line: string) => `${shop}\nfeatures fx {\n  from: sales\n  f = ${line}\n}`;
const entity = (line: string) => `${shop}\nfeatures fx for product {\n  from: sales\n  f = ${line}\n}`;
const slice = (line: string) => `${shop}\nevaluation e of ranker {\n  slice s = ${line}\n  require auc >= 0.6\n}`;
const dataset = (line: string) => `${shop}\ndataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  ${line}\n}`;
const input = (line: string) => `${shop}\nmodel m {\n  predict: bought from examples\n  inputs {\n    i = ${line}\n  }\n}`;

describe("what reads columns and has no value, or one and the same", () => {
  test.each([
    features("«count / 0» //~ out-of-range: `count / 0` has no value in any row: it is always missing"),
    features("«count % 0» //~ out-of-range: `count % 0` has no value in any row"),
    features("«log(-1) * price» //~ out-of-range: has no value in any row"),
    features("«log(-abs(price))» //~ out-of-range: has no value in any row"),
    features("«price * 0» //~ type-mismatch: `price * 0` is the same in every row: 0"),
    features("«cost * 0» //~ type-mismatch: `cost * 0` is the same in every row: 0 wherever there is a value"),
    features("«price ^ 0» //~ type-mismatch: is the same in every row: 1"),
    features("«count % 1» //~ type-mismatch: is the same in every row: 0"),
    features("«clip(price, 5.0, 3.0)» //~ type-mismatch: `clip(price, 5.0, 3.0)` is the same in every row: 3"),
    features("«hour_of_day(at) == 25» //~ type-mismatch: is the same in every row: false"),
    features("«day_of_week(at) >= 7» //~ type-mismatch: is the same in every row: false"),
    features("«month(at) in 1..12» //~ type-mismatch: is the same in every row: true"),
    features("«day_of_month(at) in [32, 40]» //~ type-mismatch: is the same in every row: false"),
    features("«if hour_of_day(at) > 23 then price else 2.0» //~ type-mismatch: is the same in every row: 2"),
    features("«abs(price) < 0 or hour_of_day(at) < 0» //~ type-mismatch: is the same in every row: false"),
    features("«waited * 0» //~ type-mismatch: is the same in every row: 0s"),
    entity("«avg(price) over 7d / 0» //~ out-of-range: has no value in any row"),
    entity("«(count() over 7d) < 0» //~ type-mismatch: is the same in every row: false"),
    entity("sum(«price * 0») over 7d //~ type-mismatch: is the same in every row: 0"),
    entity("count(where «hour_of_day(at) > 23») over 7d //~ type-mismatch: is the same in every row: false"),
    slice("«sales.count / 0 > 3» //~ out-of-range: has no value in any row"),
    slice("«hour_of_day(sales.at) == 25» //~ type-mismatch: is the same in every row: false"),
    dataset("weight: «count / 0» //~ out-of-range: `weight` has no value in any row: `count / 0` is always missing"),
    dataset("weight: «price * 0» //~ out-of-range: `weight` is never more than 0: no example would count"),
    dataset("weight: «0 - abs(price) - 1» //~ out-of-range: `weight` must be at least 0, but this is at most -1"),
    input("«price / 0» //~ out-of-range: has no value in any row"),
    input("standardize(«price * 0») //~ type-mismatch: is the same in every row: 0"),
    'source x {\n  read: csv("a")\n  columns {\n    a: int\n    b: float? = «a / 0» //~ out-of-range: has no value in any row\n  }\n}',
    'source x {\n  read: csv("a")\n  time: t\n  columns {\n    t: timestamp\n    a: int\n  }\n  expect {\n    require «hour_of_day(t) <= 23» //~ type-mismatch: is the same in every row: true\n  }\n}',
    `${shop}\nlabel l: bool {\n  of: sales\n  is: «day_of_week(at) > 6» //~ type-mismatch: is the same in every row: false\n}`,
    dataset("").replace("examples: sales", "examples: sales where «day_of_week(at) == 7» //~ type-mismatch: is the same in every row: false"),
  ])("%s", (text) => check(text));
});

describe("what differs, however little", () => {
  test.each([
    features("price / (count - 2)"), features("price * 0.001"), features("price ^ 2"), features("count % 2"), features("clip(price, 3.0, 5.0)"), features("hour_of_day(at) == 23"),
    features("day_of_year(at) == 366"), features("if count > 3 then 1.0 else price / 0"), features("coalesce(cost, 0.0) * 2"), features("is_null(cost)"), features("hour_of_day(at) > 22 and price > 3"), features("round(price / 1000)"),
    features("is_null(cost * 0)"), features("log(price)"), features("sqrt(price - 1000000)"), features("exp(price) > 0"), slice("year(sales.at) > 3000"), dataset("weight: coalesce(cost, 0.0)"), dataset("weight: price - 1"), dataset("weight: 2"),
    dataset("").replace("examples: sales", "examples: sales where cost * 0 == 0"),
  ])("%s", (text) => check(text));
});

test("a baseline", () => check(`${shop}\nevaluation e of ranker {\n  baseline b = «0.5 / 0» //~ out-of-range: \`b\` has no value for any row\n  require auc >= b.auc\n}`));
