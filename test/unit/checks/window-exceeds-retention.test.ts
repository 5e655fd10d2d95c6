import { describe, expect, test } from "vitest";
import { agg, call, countOver, dataset, day, entityColumn, feature, findings, impressions, laterLabel, line, messages, purchases, requestView, rowLabel, col, shop, spec, view } from "./spec-builder.ts";

const check = "window-exceeds-retention";
const history = (windowMs: number) => [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-windowMs), { at: { "window.0": line(5) } })])];
const kept = (ms: number | null) => [impressions(), purchases({ retainMs: ms, at: { retain: line(2) } })];

describe("window-exceeds-retention fires", () => {
  test("for a window longer than its source is kept", () => {
    const [finding] = findings(check, shop({ features: history(90 * day), sources: kept(60 * day) }));
    expect(finding?.message).toBe(
      "`history.bought_28d` looks back 90d from the example, but `purchases` is kept for 60d: the oldest 30d of its window are always empty.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.origin).toEqual(line(5));
    expect(finding?.related).toEqual([{ origin: line(2), message: "`purchases` is kept for 60d" }]);
    expect(finding?.fix).toEqual({ title: "Keep `purchases` for 91d", edits: [{ origin: line(2), newText: "91d" }] });
  });

  test("for the longest of several windows in one feature", () => {
    const trend = feature("trend", call("divide", agg(countOver(-7 * day)), agg(countOver(-90 * day))));
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", [trend])], sources: kept(30 * day) }))).toEqual([
      "`history.trend` looks back 90d from the example, but `purchases` is kept for 30d: the oldest 60d of its window are always empty.",
    ]);
  });

  test("for a window that fits alone, but not behind the label of the dataset that uses it (indirect)", () => {
    const labels = [laterLabel("purchased", "impressions", "orders", 30 * day)];
    expect(messages(check, shop({ features: history(90 * day), sources: kept(100 * day), labels }))).toEqual([
      "`history.bought_28d` looks back 90d from the example, and the newest example of `shown` with a known label is 30d old (`purchased`): together 120d, but `purchases` is kept for 100d.",
    ]);
  });

  test("for a label that outlives its events, and one that outlives its examples", () => {
    const labels = [laterLabel("loyal", "impressions", "purchases", 90 * day)];
    expect(messages(check, spec({ labels, sources: [impressions({ retainMs: 30 * day }), purchases({ retainMs: 60 * day })] }))).toEqual([
      "Label `loyal` is known 90d after the example, but `impressions` is kept for 30d: every example is gone before its label is known.",
      "Label `loyal` is known 90d after the example, but `purchases` is kept for 60d: the first events of its window are gone before the last have come.",
    ]);
  });
});

