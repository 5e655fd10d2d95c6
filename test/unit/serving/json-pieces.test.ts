import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInPieces } from "../../../runtime/serving/json-pieces.ts";
import { Turns } from "../../../runtime/serving/turns.ts";

const pace = () => new Turns(() => performance.now()).pace();
const parse = (text: string, deepest = 32): Promise<unknown> => parseInPieces(text, deepest, pace());
/** Long enough to be cut many times over. */
const long = Array.from({ length: 30_000 }, (_, i) => ({ id: `row ${i}`, value: i / 3, "odd \"],{ name": [i, null, "]"] }));

describe("JSON in pieces", () => {
  it("is what JSON.parse makes of it: long lists, lists in lists, and long texts", async () => {
    const cases: unknown[] = [
      long, { rows: long, id: "x" }, { inputs: [{ data: long.map(({ value }) => value) }, { data: long.map(({ id }) => [id]) }, {}] },
      [long.slice(0, 9_000), [long.slice(0, 5_000), "x".repeat(200_000)]], { "": [[], [[]], {}], text: "\\\"[".repeat(50_000) }, [], {}, "a", 3, null,
    ];
    for (const value of cases) expect(await parse(JSON.stringify(value))).toEqual(value);
  });

  it("keeps a member called __proto__ a member", async () => {
    const text = `{"__proto__": ${JSON.stringify(long)}}`;
    const parsed = (await parse(text)) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it("refuses what JSON.parse refuses, wherever it is cut", async () => {
    const whole = JSON.stringify({ rows: long.slice(0, 8_000) });
    await fc.assert(fc.asyncProperty(fc.nat(whole.length - 1), fc.constantFrom("", ",", "]", "}", "[", "{", "\"", "x", ",,"), async (at, put) => {
      const text = whole.slice(0, at) + put + whole.slice(at + 1);
      let expected: unknown = "refused";
      try {
        expected = JSON.parse(text) as unknown;
      } catch { /* refused */ }
      expect(await parse(text).catch(() => "refused")).toEqual(expected);
    }), { numRuns: 60 });
  });

  it("refuses what is nested too deep, and objects that cannot be cut", async () => {
    await expect(parse("[".repeat(100_000))).rejects.toThrow();
    await expect(parse(JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, 1]))))).rejects.toMatchObject({ code: "too-many-fields" });
  });
});
