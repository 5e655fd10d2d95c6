/** What specs mean: the compiled spec. */
import { fileURLToPath } from "node:url";
import * as Value from "typebox/value";
import { describe, expect, test } from "vitest";
import { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { loadSpec } from "../../../language-server/compile/load.ts";
import { compile, open, shop } from "./harness.ts";

const example = (name: string) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));

describe("examples", () => {
  test.each(["adult/adult.mlspec", "bike-sharing/bike-sharing.mlspec", "online-retail/online-retail.mlspec", "yarnit/yarnit.mlspec"])("%s compiles to the schema, without problems, the same each time", async (name) => {
    const { spec, problems } = await loadSpec(example(name));
    expect(problems.filter((p) => p.severity === "error")).toEqual([]);
    expect([...Value.Errors(CompiledSpec, spec)]).toEqual([]);
    expect((await loadSpec(example(name))).spec).toEqual(spec);
  });

  test("yarnit: entity features are joined by key, request features are put in", async () => {
    const { spec } = await loadSpec(example("yarnit/yarnit.mlspec"));
    const dataset = spec.datasets.find((d) => d.name === "shown_products")!;
    const columns = Object.fromEntries(dataset.columns.map((c) => [c.name, c]));
    expect(columns["product_popularity.sales_7d"]).toMatchObject({ role: "feature", from: { kind: "entity-feature", view: "product_popularity", feature: "sales_7d", key: "sku" } });
    expect(columns["shown_at"]).toMatchObject({ role: "feature", from: { kind: "example", field: "at" } });
    expect(columns["shopper_id"]).toMatchObject({ role: "slice" });
    expect(dataset.features.find((f) => f.name === "moment.hour")?.value).toMatchObject({ op: "call", fn: "hour_of_day", args: [{ op: "column", column: "shown_at" }] });
    expect(spec.labels[0]?.rule).toMatchObject({ kind: "later-events", events: "purchases", same: [{ example: "shopper_id", event: "shopper_id" }, { example: "sku", event: "sku" }] });
    expect(spec.rollouts[0]?.stages[0]?.traffic).toBe(0);
    expect(spec.rollouts[0]?.stages.at(-1)?.traffic).toBe(1);
    expect(spec.rollouts[0]?.stages[2]?.requirements[1]).toMatchObject({ kind: "label-rate", label: "purchased", bound: { kind: "control", offset: 0 } });
    expect(spec.slos.map((s) => s.indicator.kind)).toEqual(["succeeded", "latency", "label-rate"]);
    expect(spec.files.map((f) => f.path.split("/").at(-1))).toEqual(["yarnit.mlspec", "catalog.mlspec"]);
  });

  test("adult: a wildcard without what is excluded, a test source with the same columns", async () => {
    const { spec } = await loadSpec(example("adult/adult.mlspec"));
    const [dataset] = spec.datasets;
    expect(dataset?.features.map((f) => f.name)).not.toContain("income");
    expect(dataset).toMatchObject({ test: "people_test", split: { kind: "hash", by: [], train: 0.9, validate: 0.1, test: 0 } });
    expect(spec.sources[1]?.columns.map((c) => c.name)).toEqual(spec.sources[0]?.columns.map((c) => c.name));
    expect(spec.evaluations[0]?.requirements.map((r) => r.by)).toEqual([null, "sex", "race", null]);
  });
});

