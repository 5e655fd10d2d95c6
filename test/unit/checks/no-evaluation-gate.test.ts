import { describe, expect, test } from "vitest";
import type { MetricRequirement } from "../../../grammar/compiled-spec/index.ts";
import { atLeast, evaluation, findings, line, messages, model, rollout, service, shop, stage } from "./spec-builder.ts";

const check = "no-evaluation-gate";

describe("no-evaluation-gate fires", () => {
  test("when a served model has no evaluation", () => {
    const [finding] = findings(check, shop({ evaluations: [] }));
    expect(finding?.message).toBe(
      "Model `ranker` reaches users through service `recommend`, but nothing stops a bad version: it has no evaluation. Add `evaluation ranker_quality of ranker` with at least one `require`.",
    );
    expect(finding?.severity).toBe("warning");
    expect(finding?.related).toEqual([{ origin: line(0), message: "service `recommend` brings `ranker` to users" }]);
  });

  test("at the model, with what only measures it", () => {
    const evaluations = [evaluation("quality", "ranker", [], { origin: line(30) }), evaluation("other", "challenger", [], { origin: line(31) })];
    const [finding] = findings(check, shop({ models: [{ ...shop().models[0]!, origin: line(12) }], evaluations }));
    expect(finding?.origin).toEqual(line(12));
    expect(finding?.related.slice(1)).toEqual([{ origin: line(30), message: "evaluation `quality` measures, but stops nothing" }]);
  });

  const shares = ["auc", "accuracy", "precision", "recall", "f1", "calibration_error"] as const;
  const losses = ["log_loss", "rmse", "mae"] as const;
  const ranges = [...shares.map((metric) => ({ metric, low: 0, high: 1 })), ...losses.map((metric) => ({ metric, low: 0, high: Infinity })), { metric: "r2" as const, low: -Infinity, high: 1 }];

  test.each(ranges)("for bounds of $metric that its whole range ($low to $high) satisfies, and for no other", ({ metric, low, high }) => {
    const fires = (comparison: MetricRequirement["comparison"], value: number) =>
      messages(check, shop({ evaluations: [evaluation("gate", "ranker", [{ ...atLeast(metric, value), comparison, bound: { kind: "constant", value } }])] })).length === 1;
    const bounds = [-0.5, 0, 0.5, 1, 1.5];
    // What a metric can be, as far as these bounds can tell.
    const possible = [-Infinity, -0.6, 0, 0.25, 0.75, 1, 1.25, 99, Infinity].filter((value) => value >= low && value <= high);
    const allows = { ">=": (a: number, b: number) => a >= b, ">": (a: number, b: number) => a > b, "<=": (a: number, b: number) => a <= b, "<": (a: number, b: number) => a < b };
    for (const comparison of [">=", ">", "<=", "<"] as const) {
      for (const bound of bounds) expect(fires(comparison, bound), `${comparison} ${bound}`).toBe(possible.every((value) => allows[comparison](value, bound)));
    }
  });

  test("when its evaluations only measure", () => {
    expect(messages(check, shop({ evaluations: [evaluation("quality", "ranker", []), evaluation("more", "ranker", [])] }))).toEqual([
      "Model `ranker` reaches users through service `recommend`, but nothing stops a bad version: `quality` and `more` measures without a requirement. Add one, such as `require auc >= 0.7`.",
    ]);
  });

  test("when no model can fail what is required", () => {
    expect(messages(check, shop({ evaluations: [evaluation("quality", "ranker", [atLeast("auc", 0), { ...atLeast("f1", 0), text: "f1 <= 100%", comparison: "<=", bound: { kind: "constant", value: 1 } }])] }))).toEqual([
      "Model `ranker` reaches users through service `recommend`, but nothing stops a bad version: no model can fail `auc >= 0` and `f1 <= 100%`. Require more than the metric's own range.",
    ]);
  });

  test("for a model that only a rollout brings to a service (indirect)", () => {
    const [finding] = findings(check, shop({
      models: [...shop().models, model("challenger", "shown", [])],
      rollouts: [{ ...rollout("trial", "challenger", "recommend", [stage("full", 1, 0)]), origin: line(9) }],
    }));
    expect(finding?.message).toBe(
      "Model `challenger` reaches users through rollout `trial`, but nothing stops a bad version: it has no evaluation. Add `evaluation challenger_quality of challenger` with at least one `require`.",
    );
    expect(finding?.related[0]?.origin).toEqual(line(9));
  });

  test("once for a model that several services answer with", () => {
    expect(findings(check, shop({ evaluations: [], services: [service("a", "ranker"), service("b", "ranker")] }))).toHaveLength(1);
  });
});

describe("no-evaluation-gate is silent", () => {
  test("when one requirement of one evaluation can fail", () => {
    expect(messages(check, shop({ evaluations: [evaluation("numbers", "ranker", []), evaluation("gate", "ranker", [atLeast("auc", 0), atLeast("auc", 0.7)])] }))).toEqual([]);
  });

  test("for a gate against the version that is live", () => {
    expect(messages(check, shop({ evaluations: [evaluation("gate", "ranker", [{ ...atLeast("auc", 0), bound: { kind: "current", factor: 1, offset: -0.005 } }])] }))).toEqual([]);
  });

  test("for R² of at least 0: a model can be worse than the mean", () => {
    expect(messages(check, shop({ evaluations: [evaluation("gate", "ranker", [atLeast("r2", 0)])] }))).toEqual([]);
  });

  test("for a model that nobody serves", () => {
    expect(messages(check, shop({ evaluations: [], services: [], rollouts: [] }))).toEqual([]);
  });

  test("when the served model is not in the spec, or when the evaluation may have been left out for an error", () => {
    expect(messages(check, shop({ models: [], evaluations: [] }))).toEqual([]);
    expect(findings(check, shop({ evaluations: [] }), { partial: true })).toEqual([]);
  });
});
