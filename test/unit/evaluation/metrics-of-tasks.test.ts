/** What the runtime can compute is what the language accepts: one table. */
import { describe, expect, test } from "vitest";
import { lessIsBetter, metricsOfTask, type MetricName, type Task } from "../../../grammar/compiled-spec/index.ts";
import { metricsSql } from "../../../runtime/evaluation/metric-sql.ts";
import { open } from "../language/harness.ts";

const types: Readonly<Record<Task, string>> = { binary: "bool", multiclass: "string", regression: "float" };

const spec = (task: Task, metric: MetricName): string => `source s {
  read: csv("a")
  columns { x: float, y: ${types[task]} }
}
label l: ${types[task]} { of: s, is: y }
dataset d { examples: s, label: l, features: [s.x] }
model m { predict: l from d }
evaluation e of m {
  metrics: [${metric}]
  require ${metric} ${lessIsBetter.has(metric) ? "<=" : ">="} 0.1
}
`;

describe.each(Object.entries(metricsOfTask).map(([task, metrics]) => ({ task: task as Task, metrics })))("$task", ({ task, metrics }) => {
  test("each metric of the table is a column of the query, and no other", () => {
    const last = metricsSql(task, "…", 0.5).split(/\n {2}SELECT slice, rows, total, /).at(-1) ?? "";
    const columns = [...last.slice(0, last.indexOf("FROM")).matchAll(/(?:AS |, )(\w+)(?=,|\s*$|\s*\n)/g)].map((m) => m[1]);
    expect([...new Set(columns)].filter((name) => name !== "unseen").toSorted()).toEqual([...metrics].toSorted());
  });

  test.each(metrics)("%s is accepted, listed and required", async (metric) => {
    const { problems, spec: compiled } = await open(spec(task, metric));
    expect(problems.map((p) => p.message)).toEqual([]);
    expect(compiled.evaluations[0]).toMatchObject({ metrics: [metric], requirements: [{ metric }] });
  });

  test("those of other tasks are refused", async () => {
    for (const metric of Object.values(metricsOfTask).flat().filter((m) => !metrics.includes(m))) {
      expect((await open(spec(task, metric))).problems.map((p) => p.code)).toEqual(["wrong-metric", "wrong-metric"]);
    }
  });
});
