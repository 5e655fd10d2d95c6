import { describe, expect, test } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { harmOf, planStage, volumeOf } from "../../../language-server/analysis/planning.ts";
import { col, dataset, day, errorsUpTo, hour, impressions, laterLabel, model, purchases, rateAtLeast, rollout, rowLabel, service, shop, slo, stage } from "./spec-builder.ts";

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

  test("is beyond the bound on the side that the comparison forbids", () => {
    const above = { ...rateAtLeast("purchased", 1.2), comparison: "<" } as StageRequirement;
    expect(harm(above, shop({ slos: [buying] }))).toEqual([0.04, 0.048]);
    expect(harm({ ...rateAtLeast("purchased", 0.8), comparison: ">" } as StageRequirement, shop({ slos: [buying] }))).toEqual([0.04, 0.032]);
    // Few errors are no harm.
    expect(harm({ ...errorsUpTo(1), comparison: ">=" } as StageRequirement)).toBeNull();
  });

  test("stays between nothing and everything", () => {
    expect(harm(errorsUpTo(1, 3))).toEqual([0.005, 1]);
    expect(harm(rateAtLeast("purchased", 1, -3), shop({ slos: [buying] }))).toEqual([0.04, 0]);
  });

  test("has no usual rate to begin with in an objective of everything or of nothing", () => {
    const promising = (objective: number) => shop({ slos: [slo("available", "recommend", objective, day)] });
    expect([harm(errorsUpTo(1, 0.02), promising(1)), harm(errorsUpTo(1, 0.02), promising(0))]).toEqual([null, null]);
    expect([harm(errorsUpTo(1, 0.02), promising(1.5)), harm(errorsUpTo(1, 0.02), promising(-0.5))]).toEqual([null, null]);
  });

  test("is taken from an objective of this service, on this label", () => {
    const other = (name: string, more: Parameters<typeof slo>[4]) => slo(name, "recommend", 0.5, day, { indicator: { kind: "label-rate", label: "purchased" }, ...more });
    const foreign = [
      other("elsewhere", { target: { kind: "service", name: "search" } }), other("model", { target: { kind: "model", name: "recommend" } }),
      other("returns", { indicator: { kind: "label-rate", label: "returned" } }), other("up", { indicator: { kind: "succeeded" } }),
    ];
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: [...foreign, buying] }))).toEqual([0.04, 0.036]);
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: foreign }))).toBeNull();
  });

  test("is of the label that is asked for, if it is in the spec", () => {
    const spent = rowLabel("spent", "impressions", col("price"), { type: { kind: "float", nullable: false } });
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: [buying], labels: [spent, ...shop().labels] }))).toEqual([0.04, 0.036]);
    expect(harm(rateAtLeast("purchased", 0.9), shop({ slos: [buying], labels: [] }))).toBeNull();
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

  test("is none without a volume, or where nothing comes", () => {
    const at = (volumePerMs: number | null) => planStage(shop({ sources: [impressions({ volumePerMs })] }), release, stage("canary", 0.05, hour), errorsUpTo(1));
    expect([at(null), at(0), at(-1)]).toEqual([null, null, null]);
    expect(at(1)).not.toBeNull();
  });

  test("is none without false alarms, or with nothing else: no number of units is enough", () => {
    const at = (alpha: number) => planStage(shop(), { ...release, alpha }, stage("canary", 0.05, hour), errorsUpTo(1));
    expect([at(0), at(1), at(-0.1), at(1.1)]).toEqual([null, null, null, null]);
  });

  test("takes the volume of its own service, and of the examples of that service's model", () => {
    const services = [service("search", "finder", { volumePerMs: 7 }), ...shop().services];
    expect(volumeOf(shop({ services }), release)).toBe(480_000 / day);
    expect(volumeOf(shop({ models: [model("finder", "nothing", []), ...shop().models] }), release)).toBe(480_000 / day);
    const datasets = [dataset("other", "purchases", "purchased", []), ...shop().datasets];
    expect(volumeOf(shop({ datasets, sources: [purchases({ volumePerMs: 9 }), impressions()] }), release)).toBe(480_000 / day);
    expect(volumeOf(shop({ services: [] }), release)).toBeNull();
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
