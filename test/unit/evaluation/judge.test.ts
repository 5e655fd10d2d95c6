/** Gates are pure: figures in, verdicts with reasons out. */
import { expect, test } from "vitest";
import type { Evaluation, MetricRequirement } from "../../../grammar/compiled-spec/index.ts";
import type { SliceMetrics } from "../../../runtime/events.ts";
import { judge, type Measured } from "../../../runtime/evaluation/judge.ts";

const files = [{ path: "shop.mlspec" }];
const whole = (metrics: Record<string, number | null>, rows = 1000): SliceMetrics => ({ slice: null, rows, metrics });
const slice = (name: string, value: string, metrics: Record<string, number | null>, rows = 1000): SliceMetrics => ({ slice: { name, value }, rows, metrics });

function requirement(changes: Partial<MetricRequirement>): MetricRequirement {
  return {
    origin: { file: 0, range: [11, 2, 11, 30] }, text: "auc >= 0.7", metric: "auc", comparison: ">=", bound: { kind: "constant", value: 0.7 }, by: null, ...changes,
  };
}

const bool = { kind: "bool", optional: true } as unknown as Evaluation["slices"][number]["value"]["type"];
const named = [{ name: "vip", value: { op: "literal", value: true, type: bool } }] as unknown as Evaluation["slices"];

function gatesOf(changes: Partial<MetricRequirement>, measured: Partial<Measured>) {
  return judge({ requirements: [requirement(changes)], minRows: 50, slices: named }, "binary", { slices: [], baselines: [], current: null, ...measured }, files);
}

test("a gate says what was required, where, what was found and by how much it failed", () => {
  expect(gatesOf({}, { slices: [whole({ auc: 0.652 })] })).toEqual([{
    text: "auc >= 0.7", outcome: "failed", metric: "auc", slice: null, value: 0.652, comparison: ">=", bound: 0.7,
    reason: "too low by 0.048", file: "shop.mlspec", line: 12,
  }]);
});

test.each([
  { comparison: ">=", below: "too low by 0.1", at: null, above: null },
  { comparison: ">", below: "too low by 0.1", at: "exactly the bound, which > excludes", above: null },
  { comparison: "<=", below: null, at: null, above: "too high by 0.1" },
  { comparison: "<", below: null, at: "exactly the bound, which < excludes", above: "too high by 0.1" },
] as const)("auc $comparison 0.7, from below to above", ({ comparison, below, at, above }) => {
  const gates = [0.6, 0.7, 0.8].map((auc) => gatesOf({ comparison }, { slices: [whole({ auc })] })[0]);
  const wanted = [below, at, above];
  expect(gates.map((gate) => gate?.reason)).toEqual(wanted);
  expect(gates.map((gate) => gate?.outcome)).toEqual(wanted.map((reason) => (reason === null ? "passed" : "failed")));
});

test("how far off is told in three digits", () => {
  const reason = (auc: number) => gatesOf({}, { slices: [whole({ auc })] })[0]?.reason;
  expect([reason(0.69), reason(0.576_54), reason(-0.3), reason(-9.3), reason(-99.3), reason(-12_345)]).toEqual([
    "too low by 0.01", "too low by 0.123", "too low by 1", "too low by 10", "too low by 100", "too low by 12300",
  ]);
});

test("a whole is judged by all of its rows, not by its slices, and however few they are", () => {
  expect(gatesOf({}, { slices: [slice("sex", "F", { auc: 0.1 }), whole({ auc: 0.8 }, 3)] })).toMatchObject([{ slice: null, value: 0.8, outcome: "passed" }]);
});

test("a whole without test rows has not been met", () => {
  expect(gatesOf({}, { slices: [] })).toEqual([{
    text: "auc >= 0.7", outcome: "failed", metric: "auc", slice: null, value: null, comparison: ">=", bound: 0.7, reason: "there are no test rows", file: "shop.mlspec", line: 12,
  }]);
  expect(gatesOf({ bound: { kind: "current", factor: 1, offset: 0 } }, { current: [whole({ auc: 0.7 })] })).toMatchObject([{ outcome: "failed", bound: null }]);
});

