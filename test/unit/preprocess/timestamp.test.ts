import fc from "fast-check";
import { expect, test } from "vitest";
import { microsecondsOf } from "../../../runtime/preprocess/timestamp.ts";

test("a time without offset is UTC, whatever the machine's zone", () => {
  expect(microsecondsOf("1970-01-01T00:00:01")).toBe(1_000_000n);
  expect(microsecondsOf("1970-01-01 00:00:01")).toBe(1_000_000n);
  expect(microsecondsOf("1970-01-02")).toBe(86_400_000_000n);
  expect(microsecondsOf("1970-01-01T00:00")).toBe(0n);
});

test("offsets are taken off", () => {
  expect(microsecondsOf("1970-01-01T02:00:00+02:00")).toBe(0n);
  expect(microsecondsOf("1969-12-31T23:30:00-0030")).toBe(0n);
  expect(microsecondsOf("1970-01-01T01:00:00+01")).toBe(0n);
});

test("microseconds are kept, before 1970 too; what is finer is cut", () => {
  expect(microsecondsOf("1969-12-31T23:59:59.999999Z")).toBe(-1n);
  expect(microsecondsOf("1970-01-01T00:00:00.1234567Z")).toBe(123_456n);
});

test("what is no time is null", () => {
  for (const text of ["", "yesterday", "2026-02-30", "2026-13-01", "2026-01-01T24:00:00Z", "2026-1-1", "20260101", "2026-01-01T00:00:00Zulu"]) expect(microsecondsOf(text), text).toBeNull();
});

test("every millisecond reads as JavaScript's Date writes it", () => {
  fc.assert(fc.property(fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
    expect(microsecondsOf(date.toISOString())).toBe(BigInt(date.getTime()) * 1000n);
  }));
});
