import { describe, expect, test } from "vitest";
import type { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import {
  call, col, column, countOver, dataset, day, entityColumn, feature, findings, laterLabel, line, messages, model, num, policy, purchases, rateAtLeast, requestView, rollout, rowFeature,
  rowLabel, shop, slo, source, stage, view,
} from "./spec-builder.ts";

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
    expect(findings(check, shop({ sources: [...base.sources, { ...source("clicks", []), origin: line(9) }] }))).toEqual([
      { check, severity: "info", message: "Nothing uses source `clicks`.", origin: line(9), related: [] },
    ]);
  });

  test("for a dataset without a model, once something else has one", () => {
    expect(messages(check, shop({ datasets: [...base.datasets, { ...base.datasets[0]!, name: "old" }] }))).toEqual(["Nothing uses dataset `old`."]);
  });

  test("for a source that only an unused view reads: the view is named, then the source counts as used (indirect)", () => {
    expect(messages(check, shop({ sources: [...base.sources, source("clicks", [])], features: [...base.features, view("clicking", "shopper", "clicks", [])] }))).toEqual(["Nothing uses features `clicking`."]);
  });
});

describe("each use counts by itself:", () => {
  const product = { name: "product", doc: null, origin: line(0), at: {}, key: "sku" };
  const clicks = source("clicks", []);
  const clicked = rowLabel("clicked", "impressions", col("country"));
  const spending = view("spending", "shopper", "purchases", [feature("spent", countOver(-day))]);
  const lead = { name: "lead", doc: null, origin: line(0), at: {}, members: ["a@shop.example"] };
  const [shown] = base.datasets;
  const withColumns = (...columns: Parameters<typeof dataset>[3]) => [{ ...shown!, columns: [...shown!.columns, ...columns] }];
  const second = dataset("second", "impressions", "purchased", []);
  const models = (name: string) => [...base.models, model("other", name, [])];

  /** Without the use, the declaration is named; with it, nothing is. */
  const uses: readonly (readonly [what: string, without: Partial<CompiledSpec>, use: Partial<CompiledSpec>])[] = [
    ["an entity by a source's column", { entities: [...base.entities, product] }, { sources: [...base.sources.slice(0, 1), purchases({ columns: [...purchases().columns, column("sku", { entity: "product" })] })] }],
    ["an entity by a view of it", { entities: [...base.entities, product] }, {
      features: [...base.features, view("stock", "product", "purchases", [feature("left", countOver(-day))])], datasets: withColumns(entityColumn("stock.left", "sku")),
    }],
    ["an entity by a field of the request", { entities: [...base.entities, product] }, {
      features: [...base.features, requestView("moment", [column("sku", { entity: "product" })], [feature("hour", num(1))])],
      datasets: [{ ...shown!, features: [...shown!.features, rowFeature("moment.hour", num(1))] }],
    }],
    ["a source by a view", { sources: [...base.sources, clicks] }, { features: [...base.features, view("clicking", "shopper", "clicks", [feature("n", countOver(-day))])], datasets: withColumns(entityColumn("clicking.n", "shopper_id")) }],
    ["a source by a label's examples", { sources: [...base.sources, clicks] }, { labels: [{ ...base.labels[0]!, of: "clicks" }] }],
    ["a source by a label's later events", { sources: [...base.sources, clicks] }, { labels: [laterLabel("purchased", "impressions", "clicks", day)] }],
    ["a source by a dataset's examples", { sources: [...base.sources, clicks] }, { datasets: [{ ...shown!, examples: "clicks" }] }],
    ["a source by a dataset's test part", { sources: [...base.sources, clicks] }, { datasets: [{ ...shown!, test: "clicks" }] }],
    ["features by a dataset's selection", { features: [...base.features, spending] }, { datasets: [{ ...shown!, features: [...shown!.features, rowFeature("spending.spent", num(1))] }] }],
    ["features by a dataset's column", { features: [...base.features, spending] }, { datasets: withColumns(entityColumn("spending.spent", "shopper_id")) }],
    ["a label by a dataset", { labels: [...base.labels, clicked] }, { datasets: [...base.datasets, { ...second, label: "clicked" }], models: models("second") }],
    ["a label by an objective", { labels: [...base.labels, clicked] }, { slos: [...base.slos, slo("clicks", "recommend", 0.1, day, { indicator: { kind: "label-rate", label: "clicked" } })] }],
    ["a label by a stage", { labels: [...base.labels, clicked] }, { rollouts: [rollout("release", "ranker", "recommend", [stage("full", 1, 0, [rateAtLeast("clicked", 0.9)])])] }],
    ["a dataset by a model", { datasets: [...base.datasets, second] }, { models: models("second") }],
    ["a role by a stage", { roles: [lead] }, { rollouts: [rollout("release", "ranker", "recommend", [stage("full", 1, 0, [], { approve: "lead" })])] }],
    ["a role by a policy", { roles: [lead] }, { policies: [policy("careful", { origin: line(0), text: "", kind: "require-approval", role: "lead", stage: "full" })] }],
  ];

  test.each(uses)("%s", (_, without, use) => {
    expect(messages(check, shop(without))).toHaveLength(1);
    expect(messages(check, shop({ ...without, ...use }))).toEqual([]);
  });

  test("a name of another kind is no use", () => {
    expect(messages(check, shop({ sources: [...base.sources, source("shown", []), source("ranker", [])] }))).toEqual(["Nothing uses source `shown`.", "Nothing uses source `ranker`."]);
  });
});

describe("unused-declaration is silent", () => {
  test("in a file whose only model is imported", () => {
    const models = base.models.map((each) => ({ ...each, origin: line(3, 1) }));
    expect(messages(check, shop({ models, sources: [...base.sources, source("clicks", [])] }))).toEqual([]);
  });

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
