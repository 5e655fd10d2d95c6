import { describe, expect, test } from "vitest";
import { downstream, lineageOf, nodesNamed, subgraph, upstream } from "../../../language-server/analysis/lineage.ts";
import {
  agg, call, col, column, countOver, dataset, day, evaluation, exampleColumn, feature, input, laterLabel, line, model, num, over, purchases, rateAtLeast, requestView,
  rollout, rowFeature, rowLabel, shop, slo, source, spec, stage, view,
} from "./spec-builder.ts";

const edgesInto = (graph: ReturnType<typeof lineageOf>, id: string) =>
  graph.edges.filter(({ to }) => to === id).map(({ from, kind, through }) => [from, kind, ...through].join(" ")).sort();
const ids = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id).sort();

describe("lineage", () => {
  test("follows a column from the source to the rollout", () => {
    const graph = lineageOf(shop());
    expect(ids(downstream(graph, "column:impressions.country"))).toEqual([
      "dataset-column:shown.country", "evaluation:quality", "model-input:ranker.country", "model:ranker", "rollout:release", "service:recommend", "slo:available",
    ]);
  });

  test("finds what a service comes from", () => {
    const found = ids(upstream(lineageOf(shop()), "service:recommend"));
    expect(found).toEqual(expect.arrayContaining(["entity:shopper", "source:purchases", "column:purchases.bought_at", "feature:history.bought_28d", "label:purchased", "dataset:shown", "model:ranker"]));
    expect(found).not.toContain("column:purchases.price");
    expect(found).not.toContain("slo:available");
  });

  test("keeps what only decides apart from what is in the value", () => {
    const spent = feature("spent", over("sum", call("multiply", col("price"), num(2)), -day, 0, call("equal", col("currency"), col("currency"))));
    const graph = lineageOf(shop({
      sources: [source("purchases", [column("shopper_id", { entity: "shopper" }), column("price"), column("currency"), column("bought_at"), column("test")], { time: "bought_at" })],
      features: [view("history", "shopper", "purchases", [spent], { where: call("not", col("test", "bool")) })],
    }));
    expect(edgesInto(graph, "feature:history.spent")).toEqual([
      "column:purchases.bought_at selects", "column:purchases.currency selects sum equal", "column:purchases.price value sum multiply",
      "column:purchases.shopper_id selects", "column:purchases.test selects", "source:purchases selects",
    ]);
  });

  test("shows computed columns, label rules, slices and weights", () => {
    const rides = source("rides", [column("day"), column("hour"), column("count"), column("at", { value: call("add", col("day"), col("hour")) })], { time: "at" });
    const graph = lineageOf(spec({
      sources: [rides], labels: [rowLabel("busy", "rides", call("greater", col("count"), num(100)))],
      datasets: [dataset("hours", "rides", "busy", [exampleColumn("hour"), exampleColumn("day", { role: "slice" })], { weight: col("count"), onePer: ["day"] })],
      models: [model("bikes", "hours", [])],
      evaluations: [evaluation("quality", "bikes", [], { slices: [{ name: "day", origin: line(0), value: col("day") }] })],
    }));
    expect(edgesInto(graph, "column:rides.at")).toEqual(["column:rides.day value add", "column:rides.hour value add", "source:rides holds"]);
    expect(edgesInto(graph, "label:busy")).toEqual(["column:rides.count value greater"]);
    expect(edgesInto(graph, "dataset:hours")).toEqual(["column:rides.count selects", "column:rides.day selects", "label:busy labels", "source:rides selects"]);
    expect(edgesInto(graph, "evaluation:quality")).toEqual(["dataset-column:hours.day selects", "model:bikes judged-by"]);
    expect(ids(downstream(graph, "dataset-column:hours.day"))).toEqual(["evaluation:quality"]);
  });

  test("shows a row feature again where the compiler has put its expression", () => {
    const hour = call("hour_of_day", col("at"));
    const base = dataset("shown", "impressions", "purchased", [exampleColumn("at", { from: { kind: "example", column: "shown_at", field: "at" } })]);
    const graph = lineageOf(shop({
      features: [requestView("moment", [column("at", { kind: "timestamp" })], [feature("hour", hour)])],
      datasets: [{ ...base, features: [rowFeature("moment.hour", hour)] }],
      models: [model("ranker", "shown", [input("night", call("less", hour, num(6)))])],
    }));
    expect(edgesInto(graph, "model-input:ranker.night")).toEqual(["dataset-feature:shown.moment.hour value less"]);
    expect(edgesInto(graph, "dataset-feature:shown.moment.hour")).toEqual(["dataset-column:shown.at value hour_of_day", "feature:moment.hour value"]);
    expect(edgesInto(graph, "feature:moment.hour")).toEqual(["request-field:moment.at value hour_of_day"]);
    expect(edgesInto(graph, "dataset-column:shown.at")).toEqual(["column:impressions.shown_at value", "dataset:shown holds"]);
  });

  test("ties later-events labels to their events, and to what they are judged by", () => {
    const labels = [laterLabel("purchased", "impressions", "purchases", day, {
      rule: { kind: "later-events", events: "purchases", same: [{ example: "shopper_id", event: "shopper_id" }], value: agg(over("sum", col("price"), 0, day)), withinMs: day },
    })];
    const graph = lineageOf(shop({
      labels, slos: [slo("buying", "recommend", 0.04, day, { indicator: { kind: "label-rate", label: "purchased" } })],
      rollouts: [rollout("release", "ranker", "recommend", [stage("ramp", 0.5, day, [rateAtLeast("purchased", 0.9)])])],
    }));
    expect(edgesInto(graph, "label:purchased")).toEqual([
      "column:impressions.shopper_id selects", "column:purchases.price value sum", "column:purchases.shopper_id selects", "source:purchases selects",
    ]);
    expect(edgesInto(graph, "slo:buying")).toEqual(["label:purchased judged-by", "service:recommend judged-by"]);
    expect(edgesInto(graph, "rollout:release")).toEqual(["label:purchased judged-by", "model:ranker judged-by", "service:recommend judged-by"]);
  });

  test("leaves no edge that leads nowhere when the spec is partial", () => {
    const graph = lineageOf(shop({ sources: [], labels: [] }));
    const known = new Set(ids(graph.nodes));
    expect(graph.edges.every(({ from, to }) => known.has(from) && known.has(to))).toBe(true);
  });

  test("is plain data, the same each time", () => {
    const graph = lineageOf(shop());
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    expect(lineageOf(shop())).toEqual(graph);
    expect(nodesNamed(graph, "impressions.country")[0]).toEqual({ id: "column:impressions.country", kind: "column", name: "impressions.country", type: "string", origin: line(0), tags: [] });
  });

  test("finds nodes by their name or the end of it, and cuts out a part", () => {
    const graph = lineageOf(shop());
    expect(ids(nodesNamed(graph, "ranker"))).toEqual(["model:ranker"]);
    expect(ids(nodesNamed(graph, "bought_28d"))).toEqual(["feature:history.bought_28d"]);
    expect(nodesNamed(graph, "nonsense")).toEqual([]);
    const part = subgraph(graph, new Set(["model:ranker", "service:recommend", "slo:available"]));
    expect(part.edges.map(({ kind }) => kind)).toEqual(["serves", "judged-by"]);
  });

  test("ends when features feed each other in a circle", () => {
    const looped = source("loop", [column("a", { value: col("b") }), column("b", { value: col("a") })]);
    expect(ids(upstream(lineageOf(spec({ sources: [looped] })), "column:loop.a"))).toEqual(["column:loop.b", "source:loop"]);
  });

  test("reads a feature of many columns without delay growing in squares", () => {
    const columns = Array.from({ length: 3000 }, (_, i) => column(`c${i}`));
    const graph = lineageOf(shop({ sources: [source("impressions", columns), purchases()], features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-day))])] }));
    expect(downstream(graph, "source:impressions").length).toBeGreaterThan(3000);
  });
});
