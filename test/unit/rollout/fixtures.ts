/** Plans, stages and counters for the rollout's tests, with defaults that a test overrides where it matters. */
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import type { RolloutPlan, StagePlan } from "../../../runtime/rollout/plan.ts";
import { latencyBucket } from "../../../runtime/rollout/latency.ts";
import { noCounters, type ArmCounters, type StageCounters } from "../../../runtime/state/counters.ts";
import type { RolloutRecord } from "../../../runtime/state/rollouts.ts";

export const hour = 3_600_000;
const clause = { origin: { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] } };

export const errorsAtMost = (bound: { factor: number; offset: number } | number): StageRequirement => ({
  ...clause, kind: "error-rate", comparison: "<=",
  text: typeof bound === "number" ? `rate(errors) <= ${bound}` : `rate(errors) <= control * ${bound.factor} + ${bound.offset}`,
  bound: typeof bound === "number" ? { kind: "constant", value: bound } : { kind: "control", ...bound },
});
export const errorsAtMostControl = errorsAtMost({ factor: 1, offset: 0 });
/** What the spec leaves unsaid. */
export const impliedErrors: StageRequirement = { ...errorsAtMostControl, kind: "error-rate", comparison: "<=", text: "rate(errors) <= control", bound: { kind: "control", factor: 1, offset: 0 }, implied: true };

export const purchasesAtLeast = (factor: number): StageRequirement => ({
  ...clause, kind: "label-rate", label: "purchased", comparison: ">=", text: `rate(purchased) >= control * ${factor}`, bound: { kind: "control", factor, offset: 0 },
});

export const disagreementBelow = (max: number, tolerance = 0.1): StageRequirement => ({ ...clause, kind: "disagreement", max, tolerance, text: `disagreement < ${max}` });
export const p99Below = (maxMs: number): StageRequirement => ({ ...clause, kind: "latency", quantile: 0.99, maxMs, text: `latency.p99 < ${maxMs}ms` });

export const stage = (name: string, traffic: number, rest: Partial<StagePlan> = {}): StagePlan => ({
  name, traffic, holdMs: hour, requirements: [], approvals: [], ...rest,
});

export const planWith = (stages: readonly StagePlan[], rest: Partial<RolloutPlan> = {}): RolloutPlan => ({
  name: "release", model: "ranker", service: "recommend", unit: "shopper_id", alpha: 0.05, power: 0.8, stages, volumePerMs: null,
  errorBudget: 0.005, labelRates: {}, ...rest,
});

export const record = (plan: RolloutPlan, rest: Partial<RolloutRecord> = {}): RolloutRecord => ({
  id: "release-1-new", service: plan.service, candidate: "new", control: "old", plan, state: "running", stage: 0, heldMs: 0, exposedMs: 0, seenAt: 0, revision: 1,
  startedBy: "ann", startedAt: 0, endedAt: null, ...rest,
});

export const arm = (rest: Partial<ArmCounters>): ArmCounters => ({ ...noCounters, ...rest });

/** Units that each made one request, some of which failed. */
export const served = (units: number, errors: number): ArmCounters => arm({ units, requests: units, predictions: units, errors, erringUnits: errors });

/** Units that each made one request, some of which took 200 ms instead of 5. */
export const timed = (units: number, slow: number): ArmCounters => {
  const latency = new Map([[latencyBucket(5), units - slow], [latencyBucket(200), slow]]);
  return { ...served(units, 0), latency, firstLatency: latency };
};

/** Units that each made one request, some of which bought. */
export const bought = (units: number, buyers: number): ArmCounters => ({
  ...served(units, 0), outcomes: new Map([["purchased", { units, n: units, y: buyers, nn: units, ny: buyers, yy: buyers }]]),
});

export const counters = (candidate: ArmCounters, control: ArmCounters): StageCounters => ({ candidate, control });
export const nothingSeen = counters(noCounters, noCounters);
