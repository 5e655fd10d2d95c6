import { describe, expect, test } from "vitest";
import {
  agg, call, col, countOver, day, dataset, entityColumn, feature, findings, hour, impressions, laterLabel, line, messages, minute, num, over, purchases, requestView, rowFeature, rowLabel, shop, view,
} from "./spec-builder.ts";

const check = "leakage-through-time";

/** The shop with one feature of the shopper, selected by the dataset. */
const withFeature = (definition: ReturnType<typeof feature>, more = {}) => shop({
  features: [view("history", "shopper", "purchases", [definition])],
  datasets: [dataset("shown", "impressions", "purchased", [entityColumn(`history.${definition.name}`, "shopper_id")])],
  ...more,
});

describe("leakage-through-time fires", () => {
  test("for a window that ends after the example, and says that the label looks there too", () => {
    const at = { "window.0": line(7) };
    const [finding] = findings(check, withFeature(feature("buys_7d", countOver(-7 * day, 7 * day), { at })));
    expect(finding?.message).toBe(
      "`history.buys_7d` sees `purchases` up to 7d after the example: its window ends at +7d. When the model is asked, that has not happened yet. "
      + "Label `purchased` is decided by the same `purchases` in the 1d after the example.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.origin).toEqual(line(7));
    expect(finding?.fix).toEqual({ title: "End the window at the example: `over 7d`", edits: [{ origin: line(7), newText: "7d" }] });
  });

  test("for a window that lies in the future as a whole; the fix moves it before the example", () => {
    const [finding] = findings(check, withFeature(feature("next", countOver(0, 12 * hour), { at: { "window.0": line(3) } })));
    expect(finding?.fix?.edits[0]?.newText).toBe("12h");
  });

  test("counting lateness: how far what it sees has happened", () => {
    expect(messages(check, withFeature(feature("soon", countOver(-day, hour)), { sources: [impressions(), purchases({ latenessMs: 15 * minute })] }))).toEqual([
      "`history.soon` sees `purchases` up to 45m after the example: its window ends at +1h, and `purchases` are known at most 15m late. When the model is asked, "
      + "that has not happened yet. Label `purchased` is decided by the same `purchases` in the 1d after the example.",
    ]);
  });

  test("for events that happened before, but become known only after the example", () => {
    const label = laterLabel("purchased", "impressions", "clicks", day);
    expect(messages(check, withFeature(feature("late", countOver(-day, 10 * minute)), { sources: [impressions(), purchases({ latenessMs: hour })], labels: [label] }))).toEqual([
      "`history.late` sees `purchases` that become known up to 10m after the example: its window ends at +10m, and `purchases` are known at most 1h late. "
      + "When the model is asked, that has not happened yet.",
    ]);
  });

  test("through a feature made of others, and names the sibling with the window (indirect)", () => {
    const future = countOver(-7 * day, day);
    const trend = feature("trend", call("divide", agg(countOver(-28 * day)), agg(future)));
    const found = findings(check, shop({
      features: [view("history", "shopper", "purchases", [{ ...feature("week", future), origin: line(4) }, trend])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.trend", "shopper_id")])],
    }));
    expect(found.map(({ data }) => data?.["feature"])).toEqual(["history.trend"]);
    expect(found[0]?.related[0]).toEqual({ origin: line(4), message: "`week` has that window" });
  });

  test("at the window, with the dataset that has it and what is predicted", () => {
    const at = { "window.0": line(7) };
    const datasets = [dataset("shown", "impressions", "purchased", [entityColumn("history.next", "shopper_id")], { origin: line(20) })];
    const [finding] = findings(check, withFeature(feature("next", countOver(0, day), { at }), { datasets, labels: [laterLabel("purchased", "impressions", "purchases", day, { origin: line(15) })] }));
    expect(finding?.related).toEqual([
      { origin: line(20), message: "dataset `shown` gives it to its models" }, { origin: line(15), message: "label `purchased` is what they predict" },
    ]);
    expect(finding?.data).toEqual({ feature: "history.next", toMs: day, latenessMs: 0 });
  });

  test("without a word on the label where it is not in the spec, or is of the example's own row", () => {
    const alone = "`history.next` sees `purchases` up to 1d after the example: its window ends at +1d. When the model is asked, that has not happened yet.";
    const [finding] = findings(check, withFeature(feature("next", countOver(0, day)), { labels: [] }));
    expect(finding?.message).toBe(alone);
    expect(finding?.related.map(({ message }) => message)).toEqual(["dataset `shown` gives it to its models"]);
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { labels: [rowLabel("purchased", "impressions", col("country"))] }))).toEqual([alone]);
  });

  test("for a lateness as long as the window reaches: all of it has happened, and nothing of the end is known", () => {
    expect(messages(check, withFeature(feature("late", countOver(-day, hour)), { sources: [impressions(), purchases({ latenessMs: hour })], labels: [] }))).toEqual([
      "`history.late` sees `purchases` that become known up to 1h after the example: its window ends at +1h, and `purchases` are known at most 1h late. "
      + "When the model is asked, that has not happened yet.",
    ]);
  });

  test("without a fix where the window is not written out, has no beginning, or no literal says its length", () => {
    const at = { "window.0": line(3) };
    for (const next of [feature("next", countOver(-day, day)), feature("next", countOver(null, day), { at }), feature("next", countOver(-0.5, day), { at })]) {
      expect(findings(check, withFeature(next))[0]).not.toHaveProperty("fix");
    }
  });

  test("once for a feature in several datasets, for the first of them; and for each feature", () => {
    const both = [entityColumn("history.next", "shopper_id"), entityColumn("history.after", "shopper_id")];
    const found = findings(check, shop({
      features: [view("history", "shopper", "purchases", [feature("next", countOver(0, day)), feature("after", countOver(0, hour))])],
      datasets: [dataset("fit", "impressions", "purchased", []), dataset("first", "impressions", "purchased", both), dataset("second", "impressions", "purchased", both)],
    }));
    expect(found.map(({ data, related }) => [data?.["feature"], related[0]?.message])).toEqual([
      ["history.next", "dataset `first` gives it to its models"], ["history.after", "dataset `first` gives it to its models"],
    ]);
  });

  test("through a feature of the row that is computed from it: the column is needed, though it is not selected by its own name", () => {
    const columns = [entityColumn("history.next", "shopper_id")];
    const datasets = [dataset("shown", "impressions", "purchased", columns, { features: [rowFeature("moment.log", call("log1p", col("history.next")))] })];
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { datasets }))).toHaveLength(1);
  });

  test("and names as sibling only another feature that is that very aggregate", () => {
    const future = countOver(-7 * day, day);
    const trend = feature("trend", call("divide", agg(countOver(-28 * day)), agg(future)));
    const siblingOf = (trended: typeof trend, ...others: readonly ReturnType<typeof feature>[]) => findings(check, shop({
      features: [view("history", "shopper", "purchases", [...others, trended])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn(`history.${trended.name}`, "shopper_id")])],
    }))[0]?.related[0]?.message;
    const none = "dataset `shown` gives it to its models";
    expect(siblingOf(trend, feature("sum", over("sum", col("price"), -7 * day, day)), feature("week", future))).toBe("`week` has that window");
    expect(siblingOf(trend, feature("sum", over("sum", col("price"), -7 * day, day)))).toBe(none);
    expect(siblingOf(trend, feature("longer", countOver(-8 * day, day)))).toBe(none);
    expect(siblingOf(trend, feature("further", countOver(-7 * day, hour)))).toBe(none);
    expect(siblingOf(trend, feature("two", call("add", agg(future), agg({ ...future }))))).toBe(none);
    expect(siblingOf(feature("week", future))).toBe(none);
    // Where the window is written out, it needs no other place to be found at.
    expect(siblingOf({ ...trend, at: { "window.1": line(9) } }, feature("week", future))).toBe(none);
  });

  test("for a selected feature that no model uses yet", () => {
    const base = dataset("shown", "impressions", "purchased", [entityColumn("history.next", "shopper_id")]);
    const datasets = [{ ...base, columns: base.columns.map((c) => ({ ...c, role: "slice" as const })) }];
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { datasets, models: [] }))).toHaveLength(1);
  });
});

