/** What measures the predictions of which task: what the language accepts, and what the runtime computes (`runtime/evaluation/metric-sql.ts`). */
import type { MetricName, Task } from "./model.ts";

export const metricsOfTask: Readonly<Record<Task, readonly MetricName[]>> = {
  binary: ["auc", "log_loss", "accuracy", "precision", "recall", "f1", "calibration_error"],
  /** Precision, recall and F1 are means over the classes, each counting the same. */
  multiclass: ["log_loss", "accuracy", "precision", "recall", "f1"],
  regression: ["rmse", "mae", "r2"],
};
