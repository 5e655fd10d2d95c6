import { describe, expect, test } from "vitest";
import { day, findings, line, messages, service, shop, slo } from "./spec-builder.ts";

const check = "latency-above-timeout";
const below = (belowMs: number, more: Parameters<typeof slo>[4] = {}) => slo("fast", "recommend", 0.99, 7 * day, { indicator: { kind: "latency", belowMs }, ...more });
const spec = (belowMs: number, timeoutMs: number) => shop({ services: [service("recommend", "ranker", { otherwise: "usual", timeoutMs, at: { timeout: line(7) } })], slos: [below(belowMs, { at: { objective: line(9) } })] });

describe("latency-above-timeout fires", () => {
  test("at the objective, with the timeout", () => {
    expect(findings(check, spec(2000, 50))).toEqual([{
      check, severity: "warning", origin: line(9),
      message: "Objective `fast` counts answers that take less than 2s, but `recommend` answers otherwise after 50ms (`timeout`): all are counted, however slow the model is. Ask for less than that.",
      related: [{ origin: line(7), message: "when a request is answered otherwise" }], data: { slo: "fast", belowMs: 2000, timeoutMs: 50 },
    }]);
  });
  test("just above", () => expect(messages(check, spec(51, 50))).toHaveLength(1));
  test("for the timeout that is assumed", () => expect(messages(check, shop({ services: [service("recommend", "ranker", { timeoutMs: 100 })], slos: [below(200)] }))).toHaveLength(1));
});

describe("latency-above-timeout is silent", () => {
  test("for the timeout itself, which counts what was not answered otherwise", () => expect(messages(check, spec(50, 50))).toEqual([]));
  test("below", () => expect(messages(check, spec(49, 50))).toEqual([]));
  test("for the age of a model, and shares of what succeeded", () =>
    expect(messages(check, shop({ slos: [below(0, { indicator: { kind: "model-age", belowMs: day } }), slo("available", "recommend", 0.99, day)] }))).toEqual([]));
  test("for a service that is not there, and of a model", () => {
    expect(messages(check, shop({ services: [], slos: [below(2000)] }))).toEqual([]);
    expect(messages(check, shop({ slos: [below(2000, { target: { kind: "model", name: "recommend" } })] }))).toEqual([]);
  });
});
