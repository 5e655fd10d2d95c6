import { describe, expect, test } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { harmOf, planStage, volumeOf } from "../../../language-server/analysis/planning.ts";
import { col, day, errorsUpTo, hour, impressions, laterLabel, rateAtLeast, rollout, rowLabel, service, shop, slo, stage } from "./spec-builder.ts";

const release = rollout("release", "ranker", "recommend", []);
const buying = slo("buying", "recommend", 0.04, day, { indicator: { kind: "label-rate", label: "purchased" } });

describe("the harm to plan for", () => {
  const harm = (...[requirement, spec = shop()]: [Parameters<typeof harmOf>[2], Parameters<typeof harmOf>[0]?]) => {
    const found = harmOf(spec, release, requirement);
    return found === null ? null : [found.from, found.to];
  };

  test("is twice the errors that the objective allows, or what the requirement names", () => {
    expect(harm(errorsUpTo(1))).toEqual([0.005, 0.01]);
    expect(harm(errorsUpTo(1.2))).toEqual([0.005, 0.006]);
    expect(harm(errorsUpTo(1, 0.02))).toEqual([0.005, 0.025]);
  });

  test("is a fall of the label's rate below the bound", () => {
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: [buying] }))).toEqual([0.04, 0.036]);
  });

  test("is the smallest worth noticing where the bound leaves no room", () => {
    expect(harm(rateAtLeast("purchased", 1), shop({ slos: [buying] }))).toEqual([0.04, 0.036]);
    expect(harm({ ...rateAtLeast("purchased", 1.1), comparison: "<=" } as StageRequirement, shop({ slos: [buying] }))).toEqual([0.04, 0.044]);
  });

  test("is not known without an objective, or for a label that is a number", () => {
    expect(harm(rateAtLeast("purchased", 0.9))).toBeNull();
    const spent = rowLabel("purchased", "impressions", col("price"), { type: { kind: "float", nullable: false } });
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: [buying], labels: [spent] }))).toBeNull();
  });
});

describe("the plan of a stage", () => {
  test("sets what the hold brings against what the harm needs", () => {
    const plan = planStage(shop(), release, stage("canary", 0.05, hour, []), errorsUpTo(1));
    expect(plan).toMatchObject({ available: 1000, needed: 1710 });
    expect(plan?.holdMs).toBeCloseTo((1710 / 1000) * hour, 6);
  });

  test("takes the service's volume before that of the examples", () => {
    expect(volumeOf(shop(), release)).toBe(480_000 / day);
    expect(volumeOf(shop({ services: [service("recommend", "ranker", { volumePerMs: 3 })] }), release)).toBe(3);
    expect(volumeOf(shop({ sources: [impressions({ volumePerMs: null })] }), release)).toBeNull();
  });

  test("of a shadow counts all requests in both arms", () => {
    expect(planStage(shop(), release, stage("shadow", 0, hour), errorsUpTo(1))?.available).toBe(20_000);
  });

  test("is none without a control, or for other kinds of requirement", () => {
    expect(planStage(shop(), release, stage("s", 1, hour), errorsUpTo(1))).toBeNull();
    expect(planStage(shop({ labels: [laterLabel("x", "a", "b", 1)] }), release, stage("s", 0.5, hour), { ...errorsUpTo(1), kind: "latency", quantile: 0.99, maxMs: 5 } as never)).toBeNull();
  });
});
