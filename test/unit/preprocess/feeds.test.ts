/** Raw values become tensors, or the caller learns which input of which row is wrong. */
import { expect, test } from "vitest";
import type { ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { feedsFromColumns, feedsFromRows, type RawValue } from "../../../runtime/preprocess/feeds.ts";
import { hashText } from "../../../runtime/preprocess/hash.ts";
import type { RawInput } from "../../../runtime/preprocess/raw-inputs.ts";

const input = (name: string, kind: ScalarKind, nullable = false): RawInput => ({ name, kind, nullable, text: true, hash: false });
const one = (kind: ScalarKind, value: RawValue) => feedsFromRows([input("x", kind)], [{ x: value }])["x"]?.data;

test("each kind has its tensor, of shape [N, 1]", () => {
  const inputs = (["bool", "int", "float", "string", "timestamp", "date", "duration"] as const).map((kind) => input(kind, kind));
  const feeds = feedsFromRows(inputs, [{ bool: true, int: 7, float: 0.5, string: "é", timestamp: "1970-01-01T00:00:01Z", date: "1970-01-02", duration: 1500 }]);
  expect(feeds).toEqual({
    bool: { type: "bool", shape: [1, 1], data: Uint8Array.of(1) }, int: { type: "int64", shape: [1, 1], data: BigInt64Array.of(7n) },
    float: { type: "double", shape: [1, 1], data: Float64Array.of(0.5) }, string: { type: "string", shape: [1, 1], data: ["é"] },
    timestamp: { type: "int64", shape: [1, 1], data: BigInt64Array.of(1_000_000n) }, date: { type: "int64", shape: [1, 1], data: BigInt64Array.of(86_400_000_000n) },
    duration: { type: "int64", shape: [1, 1], data: BigInt64Array.of(1500n) },
  });
});

test("times may come as microseconds, ints as bigints, floats as ints", () => {
  expect(one("timestamp", 5)).toEqual(BigInt64Array.of(5n));
  expect(one("int", 2n ** 62n)).toEqual(BigInt64Array.of(2n ** 62n));
  expect(one("float", 3n)).toEqual(Float64Array.of(3));
});

test("a nullable input has a second tensor that says where it is present; undefined is null", () => {
  const feeds = feedsFromRows([input("x", "string", true)], [{ x: "a" }, { x: null }, {}]);
  expect(feeds["x.present"]?.data).toEqual(Uint8Array.of(1, 0, 0));
  expect(feeds["x"]?.data).toEqual(["a", "", ""]);
});

test("a hashed text enters by its hash; where it is also read, both enter", () => {
  const hashed = { ...input("x", "string", true), text: false, hash: true };
  expect(feedsFromRows([hashed], [{ x: "日本" }, { x: null }])).toEqual({
    "x.hash": { type: "int64", shape: [2, 1], data: BigInt64Array.of(hashText("日本"), 0n) }, "x.present": { type: "bool", shape: [2, 1], data: Uint8Array.of(1, 0) },
  });
  expect(Object.keys(feedsFromRows([{ ...hashed, text: true }], [{ x: "a" }]))).toEqual(["x", "x.hash", "x.present"]);
});

test("typed columns of the right sort are passed on without a copy", () => {
  const values = Float64Array.of(1, 2);
  expect(feedsFromColumns([input("x", "float", true)], () => ({ values, valid: Uint8Array.of(1, 0) }), 2)["x"]?.data).toBe(values);
});

test("a missing value of an input that is never null is refused by name and row", () => {
  expect(() => feedsFromRows([input("age", "int")], [{ age: 1 }, {}])).toThrow(expect.objectContaining({ code: "input-missing", message: "The input 'age' has no value in row 1." }) as Error);
  expect(() => feedsFromColumns([input("age", "int")], () => undefined, 1)).toThrow(expect.objectContaining({ code: "input-missing" }) as Error);
});

test.each<[ScalarKind, RawValue, string]>([
  ["int", 1.5, "The input 'x' must be a whole number, but row 0 has 1.5."], ["int", "1", "The input 'x' must be a whole number, but row 0 has \"1\"."],
  ["int", 2 ** 60, `The input 'x' must be a whole number, but row 0 has ${2 ** 60}.`], ["int", 2n ** 64n, `The input 'x' must be a whole number, but row 0 has ${2n ** 64n}.`],
  ["float", "abc", "The input 'x' must be a number, but row 0 has \"abc\"."], ["bool", 1, "The input 'x' must be true or false, but row 0 has 1."],
  ["string", 5, "The input 'x' must be a text, but row 0 has 5."], ["timestamp", "soon", "The input 'x' must be a time such as 2026-11-20T09:30:00Z, but row 0 has \"soon\"."],
  ["string", {} as unknown as RawValue, "The input 'x' must be a text, but row 0 has an object."],
])("a %s cannot be %s", (kind, value, message) => {
  expect(() => one(kind, value)).toThrow(expect.objectContaining({ code: "input-invalid", message }) as Error);
});

test("a column named like something that every object has is not there unless it was sent", () => {
  expect(() => feedsFromRows([input("constructor", "string")], [{}])).toThrow(expect.objectContaining({ code: "input-missing" }) as Error);
});
