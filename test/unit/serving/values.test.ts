import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { scalarOf } from "../../../runtime/serving/values.ts";
import { RecentPredictions } from "../../../runtime/serving/recent.ts";
import { columnName } from "../../../runtime/data/sql/quote.ts";
import { predictionLine } from "../../../runtime/serving/log-line.ts";
import type { Contract } from "../../../runtime/serving/contract.ts";

const taken = (kind: ScalarKind, value: unknown) => {
  try {
    return scalarOf(kind, value, () => "here");
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a request's value", () => {
  it.each<[ScalarKind, unknown, string | number | boolean | bigint]>([
    ["int", 3, 3], ["int", -0, -0], ["int", 3.5, "value-invalid"], ["int", "3", "value-invalid"], ["int", 2 ** 53, "value-invalid"], ["int", true, "value-invalid"],
    ["float", 3, 3], ["float", 1e308, 1e308], ["float", Infinity, "number-not-finite"], ["float", "NaN", "value-invalid"], ["float", [1], "value-invalid"],
    ["bool", false, false], ["bool", 0, "value-invalid"], ["bool", "true", "value-invalid"],
    ["string", "", ""], ["string", 3, "value-invalid"], ["string", {}, "value-invalid"], ["string", "a\ud800", "a\ufffd"],
    ["timestamp", "1970-01-01T00:00:01Z", 1_000_000n], ["timestamp", "1970-01-01 00:00:00.000001", 1n], ["timestamp", 5, 5n], ["timestamp", 0.5, "value-invalid"], ["timestamp", "2026-02-30", "value-invalid"],
    ["date", "1970-01-02", 86_400_000_000n], ["duration", 1500, 1500], ["duration", "1s", "value-invalid"],
  ])("for %s: %s is %s", (kind, value, expected) => {
    expect(taken(kind, value)).toEqual(expected);
  });
});

describe("recent predictions", () => {
  it("remember the newest and forget in bulk, within bounds", () => {
    const recent = new RecentPredictions(10);
    for (let i = 0; i < 100; i++) recent.add(String(i), null, null);
    const remembered = Array.from({ length: 100 }, (_, i) => i).filter((i) => recent.get(String(i)) !== undefined);
    expect(remembered.length).toBeGreaterThanOrEqual(5);
    expect(remembered.length).toBeLessThanOrEqual(10);
    expect(remembered.at(-1)).toBe(99);
  });
});

describe("a log line", () => {
  const contract: Contract = {
    columns: [
      { name: "a", kind: "string", nullable: true, required: false, field: '__proto__"\n', isNow: false, personal: false }, { name: "view.b", kind: "timestamp", nullable: true, required: false, field: "view.b", isNow: false, personal: false },
    ],
    fromRequest: [0], lookups: [], units: [], fields: new Set(), pseudonyms: null,
  };

  it("is one line of JSON whatever the values are", () => {
    fc.assert(fc.property(fc.string(), fc.option(fc.string()), fc.option(fc.bigInt({ min: 0n, max: 2n ** 53n })), (id, text, time) => {
      const line = predictionLine('"service":"s","model":"m"', { id, timeUs: 5, version: null, arm: text, unit: text, prediction: { value: 0.5, label: text, probabilities: null }, fallback: null, latencyMs: 1.23456, error: null }, contract, { values: [text, time], sentKeys: [] });
      expect(line).not.toContain("\n");
      const parsed = JSON.parse(line) as Record<string, unknown>;
      expect(parsed).toMatchObject({ id, arm: text, class: text, prediction: 0.5, latency_ms: 1.235, features: { "view.b": time === null ? null : Number(time) } });
      expect(Object.entries(parsed["request"] as object)).toEqual([[columnName('__proto__"\n'), text]]);
    }));
  });
});
