/** Gates are pure: figures in, verdicts with reasons out. */
import { expect, test } from "vitest";
import type { MetricRequirement } from "../../../grammar/compiled-spec/index.ts";
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

function gatesOf(changes: Partial<MetricRequirement>, measured: Partial<Measured>) {
  return judge({ requirements: [requirement(changes)], minRows: 50 }, "binary", { slices: [], baselines: [], current: null, ...measured }, files);
}

test("a gate says what was required, where, what was found and by how much it failed", () => {
  expect(gatesOf({}, { slices: [whole({ auc: 0.652 })] })).toEqual([{
    text: "auc >= 0.7", outcome: "failed", metric: "auc", slice: null, value: 0.652, comparison: ">=", bound: 0.7,
    reason: "too low by 0.048", file: "shop.mlspec", line: 12,
  }]);
});

test("the bound itself passes >= and <=, and fails > and <", () => {
  const outcome = (comparison: MetricRequirement["comparison"]) => gatesOf({ comparison }, { slices: [whole({ auc: 0.7 })] })[0]?.outcome;
  expect([">=", "<=", ">", "<"].map((each) => outcome(each as MetricRequirement["comparison"]))).toEqual(["passed", "passed", "failed", "failed"]);
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

test("what cannot be measured on the whole has not been met", () => {
  expect(gatesOf({}, { slices: [whole({ auc: null })] })[0]).toMatchObject({ outcome: "failed", reason: "auc is undefined: all labels are the same" });
  expect(gatesOf({ metric: "rmse" }, { slices: [whole({ rmse: null })] })[0]).toMatchObject({ outcome: "failed", reason: "rmse is not defined for a binary model" });
});

test("a slice without rows is skipped", () => {
  expect(gatesOf({ by: "sex" }, { slices: [whole({ auc: 0.9 })] })).toMatchObject([{ outcome: "skipped", slice: "sex", reason: "no test row has a value for sex" }]);
});