describe("defaults", () => {
  test("a model without inputs reads every feature by its type; training, split and service fill themselves in", async () => {
    const spec = await compile(`${shop}service answers { model: ranker }`);
    const [model] = spec.models;
    expect(Object.fromEntries(model!.inputs.map((i) => [i.name, i.encode.kind]))).toEqual({
      recent_sold: "standardize", recent_revenue: "standardize", price: "standardize", count: "standardize", country: "one-hot",
      waited: "standardize", cost: "standardize", comment: "one-hot", gift: "number",
    });
    expect(model?.train).toEqual({
      optimizer: { kind: "adam", rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      batch: 1024, epochs: 10, seed: 42, patience: 3, device: "gpu-preferred", engine: "onnxruntime", budgetMs: null,
    });
    expect(spec.datasets[0]?.split).toEqual({ kind: "time", train: 0.8, validate: 0.1, test: 0.1 });
    expect(spec.services[0]).toMatchObject({ timeoutMs: 100, batch: { size: 32, waitMs: 1 }, log: { flushMs: 1000, hashPii: true, retainMs: null }, otherwise: null });
  });

  test("a log says how often it is written, whether persons stand there in clear, and how long it is kept", async () => {
    const log = async (text: string) => (await compile(`${shop}service answers { model: ranker, log: ${text} }`)).services[0]?.log;
    expect(await log("predictions(flush: 2s, hash_pii: false, retain: 30d)")).toEqual({ flushMs: 2000, hashPii: false, retainMs: 30 * 86_400_000 });
    expect(await log("predictions(retain: 1h)")).toEqual({ flushMs: 1000, hashPii: true, retainMs: 3_600_000 });
    expect(await log("off")).toBeNull();
  });

  test("what a split does not say is what is left", async () => {
    const spec = await compile(`${shop}dataset d {\n  examples: sales\n  label: bought\n  features: [sales.price]\n  split: by_group(sku, train: 70%, validate: 10%)\n}`);
    expect(spec.datasets[1]?.split).toEqual({ kind: "group", by: ["sku"], train: 0.7, validate: 0.1, test: 0.2 });
  });
});

test("a declaration with an error is left out, the rest is compiled", async () => {
  const { spec } = await open(`${shop}dataset broken {\n  examples: nothing\n  label: bought\n  features: []\n}\nmodel orphan { predict: bought from broken }`);
  expect(spec.datasets.map((d) => d.name)).toEqual(["examples"]);
  expect(spec.models.map((m) => m.name)).toEqual(["ranker"]);
  expect([...Value.Errors(CompiledSpec, spec)]).toEqual([]);
});

test("origins point at names, `at` at values", async () => {
  const spec = await compile(shop);
  const [source] = spec.sources;
  const line = shop.split("\n").findIndex((l) => l.startsWith("source sales"));
  expect(source?.origin).toEqual({ file: 0, range: [line, 7, line, 12] });
  expect(source?.at["time"]).toEqual({ file: 0, range: [line + 2, 8, line + 2, 10] });
});

test("documentation and suppressions", async () => {
  const spec = await compile(`/// First line.\n/// Second line.\nentity thing { key: id }\n\n// mlspec-ignore unused-declaration: later\nentity other { key: id }\n`);
  expect(spec.entities.map((e) => e.doc)).toEqual(["First line.\nSecond line.", null]);
  expect(spec.suppressions).toEqual([{ check: "unused-declaration", reason: "later", file: 0, line: 5, comment: [4, 0, 4, 42] }]);
});

test("a label counts later events of its own kind", async () => {
  const spec = await compile(`${shop}label spent: float {\n  of: sales\n  is: coalesce(sum(sales.price where same(product) and gift), 0)\n  within: 30d\n}`);
  expect(spec.labels[1]?.rule).toMatchObject({
    kind: "later-events", value: { fn: "coalesce", args: [{ aggregate: { fn: "sum", argument: { column: "price" }, where: { column: "gift" }, window: { fromMs: 0, toMs: 30 * 86_400_000 } } }, { value: 0 }] },
  });
});

test("bounds are linear in what they compare with", async () => {
  const spec = await compile(`${shop}evaluation e of ranker {\n  baseline usual = 0.5\n  require auc >= current.auc * 99% - 0.01\n  require 0.9 >= log_loss\n  require accuracy > usual.accuracy + 1%\n}`);
  expect(spec.evaluations[0]?.requirements.map((r) => [r.metric, r.comparison, r.bound])).toEqual([
    ["auc", ">=", { kind: "current", factor: 0.99, offset: -0.01 }],
    ["log_loss", "<=", { kind: "constant", value: 0.9 }],
    ["accuracy", ">", { kind: "baseline", baseline: "usual", factor: 1, offset: 0.01 }],
  ]);
});

describe("what a rollout leaves unsaid", () => {
  const stages = async (slo = "") => {
    const spec = await compile(`${shop}
service recommend { model: ranker }
${slo}
rollout silent of ranker on recommend {
  stage shadow { hold: 1h }
  stage half { traffic: 50%, hold: 1h, require latency.p99 < 1s }
  stage loud { traffic: 50%, hold: 1h, require rate(errors) <= 2% }
  stage most { traffic: 100%, hold: 1h }
  stage full { traffic: 100% }
}`);
    return spec.rollouts.find(({ name }) => name === "silent")!.stages.map(({ requirements }) => requirements.map((r) => ({ text: r.text, implied: r.kind === "error-rate" && r.implied === true })));
  };
  const control = { text: "rate(errors) <= control", implied: true };

  test("errors no worse than the control's, in every stage that has one and says nothing about errors", async () => {
    expect(await stages()).toEqual([[control], [{ text: "latency.p99 < 1s", implied: false }, control], [{ text: "rate(errors) <= 2%", implied: false }], [], []]);
  });

  test("with all of the traffic the service's objective stands in for the control", async () => {
    const found = await stages("slo up of recommend { objective: share(succeeded) >= 99.5% over 28d }");
    expect(found.slice(3)).toEqual([[{ text: "rate(errors) <= 0.5%", implied: true }], []]);
  });

  test("how long a stage may last: fourteen days, or four holds where that is longer; then back", async () => {
    const spec = await compile(`${shop}
service recommend { model: ranker }
rollout r of ranker on recommend {
  stage shadow { hold: 1h }
  stage long { traffic: 10%, hold: 5d }
  stage short { traffic: 50%, hold: 1h, at_most: 1d, otherwise: ask }
}`);
    expect(spec.rollouts[0]!.stages.map(({ atMostMs, overdue }) => [atMostMs / 86_400_000, overdue])).toEqual([[14, "roll-back"], [20, "roll-back"], [1, "ask"]]);
  });

  test("a stage that may not last as long as it is held", async () => {
    const { problems } = await open(`${shop}
service recommend { model: ranker }
rollout r of ranker on recommend { stage half { traffic: 50%, hold: 2d, at_most: 1d } }`);
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([["out-of-range", "error"]]);
  });
});
