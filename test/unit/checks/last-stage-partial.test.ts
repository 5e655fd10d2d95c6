import { describe, expect, test } from "vitest";
import { findings, hour, line, messages, rollout, shop, stage } from "./spec-builder.ts";

const check = "last-stage-partial";
const of = (...stages: Parameters<typeof rollout>[3]) => shop({ rollouts: [rollout("release", "ranker", "recommend", stages)] });

describe("last-stage-partial fires", () => {
  test("when the last stage has a part of the traffic", () => {
    const [finding] = findings(check, of(stage("shadow", 0, hour), stage("canary", 0.125, hour, [], { at: { traffic: line(7) } })));
    expect(finding).toMatchObject({ severity: "warning", origin: line(7), related: [{ origin: line(0), message: "the rollout" }], data: { stage: "canary", traffic: 0.125 } });
    expect(finding?.message).toBe(
      "Stage `canary`, which has 12.5% of the traffic, is the last of `release`: once it has passed, the new version answers all requests, which no stage has tried. End with `stage full { traffic: 100% }`.",
    );
  });
  test("at the stage's name where its share is not written out", () =>
    expect(findings(check, of(stage("canary", 0.1, hour, [], { origin: line(6) }))).map(({ origin }) => origin)).toEqual([line(6)]));
  test("when it only mirrors", () => expect(messages(check, of(stage("shadow", 0, hour)))).toEqual([expect.stringContaining("Stage `shadow`, which mirrors requests and answers none, is the last")]));
  test("where stages shrink again at the end", () => expect(messages(check, of(stage("full", 1, 0), stage("canary", 0.1, hour)))).toHaveLength(1));
  test("for the one of two rollouts that ends early", () => {
    const two = [rollout("a", "ranker", "recommend", [stage("full", 1, 0)]), rollout("b", "ranker", "recommend", [stage("most", 0.99, hour)])];
    expect(messages(check, shop({ rollouts: two }))).toEqual([expect.stringContaining("the last of `b`")]);
  });
});

describe("last-stage-partial is silent", () => {
  test("when everybody comes last", () => expect(messages(check, shop())).toEqual([]));
  test("when everybody is the only stage", () => expect(messages(check, of(stage("all", 1, hour)))).toEqual([]));
  test("without a rollout", () => expect(messages(check, shop({ rollouts: [] }))).toEqual([]));
  test("when stages may have been left out for an error", () => {
    expect(messages(check, of())).toEqual([]);
    expect(findings(check, of(stage("canary", 0.1, hour)), { partial: true })).toEqual([]);
  });
});
