import { describe, expect, test } from "vitest";
import type { Expression } from "../../../grammar/compiled-spec/index.ts";
import { agg, call, countOver, day, feature, findings, hour, impressions, line, messages, purchases, shop, view } from "./spec-builder.ts";

const check = "window-inside-lateness";
const late = (latenessMs: number) => [impressions(), purchases({ latenessMs, at: { lateness: line(2) } })];
const over = (fromMs: number | null, toMs = 0) => [view("history", "shopper", "purchases", [feature("bought", countOver(fromMs, toMs), { at: { "window.0": line(5) } })])];

describe("window-inside-lateness fires", () => {
  test("for a window that is as long as the lateness, and says what would see something", () => {
    const [finding] = findings(check, shop({ features: over(-day), sources: late(day) }));
    expect(finding).toMatchObject({
      severity: "error", origin: line(5), related: [{ origin: line(2), message: "`purchases` are known 1d late" }],
      message: "`history.bought` looks back 1d from the example, but an event of `purchases` counts from 1d after it happened (`lateness`): the window is always empty. To see anything it has to be longer than 1d.",
      data: { feature: "history.bought", source: "purchases", fromMs: -day, toMs: 0, latenessMs: day },
    });
  });

  test("for a window of the past that is shorter than the lateness", () => {
    expect(messages(check, shop({ features: over(-3 * day, -2 * day), sources: late(36 * hour) }))).toEqual([expect.stringContaining("looks at -3d..-2d around the example")]);
  });

  test("once for a window that several features are made of", () => {
    const window: Expression = agg(countOver(-hour));
    const at = { "window.0": line(5) };
    const features = [view("history", "shopper", "purchases", [feature("bought", window, { at }), feature("doubled", call("add", window, window), { at })])];
    expect(findings(check, shop({ features, sources: late(day) }))).toHaveLength(1);
  });
});

describe("window-inside-lateness is silent", () => {
  test("where a millisecond is left", () => expect(messages(check, shop({ features: over(-day - 1), sources: late(day) }))).toEqual([]));
  test("without a beginning", () => expect(messages(check, shop({ features: over(null), sources: late(day) }))).toEqual([]));
  test("without a lateness", () => expect(messages(check, shop({ features: over(-1), sources: late(0) }))).toEqual([]));
});
