import { describe, expect, test } from "vitest";
import { call, col, countOver, dataset, day, entityColumn, evaluation, exampleColumn, fallback, feature, findings, input, line, messages, model, num, requestView, rollout, service, shop, stage, view } from "./spec-builder.ts";

const check = "feature-not-online";
const offline = (more = {}) => ({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-28 * day))], { online: false, ...more })] });

describe("feature-not-online fires", () => {
  test("when a served model's input is a feature of a view that is kept offline", () => {
    const [finding] = findings(check, shop(offline({ at: { online: line(6) } })));
    expect(finding?.message).toBe(
      "Model `ranker` answers in service `recommend`, but its input `bought` needs `history.bought_28d`, which has no online value: `history` says `online: false`. "
      + "It would be missing in every request. Keep it online, or take it out of the model.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.fix).toEqual({ title: "Keep `history` online", edits: [{ origin: line(6), newText: "true" }] });
  });

  test("at the input, with the view, what brings the model to users, and the names for programs", () => {
    const models = [model("ranker", "shown", [{ ...input("bought", col("history.bought_28d")), origin: line(12) }])];
    const services = [service("recommend", "ranker", { origin: line(20) })];
    const [finding] = findings(check, shop({ ...offline({ origin: line(5) }), models, services }));
    expect(finding?.origin).toEqual(line(12));
    expect(finding?.related).toEqual([
      { origin: line(5), message: "`history` is computed for training only" }, { origin: line(20), message: "service `recommend` brings `ranker` to users" },
    ]);
    expect(finding?.data).toEqual({ model: "ranker", feature: "history.bought_28d" });
    // Where nothing says `online`, there is no word to replace.
    expect(finding).not.toHaveProperty("fix");
  });

  test("when it is deep inside an input's expression (indirect)", () => {
    const nested = input("activity", call("log1p", call("add", col("history.bought_28d"), num(1))));
    expect(messages(check, shop({ ...offline(), models: [model("ranker", "shown", [nested])] }))[0]).toContain("input `activity` needs `history.bought_28d`");
  });

  test("when only the fallback needs it (indirect)", () => {
    const models = [model("ranker", "shown", [input("country", col("country"))], { fallbacks: [fallback("usual", col("history.bought_28d"))] })];
    expect(messages(check, shop({ ...offline(), models }))).toEqual([
      "Model `ranker` answers in service `recommend`, but its fallback `usual` needs `history.bought_28d`, which has no online value: `history` says `online: false`. "
      + "It would be missing in every request. Keep it online, or take it out of the model.",
    ]);
  });

  test("for a model that a rollout brings", () => {
    const models = [model("challenger", "shown", [input("bought", col("history.bought_28d"))])];
    expect(messages(check, shop({ ...offline(), models, services: [], rollouts: [rollout("trial", "challenger", "recommend", [stage("full", 1, 0)])] }))[0])
      .toContain("Model `challenger` answers in rollout `trial`");
  });
});

describe("feature-not-online is silent", () => {
  test("for a view that is online, refreshed or not", () => expect(messages(check, shop(offline({ online: true, refreshMs: null })))).toEqual([]));

  test("for an offline feature in the dataset that the model does not use", () => {
    expect(messages(check, shop({ ...offline(), models: [model("ranker", "shown", [input("country", col("country"))])] }))).toEqual([]);
  });

  test("for one that only the evaluation slices by", () => {
    const datasets = [dataset("shown", "impressions", "purchased", [entityColumn("history.bought_28d", "shopper_id", { role: "slice" }), exampleColumn("country")])];
    const evaluations = [evaluation("quality", "ranker", [], { slices: [{ name: "new", origin: line(0), value: col("history.bought_28d") }] })];
    expect(messages(check, shop({ ...offline(), datasets, evaluations, models: [model("ranker", "shown", [input("country", col("country"))])] }))).toEqual([]);
  });

  test("for a fallback that no service names", () => {
    const models = [model("ranker", "shown", [], { fallbacks: [fallback("usual", col("history.bought_28d"))] })];
    expect(messages(check, shop({ ...offline(), models, services: [service("recommend", "ranker")] }))).toEqual([]);
    // Another model's fallback of the same name is another fallback.
    const other = model("other", "shown", [], { fallbacks: [fallback("usual", num(1))] });
    expect(messages(check, shop({ ...offline(), models: [...models, other], services: [service("recommend", "ranker"), service("b", "other", { otherwise: "usual" })] }))).toEqual([]);
  });

  test("for a served model that is not in the spec, or whose dataset is not", () => {
    expect(messages(check, shop({ ...offline(), models: [] }))).toEqual([]);
    expect(messages(check, shop({ ...offline(), datasets: [] }))).toEqual([]);
  });

  test("for features computed from the request", () => {
    expect(messages(check, shop({ features: [requestView("history", [], [feature("bought_28d", num(1))])] }))).toEqual([]);
  });

  test("for a model that nobody serves, and when the view is not in the spec", () => {
    expect(messages(check, shop({ ...offline(), services: [], rollouts: [] }))).toEqual([]);
    expect(messages(check, shop({ features: [] }))).toEqual([]);
  });
});
