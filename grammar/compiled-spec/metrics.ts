/** What measures the predictions of which task: what the language accepts, and what the runtime computes (`runtime/evaluation/metric-sql.ts`). */
import type { MetricName, Task } from "./model.ts";

export const metricsOfTask: Readonly<Record<Task, readonly MetricName[]>> = {
  binary: ["auc", "log_loss", "accuracy", "precision", "recall", "f1", "calibration_error"],
  /** Precision, recall and F1 are means over the classes, each counting the same. */
  multiclass: ["log_loss", "accuracy", "precision", "recall", "f1"],
  regression: ["rmse", "mae", "r2"],
};

/** Those of a yes-or-no prediction that first make a yes or no of the probability. */
export const judgeByThreshold: ReadonlySet<MetricName> = new Set(["accuracy", "precision", "recall", "f1"]);

/** Those of which less is better; of the others more is. */
export const lessIsBetter: ReadonlySet<MetricName> = new Set(["log_loss", "calibration_error", "rmse", "mae"]);

/** Probabilities are held within [ε, 1 − ε] in logarithms: one that is 0 costs 34.5. */
export const leastProbability = 1e-15;

/** The values that a metric can have: a bound beyond them decides nothing. */
export const rangeOfMetric: Readonly<Record<MetricName, { readonly low: number; readonly high: number }>> = {
  auc: { low: 0, high: 1 }, accuracy: { low: 0, high: 1 }, precision: { low: 0, high: 1 }, recall: { low: 0, high: 1 }, f1: { low: 0, high: 1 },
  calibration_error: { low: 0, high: 1 }, log_loss: { low: 0, high: -Math.log(leastProbability) }, rmse: { low: 0, high: Infinity }, mae: { low: 0, high: Infinity },
  r2: { low: -Infinity, high: 1 },
};
