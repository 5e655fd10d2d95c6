import { describe, expect, test } from "vitest";
import { missedShares, missedSharesLine } from "../../../runtime/data/missed-shares.ts";

const split = { kind: "group" as const, by: ["shop"], train: 0.7, validate: 0.1, test: 0.2 };

describe("a split", () => {
  test.each([
    ["as it was asked for", [700, 100, 200], false],
    ["up to a quarter of the smaller side, or three points", [720, 130, 150], false],
    ["a validation part of four points too much", [670, 140, 190], true],
    ["a test part of half of what was asked for", [846, 46, 108], true],
  ])("%s", (_, [train = 0, validate = 0, rest = 0], missed) => expect(missedShares(split, false, { train, validate, test: rest }) !== null).toBe(missed));

  test("of whom the test rows are another source's divides the others", () => {
    const ninety = { kind: "hash" as const, by: [], train: 0.9, validate: 0.1, test: 0 };
    expect(missedShares(ninety, true, { train: 900, validate: 100, test: 5000 })).toBeNull();
    expect(missedShares(ninety, true, { train: 700, validate: 300, test: 5000 })).toMatchObject([{ part: "train", got: 0.7 }, { part: "validate", got: 0.3 }]);
  });

  test("without rows says nothing", () => expect(missedShares(split, false, { train: 0, validate: 0, test: 0 })).toBeNull());

  test("says what was asked for, what came out and why", () => {
    const shares = missedShares(split, false, { train: 846, validate: 46, test: 108 }) ?? [];
    expect(missedSharesLine({ name: "all", split }, shares)).toBe(
      "dataset all is split otherwise than was asked for: 70% train, 10% validate, 20% test were asked for, 84.6% train, 4.6% validate, 10.8% test came out. Groups stay together, and few or large ones fall unevenly",
    );
  });
});
