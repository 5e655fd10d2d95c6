import { describe, expect, test } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { errorsUpTo, findings, hour, line, messages, rateAtLeast, rollout, shop, stage } from "./spec-builder.ts";

const check = "requirement-cannot-be-judged";
const asking = (traffic: number, requirement: StageRequirement) => shop({ rollouts: [rollout("release", "ranker", "recommend", [stage("last", traffic, 100 * hour, [requirement])])] });
const disagreement: StageRequirement = { origin: line(4), text: "disagreement < 5%", kind: "disagreement", max: 0.05, tolerance: 0.01 };
const constant = (requirement: StageRequirement) => ({ ...requirement, bound: { kind: "constant", value: 0.01 } }) as StageRequirement;

describe("requirement-cannot-be-judged fires", () => {
  test("for a comparison with a control that all traffic has left", () => {
    const [finding] = findings(check, asking(1, errorsUpTo(1)));
    expect(finding?.message).toBe(
      "Stage `last` of `release` can never judge `rate(errors) <= control`: at 100% of the traffic there is no control to compare with. Move it to a stage before, or compare with a constant.",
    );
    expect(finding?.severity).toBe("error");
    expect(finding?.data).toEqual({ rollout: "release", stage: "last" });
  });

  test("at the requirement, with the traffic of the stage", () => {
    const at = { traffic: line(7) };
    const [finding] = findings(check, shop({ rollouts: [rollout("release", "ranker", "recommend", [stage("last", 0.25, hour, [disagreement], { at })])] }));
    expect(finding?.origin).toEqual(line(4));
    expect(finding?.related).toEqual([{ origin: line(7), message: "the stage answers 25% of the traffic" }]);
  });

  test("for outcomes of a shadow", () => {
    expect(messages(check, asking(0, rateAtLeast("purchased", 0.9)))).toEqual([
      "Stage `last` of `release` can never judge `rate(purchased) >= control * 0.9`: a shadow answers nobody, so no outcome comes of its answers. Move it to a stage with traffic.",
    ]);
  });

  test("for disagreement where only one model answers", () => {
    expect(messages(check, asking(0.1, disagreement))).toEqual([
      "Stage `last` of `release` can never judge `disagreement < 5%`: only a shadow has both answers to the same request. Move it to a stage with `traffic: 0%`.",
    ]);
  });
});

describe("requirement-cannot-be-judged is silent", () => {
  test("for a comparison while there is a control", () => expect(messages(check, asking(0.99, rateAtLeast("purchased", 0.9)))).toEqual([]));
  test("for a constant bound at all traffic", () => expect(messages(check, asking(1, constant(errorsUpTo(1))))).toEqual([]));
  test("for disagreement and errors of a shadow", () => expect([messages(check, asking(0, disagreement)), messages(check, asking(0, errorsUpTo(1)))]).toEqual([[], []]));
  test("for latency anywhere", () => expect(messages(check, asking(1, { origin: line(0), text: "", kind: "latency", quantile: 0.99, maxMs: 5 }))).toEqual([]));
});
