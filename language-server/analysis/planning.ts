/** Volume × share × hold: what a rollout's stage can see, against what it would need to. */
import type { CompiledSpec, Rollout, Service, Slo, Stage, StageRequirement } from "../../grammar/compiled-spec/index.ts";
import { planTwoProportions } from "../../runtime/statistics/planning.ts";

/** A change of a rate that a requirement is there to catch. */
export interface Harm {
  /** The control's rate, and the candidate's that should be caught. */
  readonly from: number;
  readonly to: number;
  /** The objective that `from` was taken from. */
  readonly basis: Slo;
}

export interface StagePlan {
  readonly harm: Harm;
  /** Requests that the candidate answers within the hold. Users are fewer when assignment is by user: this is at most. */
  readonly available: number;
  readonly needed: number;
  /** The hold in which as many arrive as are needed. */
  readonly holdMs: number;
}

/** Without a size in the requirement (`rate(errors) <= control`), an error rate twice as high is what it must catch. */
export const errorHarmFactor = 2;

/**
 * What the stage's requirement needs, or null when the spec does not say enough: no comparison with a control at the same
 * time (a shadow, all traffic), no declared volume, no objective to take the usual rate from, or no size of harm.
 */
export function planStage(spec: CompiledSpec, rollout: Rollout, stage: Stage, requirement: StageRequirement): StagePlan | null {
  if (stage.traffic <= 0 || stage.traffic >= 1 || rollout.alpha <= 0 || rollout.alpha >= 1) return null;
  const volumePerMs = volumeOf(spec, rollout);
  const harm = harmOf(spec, rollout, requirement);
  if (volumePerMs === null || volumePerMs <= 0 || harm === null) return null;
  const { candidateUnits } = planTwoProportions({
    baseline: harm.from, change: harm.to - harm.from, share: stage.traffic, alpha: rollout.alpha, power: rollout.power,
  });
  if (!Number.isFinite(candidateUnits)) return null;
  const perMs = volumePerMs * stage.traffic;
  return { harm, available: Math.floor(perMs * stage.holdMs), needed: candidateUnits, holdMs: candidateUnits / perMs };
}

/** Requests per millisecond: of the service, or else of the source whose rows the model's examples are. */
export function volumeOf(spec: CompiledSpec, rollout: Rollout): number | null {
  const service: Service | undefined = spec.services.find((candidate) => candidate.name === rollout.service);
  if (service === undefined) return null;
  if (service.volumePerMs !== null) return service.volumePerMs;
  const model = spec.models.find((candidate) => candidate.name === rollout.model);
  const dataset = spec.datasets.find((candidate) => candidate.name === model?.dataset);
  return spec.sources.find((candidate) => candidate.name === dataset?.examples)?.volumePerMs ?? null;
}

export function harmOf(spec: CompiledSpec, rollout: Rollout, requirement: StageRequirement): Harm | null {
  if (requirement.kind !== "error-rate" && requirement.kind !== "label-rate") return null;
  if (requirement.bound.kind !== "control") return null;
  const { factor, offset } = requirement.bound;
  // The mean of a number has a variance that the spec does not tell; the rate of a yes or no has.
  if (requirement.kind === "label-rate" && spec.labels.find(({ name }) => name === requirement.label)?.type.kind !== "bool") return null;
  const basis = basisOf(spec, rollout, requirement);
  if (basis === null) return null;
  const isError = requirement.kind === "error-rate";
  const from = isError ? decimal(1 - basis.objective) : basis.objective;
  if (from <= 0 || from >= 1) return null;
  const bound = Math.min(1, Math.max(0, decimal(factor * from + offset)));
  const upper = requirement.comparison === "<" || requirement.comparison === "<=";
  const to = isError && bound <= from ? Math.min(1, errorHarmFactor * from) : bound;
  // A bound on the good side of the control is no tolerance but a demand for improvement: not a harm to plan for.
  return (upper ? to > from : to < from) ? { from, to, basis } : null;
}

/** 1 − 0.995 is not 0.005 in binary; to twelve digits it is. */
function decimal(x: number): number {
  return Number(x.toPrecision(12));
}

/** The objective that says what is usual: the service's share of successes, or its rate of the label. */
function basisOf(spec: CompiledSpec, rollout: Rollout, requirement: Extract<StageRequirement, { kind: "error-rate" | "label-rate" }>): Slo | null {
  const ofService = spec.slos.filter(({ target }) => target.kind === "service" && target.name === rollout.service);
  const basis = ofService.find(({ indicator }) =>
    requirement.kind === "error-rate" ? indicator.kind === "succeeded" : indicator.kind === "label-rate" && indicator.label === requirement.label);
  return basis ?? null;
}
