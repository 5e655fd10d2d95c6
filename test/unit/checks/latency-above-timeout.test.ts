import { describe, expect, test } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { day, findings, line, messages, rollout, service, shop, slo, stage } from "./spec-builder.ts";

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

const latency = (maxMs: number): StageRequirement => ({ origin: line(12), text: `latency.p99 < ${maxMs}ms`, kind: "latency", quantile: 0.99, maxMs });
const staged = (maxMs: number, traffic: number, timeoutMs = 60) => shop({
  services: [service("recommend", "ranker", { otherwise: "usual", timeoutMs, at: { timeout: line(7) } })], slos: [],
  rollouts: [rollout("release", "ranker", "recommend", [stage("canary", traffic, day, [latency(maxMs)])])],
});

describe("latency-above-timeout of a stage", () => {
  test("fires at the requirement, with the timeout", () => {
    expect(findings(check, staged(144_000_000, 0.1))).toEqual([{
      check, severity: "warning", origin: line(12),
      message: "Stage `canary` of `release` requires `latency.p99 < 144000000ms`, but `recommend` answers otherwise after 60ms (`timeout`): every candidate meets it, however slow the model is. Ask for less than that.",
      related: [{ origin: line(7), message: "when a request is answered otherwise" }], data: { rollout: "release", stage: "canary", maxMs: 144_000_000, timeoutMs: 60 },
    }]);
    expect(messages(check, staged(61, 1))).toHaveLength(1);
  });
  test("is silent up to the timeout, in a shadow, and without the service", () => {
    for (const fine of [staged(60, 0.1), staged(59, 1), staged(144_000_000, 0), { ...staged(144_000_000, 0.1), services: [] }]) expect(messages(check, fine)).toEqual([]);
  });
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
