/** Which raw inputs expressions need. */
import { expect, test } from "vitest";
import { rawInputsOf } from "../../../runtime/export/signature.ts";
import { textAndHashColumns } from "../../../runtime/preprocess/columns.ts";
import { call, col, lit } from "../../integration/preprocess/spec.ts";
import { column } from "../../integration/preprocess/random-expressions.ts";

const sku = col("sku", "string");

test("under a hashing encoding texts are needed as hashes, everything else as it is", () => {
  const value = { op: "if" as const, type: sku.type, when: call("equal", "bool", col("n", "int"), lit(1, "int")), then: sku, else: lit("none", "string") };
  expect(textAndHashColumns([{ value, hashed: true }])).toEqual({ plain: new Set(["n"]), hashed: new Set(["sku"]) });
  expect(textAndHashColumns([{ value, hashed: false }])).toEqual({ plain: new Set(["n", "sku"]), hashed: new Set() });
});

test("hashed() reads the hash only", () => {
  expect(textAndHashColumns([{ value: call("hashed", "int", sku), hashed: false }])).toEqual({ plain: new Set(), hashed: new Set(["sku"]) });
});

test("only columns that are read become inputs, in the dataset's order", () => {
  const columns = [column("unused", "float", false), column("sku", "string", true), column("n", "int", false)];
  const inputs = rawInputsOf([{ value: col("n", "int"), hashed: false }, { value: sku, hashed: true }, { value: sku, hashed: false }], columns, "model");
  expect(inputs.map(({ name, text, hash }) => ({ name, text, hash }))).toEqual([{ name: "sku", text: true, hash: true }, { name: "n", text: true, hash: false }]);
});

test("a column that the dataset does not have is refused by name", () => {
  expect(() => rawInputsOf([{ value: sku, hashed: false }], [], "ranker")).toThrow("'ranker' reads the column 'sku', which its dataset does not have");
});
