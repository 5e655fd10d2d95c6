import { expect, test } from "vitest";
import type { BuiltDataset } from "../../../runtime/data/dataset.ts";
import { dataSummary } from "../../../runtime/pipeline/data-stage.ts";

const rows = (n: number) => ({ path: "", rows: n });
const built = (left: Partial<BuiltDataset["report"]>): BuiltDataset => ({
  hash: "h", content: "h", folder: "", columns: [], label: { name: "l", type: { kind: "bool", nullable: false } }, fresh: true,
  parts: { train: rows(8), validate: rows(1), test: rows(1) },
  report: { examples: 10, filtered: 0, duplicates: 0, quarantined: 0, immature: 0, unlabelled: 0, label: { mean: null, counts: null }, future: [], sources: [], contracts: [], warnings: [], ...left },
});
const plain = { examples: "rows", test: null, where: null, onePer: [], quarantines: [] };
const outage = { name: "outage", doc: null, origin: { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] }, at: {}, from: "2026-01-01", to: "2026-01-02", because: "fraud" };

test("a data stage tells what was left out", () => {
  expect(dataSummary(built({ filtered: 3, immature: 2 }), plain)).toEqual({ examples: 10, train: 8, validate: 1, test: 1, filtered: 3, immature: 2 });
});

test("a quarantine, a filter and one per key that leave out nothing say so", () => {
  expect(dataSummary(built({}), { examples: "rows", test: null, where: { op: "literal", type: { kind: "bool", nullable: false }, value: true }, onePer: ["id"], quarantines: [outage] })).toEqual({
    examples: 10, train: 8, validate: 1, test: 1, filtered: 0, "one per key, left out": 0, quarantined: 0,
  });
});
