import { describe, expect, test } from "vitest";
import { MlspecError } from "../../../runtime/errors.ts";
import { dataError } from "../../../runtime/data/database-errors.ts";
import { closest } from "../../../runtime/data/did-you-mean.ts";
import { cuts } from "../../../runtime/data/dataset-parts.ts";
import { identifier, text } from "../../../runtime/data/sql/quote.ts";

describe("the name that was meant", () => {
  test.each([
    ["education_num", ["education", "education-num"], "education-num"],
    ["Adress", ["name", "Address"], "Address"],
    ["cnt", ["count", "temp"], null],
    ["x", [], null],
  ])("%s among %j is %j", (name, names, expected) => {
    expect(closest(name, names)).toBe(expected);
  });
});

describe("DuckDB's errors in our words", () => {
  test.each([
    ["INTERRUPT Error: Interrupted!", "cancelled"],
    ["IO Error: Could not write all bytes to file \"x\": wanted=1 wrote=0 (No space left on device)", "disk-full"],
    ["Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 MiB/1.0 MiB used).\nThis limit was set by the 'max_temp_directory_size' setting.", "disk-full"],
    ["Out of Memory Error: could not allocate block of size 256.0 KiB", "data-out-of-memory"],
    ['IO Error: No files found that match the pattern "x.csv"', "data-file-missing"],
    ["Invalid Input Error: No magic bytes found at end of file 'x.parquet'", "data-file-unreadable"],
    ["Conversion Error: Could not convert string 'x' to INT64", "data-type-mismatch"],
    ["Binder Error: Referenced column \"x\" not found", "data-failed"],
  ])("%s", (message, code) => {
    const error = dataError(new Error(message));
    expect(error.code).toBe(code);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("an error that is ours already stays as it is", () => {
    const ours = new MlspecError("data-failed", "y");
    expect(dataError(ours)).toBe(ours);
  });
});

test("names and texts cannot leave their quotes", () => {
  expect(identifier('a"b')).toBe('"a""b"');
  expect(text("it's")).toBe("'it''s'");
  expect(text("a\0b")).toBe("'a' || chr(0) || 'b'");
});

test("the cuts of a split; with a test source the rest is divided between train and validate", () => {
  const split = { kind: "time" as const, train: 0.8, validate: 0.1, test: 0.1 };
  expect(cuts(split, false)).toEqual({ train: 0.8, validate: 0.9 });
  expect(cuts(split, true).train).toBeCloseTo(8 / 9, 12);
  expect(cuts(split, true).validate).toBe(1);
});
