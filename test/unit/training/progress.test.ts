import { describe, expect, test } from "vitest";
import type { EpochResult, TrainingProblem } from "../../../runtime/training/engine.ts";
import { bestEpoch, epochResult, problemHash, stopReason } from "../../../runtime/training/progress.ts";

const history = (...losses: readonly (number | null)[]): EpochResult[] =>
  losses.reduce<EpochResult[]>((before, loss) => [...before, epochResult(before, 1, loss)], []);

const problem: TrainingProblem = {
  task: "binary", classes: 2, denseWidth: 3, embeddings: [], layers: [],
  train: { optimizer: { kind: "sgd", rate: 1, momentum: 0, weightDecay: 0 }, batch: 8, epochs: 10, seed: 1, patience: 2, device: "cpu", engine: "onnxruntime", budgetMs: null },
};

describe("the best epoch", () => {
  test.each([
    [[], 0], [[3, 2, 1], 3], [[1, 2, 3], 1], [[2, 1, 1, 3], 2], [[null, null], 2],
  ])("of validation losses %j is %i", (losses, best) => expect(bestEpoch(history(...losses))).toBe(best));
});

describe("training stops", () => {
  const stops = (losses: readonly (number | null)[], overBudget = false, train: Partial<TrainingProblem["train"]> = {}) =>
    stopReason(history(...losses), { ...problem.train, ...train }, overBudget);
  test("after the last epoch", () => expect(stops([3, 2, 1], false, { epochs: 3 })).toBe("epochs"));
  test("after `patience` epochs that were no better", () => {
    expect(stops([1, 2])).toBe(null);
    expect(stops([1, 2, 3])).toBe("patience");
    expect(stops([1, 2, 0.5])).toBe(null);
    expect(stops([1, 2, 3], false, { patience: null })).toBe(null);
  });
  test("when the budget is spent, but not before one epoch is done", () => {
    expect(stops([3], true)).toBe("budget");
    expect(stops([], true)).toBe(null);
  });
});

describe("a training continues another", () => {
  const rows = { train: 100, validate: 10 };
  const same = (other: TrainingProblem, otherRows = rows) => problemHash(problem, rows) === problemHash(other, otherRows);
  const training = (parts: Partial<TrainingProblem["train"]>): TrainingProblem => ({ ...problem, train: { ...problem.train, ...parts } });
  test("with more epochs, other patience, budget or device", () =>
    expect(same(training({ epochs: 99, patience: null, budgetMs: 5, device: "gpu-preferred" }))).toBe(true));
  test("but not with another seed, batch, rate, network or data", () => {
    expect(same(training({ seed: 2 }))).toBe(false);
    expect(same(training({ batch: 9 }))).toBe(false);
    expect(same(training({ optimizer: { kind: "sgd", rate: 2, momentum: 0, weightDecay: 0 } }))).toBe(false);
    expect(same({ ...problem, denseWidth: 4 })).toBe(false);
    expect(same(problem, { train: 101, validate: 10 })).toBe(false);
  });
});
