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
    const trend = feature("trend", call("divide", agg(0), agg(1)), { aggregates: [countOver(-7 * day), countOver(-90 * day)] });
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

describe("window-exceeds-retention is silent", () => {
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