describe("leakage-through-time is silent", () => {
  test("for windows that end at the example or before it", () => {
    const past = [feature("a", countOver(-7 * day)), feature("b", over("avg", col("price"), -90 * minute, 0)), feature("c", countOver(-8 * day, -7 * day)), feature("d", countOver(null))];
    const columns = past.map(({ name }) => entityColumn(`history.${name}`, "shopper_id"));
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", past)], datasets: [dataset("shown", "impressions", "purchased", columns)] }))).toEqual([]);
  });

  test("for a future window that no dataset selects", () => {
    expect(messages(check, shop({ features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-day)), feature("next", countOver(0, day))])] }))).toEqual([]);
  });

  test("for a future window that is kept for evaluation only", () => {
    expect(messages(check, shop({
      features: [view("history", "shopper", "purchases", [feature("next", countOver(0, day))])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.next", "shopper_id", { role: "slice" })])],
      models: [],
    }))).toEqual([]);
  });

  test("for an aggregate over the examples' own source in the past", () => {
    expect(messages(check, shop({
      features: [view("seen", "shopper", "impressions", [feature("views", countOver(-7 * day))])],
      datasets: [dataset("shown", "impressions", "purchased", [entityColumn("seen.views", "shopper_id")])],
    }))).toEqual([]);
  });

  test("when what a name means is not in the spec", () => {
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { sources: [] }))).toEqual([]);
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { features: [] }))).toEqual([]);
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { features: [view("history", "shopper", "purchases", [])] }))).toEqual([]);
    expect(messages(check, withFeature(feature("next", countOver(0, day)), { features: [requestView("history", [], [feature("next", num(1))])] }))).toEqual([]);
  });

  test("for a feature without an aggregate", () => {
    expect(messages(check, withFeature(feature("next", num(1))))).toEqual([]);
  });
});
