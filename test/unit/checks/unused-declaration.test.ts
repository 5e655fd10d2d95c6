import { describe, expect, test } from "vitest";
import { call, col, countOver, day, feature, findings, laterLabel, line, messages, num, rateAtLeast, requestView, rollout, rowFeature, rowLabel, shop, source, stage, view } from "./spec-builder.ts";

const check = "unused-declaration";
const base = shop();

describe("unused-declaration fires", () => {
  test("for each kind of declaration that nothing names", () => {
    expect(messages(check, shop({
      entities: [...base.entities, { name: "product", doc: null, origin: line(0), at: {}, key: "sku" }],
      features: [...base.features, view("spending", "shopper", "purchases", [feature("spent", countOver(-day))])],
      labels: [...base.labels, laterLabel("returned", "impressions", "purchases", day)],
      sources: [...base.sources, source("clicks", [])],
      roles: [{ name: "lead", doc: null, origin: line(0), at: {}, members: ["a@shop.example"] }],
    }))).toEqual(["Nothing uses entity `product`.", "Nothing uses source `clicks`.", "Nothing uses features `spending`.", "Nothing uses label `returned`.", "Nothing uses role `lead`."]);
    expect(findings(check, shop({ sources: [...base.sources, source("clicks", [])] }))[0]?.severity).toBe("info");
  });

  test("for a dataset without a model, once something else has one", () => {
    expect(messages(check, shop({ datasets: [...base.datasets, { ...base.datasets[0]!, name: "old" }] }))).toEqual(["Nothing uses dataset `old`."]);
  });

  test("for a source that only an unused view reads: the view is named, then the source counts as used (indirect)", () => {
    expect(messages(check, shop({ sources: [...base.sources, source("clicks", [])], features: [...base.features, view("clicking", "shopper", "clicks", [])] }))).toEqual(["Nothing uses features `clicking`."]);
  });
});

describe("unused-declaration is silent", () => {
  test("for what is imported", () => {
    expect(messages(check, shop({ sources: [...base.sources, { ...source("clicks", []), origin: line(3, 1) }] }))).toEqual([]);
  });
  test("in a file without a model: others import it", () => expect(messages(check, shop({ models: [], evaluations: [], services: [], rollouts: [], slos: [] }))).toEqual([]));
  test("while something is left out for an error", () => expect(findings(check, shop({ sources: [...base.sources, source("clicks", [])] }), { partial: true })).toEqual([]));
  test("for a view of the request whose features were inlined, and a label that only a rollout watches", () => {
    const hour = call("hour_of_day", col("at"));
    expect(messages(check, shop({
      features: [...base.features, requestView("moment", [], [feature("hour", num(1))])],
      datasets: [{ ...base.datasets[0]!, features: [...base.datasets[0]!.features, rowFeature("moment.hour", hour)] }],
      labels: [...base.labels, rowLabel("clicked", "impressions", col("country"))],
      rollouts: [rollout("release", "ranker", "recommend", [stage("full", 1, 0, [rateAtLeast("clicked", 0.9)])])],
    }))).toEqual([]);
  });
});
