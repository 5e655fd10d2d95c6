/** A slice groups rows: by a condition, a text, a whole number, not by a measure of which every row has its own. */
import { describe, test } from "vitest";
import { check, shop } from "./harness.ts";

describe("a slice", () => {
  test.each([
    ["slice far = «price» //~ type-mismatch: `price` is a float: nearly every row would be a slice of its own"],
    ["slices: [sales.country, «sales.price»] //~ type-mismatch: `sales.price` is a float"],
    ["slices: [«sales.waited»] //~ type-mismatch: is a duration"],
    ["slice when = «sales.at» //~ type-mismatch: is a timestamp"],
    ["slice far = price > 3"],
    ["slice far = floor(price / 10)"],
    ["slices: [sales.country, sales.count, sales.day, sales.gift]"],
  ])("%s", (line) => check(`${shop}\nevaluation e of ranker {\n  ${line}\n  require auc >= 0.7\n}`));
});