test("a slice is judged from the smallest number of rows on", () => {
  const outcome = (rows: number) => gatesOf({ by: "sex" }, { slices: [slice("sex", "F", { auc: 0.9 }, rows)] })[0]?.outcome;
  expect([outcome(49), outcome(50)]).toEqual(["skipped", "passed"]);
});

test("a requirement from a file that is not listed has no path", () => {
  expect(gatesOf({ origin: { file: 3, range: [0, 0, 0, 1] } }, { slices: [whole({ auc: 0.9 })] })[0]).toMatchObject({ file: "", line: 1 });
});

test("against the live version: factor × its figure + offset", () => {
  const bound: MetricRequirement["bound"] = { kind: "current", factor: 1, offset: -0.002 };
  const [gate] = gatesOf({ bound }, { slices: [whole({ auc: 0.7 })], current: [whole({ auc: 0.701 })] });
  expect(gate).toMatchObject({ outcome: "passed", value: 0.7 });
  expect(gate?.bound).toBeCloseTo(0.699, 12);
});

test("with no live version, or one that never measured it, the gate is skipped and says so", () => {
  const bound: MetricRequirement["bound"] = { kind: "current", factor: 1, offset: 0 };
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.7 })] })[0]).toMatchObject({ outcome: "skipped", bound: null, reason: "no version is live yet: there is nothing to compare with" });
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.7 })], current: [whole({ f1: 0.7 })] })[0]).toMatchObject({ outcome: "skipped", reason: "the live version has no auc to compare with" });
});

test("against a baseline", () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "last_week", factor: 1.1, offset: 0 };
  const gate = (auc: number) => gatesOf({ bound }, { slices: [whole({ auc })], baselines: [{ name: "last_week", slices: [whole({ auc: 0.6 })], model: [whole({ auc })] }] })[0];
  expect(gate(0.7)).toMatchObject({ outcome: "passed", reason: null });
  expect(gate(0.65)).toMatchObject({ outcome: "failed", reason: "too low by 0.01" });
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.65 })] })[0]).toMatchObject({ outcome: "skipped", reason: "there is no baseline last_week" });
});

test("against the baseline of that name among several, or one that never measured it", () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "last_week", factor: 1, offset: 0 };
  const baseline = (name: string, metrics: Record<string, number>) => ({ name, slices: [whole(metrics)], model: [whole({ auc: 0.7 })] });
  const slices = [whole({ auc: 0.7 })];
  expect(gatesOf({ bound }, { slices, baselines: [baseline("popular", { auc: 0.9 }), baseline("last_week", { auc: 0.6 })] })[0]).toMatchObject({ outcome: "passed", bound: 0.6 });
  expect(gatesOf({ bound }, { slices, baselines: [baseline("last_week", { f1: 0.6 })] })[0]).toMatchObject({
    outcome: "skipped", value: 0.7, bound: null, reason: "the baseline last_week has no auc to compare with",
  });
});

test("a baseline whose rows of the model were not measured is compared over the whole", () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "last_week", factor: 1, offset: 0 };
  const baselines = [{ name: "last_week", slices: [whole({ auc: 0.6 }, 900)], model: [] }];
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.7 })], baselines })[0]).toMatchObject({ outcome: "passed", value: 0.7, reason: null });
});

test("a baseline without a prediction for every row is compared over the rows that it has", () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "last_week", factor: 1, offset: 0 };
  const baselines = [{ name: "last_week", slices: [whole({ auc: 0.8 }, 900)], model: [whole({ auc: 0.75 }, 900)] }];
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.9 })], baselines })[0]).toMatchObject({ outcome: "failed", value: 0.75, bound: 0.8, reason: "too low by 0.05, over the 900 of 1000 rows that have a baseline" });
});

test("by a slice: every value is judged; small ones and undefined ones are skipped with the reason", () => {
  const slices = [
    whole({ auc: 0.9 }), slice("sex", "Female", { auc: 0.8 }), slice("sex", "Male", { auc: 0.6 }), slice("sex", "other", { auc: 0.1 }, 12),
    slice("sex", "unknown", { auc: null }), slice("race", "A", { auc: 0.1 }),
  ];
  expect(gatesOf({ by: "sex" }, { slices }).map(({ slice: name, outcome, reason }) => [name, outcome, reason])).toEqual([
    ["sex = Female", "passed", null], ["sex = Male", "failed", "too low by 0.1"],
    ["sex = other", "skipped", "12 rows, fewer than the 50 that a slice is judged by"],
    ["sex = unknown", "skipped", "auc is undefined: all labels are the same"],
  ]);
});

