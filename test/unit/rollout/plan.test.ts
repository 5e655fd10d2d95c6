import { describe, expect, it } from "vitest";
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import type { CompiledSpec, Rollout, Service, Slo, Stage } from "../../../grammar/compiled-spec/index.ts";
import { planRollout } from "../../../runtime/rollout/plan.ts";
import { errorsAtMostControl, hour } from "./fixtures.ts";

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const named = (name: string) => ({ name, doc: null, origin, at: {} });
const stage = (name: string, traffic: number, approve: string | null): Stage => ({
  ...named(name), traffic, holdMs: hour, atMostMs: 4 * hour, overdue: "roll-back", requirements: traffic < 1 ? [errorsAtMostControl] : [], approve,
});
const rollout: Rollout = {
  ...named("release"), model: "ranker", service: "recommend", unit: "shopper_id", stages: [stage("canary", 0.1, null), stage("full", 1, "lead")], alpha: 0.05, power: 0.8,
};
const service: Service = {
  ...named("recommend"), model: "ranker", batch: { size: 1, waitMs: 0 }, timeoutMs: 50, otherwise: "popular", log: null, volumePerMs: 0.5,
};
const slo = (name: string, indicator: Slo["indicator"], objective: number): Slo => ({
  ...named(name), target: { kind: "service", name: "recommend" }, indicator, objective, windowMs: hour, respond: null,
});
const spec: CompiledSpec = {
  version: compiledSpecVersion, files: [], entities: [], sources: [], features: [], labels: [], datasets: [], models: [], evaluations: [], services: [service],
  slos: [slo("available", { kind: "succeeded" }, 0.995), slo("stricter", { kind: "succeeded" }, 0.999), slo("buying", { kind: "label-rate", label: "purchased" }, 0.04)],
  rollouts: [rollout],
  policies: [{ ...named("careful"), rules: [{ origin, text: "", kind: "require-approval", role: "auditor", stage: "full" }] }],
  roles: [{ ...named("lead"), members: ["ann"] }, { ...named("auditor"), members: ["bob"] }],
  suppressions: [],
};

describe("the plan of a rollout", () => {
  it("asks for the approvals of the stage and of the policies", () => {
    expect(planRollout(spec, "release").stages.map(({ name, approvals }) => [name, approvals])).toEqual([
      ["canary", []], ["full", [{ role: "lead", members: ["ann"] }, { role: "auditor", members: ["bob"] }]],
    ]);
  });

  it("takes the strictest error budget, the label's objective and the declared volume for planning", () => {
    const plan = planRollout(spec, "release");
    expect(plan.errorBudget).toBeCloseTo(0.001, 12);
    expect(plan).toMatchObject({ labelRates: { purchased: 0.04 }, volumePerMs: 0.5, unit: "shopper_id" });
  });

  it("survives being written down and read again", () => {
    const plan = planRollout(spec, "release");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("names what the spec declares when asked for something else", () => {
    expect(() => planRollout(spec, "launch")).toThrow(expect.objectContaining({ code: "unknown-rollout", hint: "The spec declares: release." }) as Error);
  });
});