describe("window-exceeds-retention tells", () => {
  const labels = [laterLabel("purchased", "impressions", "orders", 30 * day, { at: { within: line(11) } })];

  test("of a window and a label together: both, the dataset that joins them, and the numbers for programs", () => {
    const datasets = shop().datasets.map((each) => ({ ...each, origin: line(20) }));
    const [finding] = findings(check, shop({ features: history(90 * day), sources: kept(100 * day), labels, datasets }));
    expect(finding?.related).toEqual([
      { origin: line(2), message: "`purchases` is kept for 100d" }, { origin: line(11), message: "label `purchased` matures after 30d" }, { origin: line(20), message: "dataset `shown` has the feature" },
    ]);
    expect(finding?.data).toEqual({ feature: "history.bought_28d", source: "purchases", neededMs: 120 * day, retainMs: 100 * day });
    expect(finding?.fix?.edits).toEqual([{ origin: line(2), newText: "120d" }]);
  });

  test("of a window that just fits by itself that the label is what is too much", () => {
    const message = (ms: number) => messages(check, shop({ features: history(ms), sources: kept(90 * day), labels }))[0];
    expect(message(90 * day)).toContain("together 120d, but `purchases` is kept for 90d.");
    expect(message(91 * day)).toContain("the oldest 1d of its window are always empty.");
  });

  test("of a window that no dataset has by itself", () => {
    expect(messages(check, shop({ features: history(90 * day), sources: kept(60 * day), datasets: [] }))).toHaveLength(1);
    expect(messages(check, shop({ features: history(90 * day), sources: kept(90 * day), datasets: [], labels }))).toEqual([]);
  });

  test.each([["last", [10, 30]], ["first", [30, 10]]] as const)("of several datasets the one whose label matures last (%s)", (_, [first, second]) => {
    const both = [first, second].map((days) => laterLabel(`after_${days}d`, "impressions", "orders", days * day));
    const datasets = both.map(({ name }) => dataset(`to_${name}`, "impressions", name, [entityColumn("history.bought_28d", "shopper_id")]));
    expect(messages(check, shop({ features: history(90 * day), sources: kept(100 * day), labels: both, datasets, models: [] }))).toEqual([
      "`history.bought_28d` looks back 90d from the example, and the newest example of `to_after_30d` with a known label is 30d old (`after_30d`): together 120d, but `purchases` is kept for 100d.",
    ]);
  });

  test("of two that mature at the same time the first", () => {
    const both = ["a", "b"].map((name) => laterLabel(name, "impressions", "orders", 30 * day));
    const datasets = both.map(({ name }) => dataset(`to_${name}`, "impressions", name, [entityColumn("history.bought_28d", "shopper_id")]));
    expect(messages(check, shop({ features: history(90 * day), sources: kept(100 * day), labels: both, datasets, models: [] }))[0]).toContain("the newest example of `to_a`");
  });

  test("of a label: where it says how long, what is kept for less, and the numbers for programs", () => {
    const loyal = [laterLabel("loyal", "impressions", "purchases", 90 * day, { at: { within: line(12) } })];
    expect(findings(check, spec({ labels: loyal, sources: kept(60 * day) }))).toMatchObject([{
      severity: "error", origin: line(12), related: [{ origin: line(2), message: "`purchases` is kept for 60d" }],
      data: { label: "loyal", source: "purchases", neededMs: 90 * day, retainMs: 60 * day },
      fix: { title: "Keep `purchases` for 90d", edits: [{ origin: line(2), newText: "90d" }] },
    }]);
  });

  test("of a label that events of its own source decide once", () => {
    expect(messages(check, spec({ labels: [laterLabel("again", "purchases", "purchases", 90 * day)], sources: kept(60 * day) }))).toEqual([
      "Label `again` is known 90d after the example, but `purchases` is kept for 60d: every example is gone before its label is known.",
    ]);
  });

  test("without a fix where the retention is not written out", () => {
    expect(findings(check, shop({ features: history(90 * day), sources: [impressions(), purchases({ retainMs: 60 * day })] }))[0]).not.toHaveProperty("fix");
  });
});

describe("window-exceeds-retention is silent", () => {
  test("for a label as long as its source is kept", () => {
    expect(messages(check, spec({ labels: [laterLabel("loyal", "impressions", "purchases", 60 * day)], sources: kept(60 * day) }))).toEqual([]);
  });

  test("for a window without a beginning, however late the label", () => {
    const labels = [laterLabel("purchased", "impressions", "orders", 30 * day)];
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(null))])], sources: kept(day), labels }))).toEqual([]);
  });

  test("when window and label fit exactly", () => {
    expect(messages(check, shop({ features: history(28 * day), sources: kept(29 * day) }))).toEqual([]);
  });

  test("for a source without a declared retention", () => {
    expect(messages(check, shop({ features: history(4000 * day), sources: kept(null) }))).toEqual([]);
  });

  test("for a window without a beginning", () => {
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(null))])], sources: kept(day * 2) }))).toEqual([]);
  });

  test("for a window in the past of which only the distant end counts, when that is kept", () => {
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-8 * day, -7 * day))])], sources: kept(9 * day) }))).toEqual([]);
  });

  test("for features of the request and labels of the row, which have no window", () => {
    expect(messages(check, spec({
      sources: [impressions({ retainMs: day })], features: [requestView("moment", [], [feature("hour", call("hour_of_day", col("at")))])],
      labels: [rowLabel("top", "impressions", col("position"))], datasets: [dataset("shown", "impressions", "top", [entityColumn("moment.hour", "x")])],
    }))).toEqual([]);
  });

  test("when the source is not in the spec", () => {
    expect(messages(check, shop({ features: history(900 * day), sources: [] }))).toEqual([]);
  });
});