test("a slice is compared with the same slice of the live version", () => {
  const bound: MetricRequirement["bound"] = { kind: "current", factor: 1, offset: 0 };
  const [female, male] = gatesOf({ by: "sex", bound }, { slices: [slice("sex", "F", { auc: 0.8 }), slice("sex", "M", { auc: 0.8 })], current: [whole({ auc: 0.5 }), slice("sex", "F", { auc: 0.9 })] });
  expect(female).toMatchObject({ outcome: "failed", bound: 0.9 });
  expect(male).toMatchObject({ outcome: "skipped", reason: "the live version has no auc for this slice to compare with" });
});

test("slices of the same value but another name are other slices", () => {
  const bound: MetricRequirement["bound"] = { kind: "current", factor: 1, offset: 0 };
  const current = [slice("race", "other", { auc: 0.9 }), slice("sex", "other", { auc: 0.6 })];
  expect(gatesOf({ by: "sex", bound }, { slices: [slice("sex", "other", { auc: 0.8 })], current })).toMatchObject([{ outcome: "passed", bound: 0.6 }]);
});

test("what cannot be measured on the whole has not been met", () => {
  expect(gatesOf({}, { slices: [whole({ auc: null })] })[0]).toMatchObject({ outcome: "failed", reason: "auc is undefined: all labels are the same" });
  expect(gatesOf({ metric: "rmse" }, { slices: [whole({ rmse: null })] })[0]).toMatchObject({ outcome: "failed", reason: "rmse is not defined for a binary model" });
});

test("a slice without rows is skipped", () => {
  expect(gatesOf({ by: "sex" }, { slices: [whole({ auc: 0.9 })] })).toMatchObject([{ outcome: "skipped", slice: "sex", value: null, bound: 0.7, reason: "no test row has a value for sex" }]);
});

test("a yes-or-no slice that is true for no row: what was asked about was not judged, whatever the others are like", () => {
  const found = (...values: string[]) => gatesOf({ by: "vip" }, { slices: [whole({ auc: 0.9 }), ...values.map((value) => slice("vip", value, { auc: 0.9 }))] }).map(({ slice: name, outcome, reason }) => [name, outcome, reason]);
  expect(found("false")).toEqual([["vip = false", "passed", null], ["vip = true", "skipped", "no test row has vip = true"]]);
  expect(found("false", "missing")).toHaveLength(3);
  expect(found("true")).toEqual([["vip = true", "passed", null]]);
});

test("a slice that is missing in all rows is not judged", () => {
  expect(gatesOf({ by: "sex" }, { slices: [whole({ auc: 0.9 }), slice("sex", "missing", { auc: 0.9 })] })).toMatchObject([{ outcome: "skipped", slice: "sex", reason: "no test row has a value for sex" }]);
});

test("a baseline without a value in any row is not met, on the whole", () => {
  const bound: MetricRequirement["bound"] = { kind: "baseline", baseline: "b", factor: 1, offset: 0 };
  const baselines = [{ name: "b", slices: [whole({ auc: null }, 0)], model: [whole({ auc: null }, 0)] }];
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.7 })], baselines })).toMatchObject([{ outcome: "failed", reason: "the baseline b has no value in any test row: there is no auc to compare with" }]);
  expect(gatesOf({ bound, by: "sex" }, { slices: [slice("sex", "F", { auc: 0.7 })], baselines })).toMatchObject([{ outcome: "skipped" }]);
});

test("what is compared with the live version before there is one says that it is the first", () => {
  const bound: MetricRequirement["bound"] = { kind: "current", factor: 1, offset: 0 };
  expect(gatesOf({ bound }, { slices: [whole({ auc: 0.7 })] })[0]).toMatchObject({ outcome: "skipped", first: true });
});
