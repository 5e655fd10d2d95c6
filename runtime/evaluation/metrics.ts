/** Which metrics are asked for, and what it means when one has no value. Pure. */
import { metricsOfTask, type Evaluation, type MetricName, type Task } from "../../grammar/compiled-spec/index.ts";

/** What the evaluation asks for or requires, in its order. A metric that its task does not have stays in, without a value. */
export function metricsAsked({ metrics, requirements }: Pick<Evaluation, "metrics" | "requirements">): readonly MetricName[] {
  return [...new Set([...metrics, ...requirements.map(({ metric }) => metric)])];
}

/** What a slice is called where its expression is null. A text that is called so stands in quotes, and so does one that begins with a quote: no two values share a slice. */
export const missingSlice = "missing";

/** Why a metric has no value over rows that weigh something, or nothing. */
export function whyUndefined(metric: MetricName, task: Task, weightless = false): string {
  if (!metricsOfTask[task].includes(metric)) return `${metric} is not defined for a ${task} model`;
  if (weightless) return `${metric} is undefined: no row carries weight`;
  switch (metric) {
    case "auc": return "auc is undefined: all labels are the same";
    case "precision": return "precision is undefined: nothing is predicted positive";
    case "recall": return "recall is undefined: there is no positive label";
    case "f1": return "f1 is undefined: nothing is positive, neither predicted nor labelled";
    case "r2": return "r2 is undefined: all labels are the same";
    default: return `${metric} is undefined: no row carries weight`;
  }
}
