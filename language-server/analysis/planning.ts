/** Volume × share × hold: what a rollout's stage can see, against what it would need to. */
import { outcomeKnownAfterMs, type CompiledSpec, type Rollout, type Service, type Slo, type Stage, type StageRequirement } from "../../grammar/compiled-spec/index.ts";
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
  /** How long after a request what is judged of it is known. */
  readonly knownAfterMs: number;
  /** Requests that the candidate answers within the hold, and whose outcome is known by its end. Users are fewer when assignment is by user: this is at most. */
  readonly available: number;
  readonly needed: number;
  /** The hold in which as many arrive, and become known, as are needed. */
  readonly holdMs: number;
}

/**
 * Where a requirement names no size of harm (`<= control`): an error rate twice as high, a label's rate a tenth on the wrong
 * side. The same sizes as `runtime/rollout` plans for, so that `rollout status` and this agree.
 */
export const errorHarmFactor = 2;
export const smallestRateHarm = 0.1;

/**
 * What the stage's requirement needs, or null when the spec does not say enough: no comparison with a control at the same
 * time, no declared volume, or no objective to take the usual rate from.
 */
export function planStage(spec: CompiledSpec, rollout: Rollout, stage: Stage, requirement: StageRequirement): StagePlan | null {
  const isShadow = stage.traffic <= 0;
  // A shadow answers nobody, so it has no outcomes; without false alarms, or with nothing else, there is no test.
  if ((isShadow && requirement.kind !== "error-rate") || rollout.alpha <= 0 || rollout.alpha >= 1) return null;
  const volumePerMs = volumeOf(spec, rollout) ?? 0;
  const harm = harmOf(spec, rollout, requirement);
  if (volumePerMs <= 0 || harm === null) return null;
  // A shadow sees every request in both arms: an even split of twice the volume.
  const { candidateUnits } = planTwoProportions({
    baseline: harm.from, change: harm.to - harm.from, share: isShadow ? 0.5 : stage.traffic, alpha: rollout.alpha, power: rollout.power,
  });
  // With all traffic there is no control: no number of units is enough.
  if (!Number.isFinite(candidateUnits)) return null;
  const perMs = volumePerMs * (isShadow ? 1 : stage.traffic);
  // 0.1 × 480,000 is a little more or less than 48,000 in binary.
  const knownAfterMs = knownAfter(spec, requirement);
  const available = Math.floor(decimal(perMs * Math.max(0, stage.holdMs - knownAfterMs)));
  return { harm, knownAfterMs, available, needed: candidateUnits, holdMs: knownAfterMs + candidateUnits / perMs };
}

/** An error is known at once. */
function knownAfter({ labels, sources }: CompiledSpec, requirement: StageRequirement): number {
  const label = requirement.kind === "label-rate" ? labels.find(({ name }) => name === requirement.label) : undefined;
  return label === undefined ? 0 : outcomeKnownAfterMs(label, sources);
}

/** Requests per millisecond: of the service, or else of the source whose rows its model's examples are. */
export function volumeOf(spec: CompiledSpec, rollout: Rollout): number | null {
  const service: Service | undefined = spec.services.find((candidate) => candidate.name === rollout.service);
  if (service === undefined) return null;
  if (service.volumePerMs !== null) return service.volumePerMs;
  const model = spec.models.find((candidate) => candidate.name === service.model);
  const dataset = spec.datasets.find((candidate) => candidate.name === model?.dataset);
  return spec.sources.find((candidate) => candidate.name === dataset?.examples)?.volumePerMs ?? null;
}

export function harmOf(spec: CompiledSpec, rollout: Rollout, requirement: StageRequirement): Harm | null {
  if ((requirement.kind !== "error-rate" && requirement.kind !== "label-rate") || requirement.bound.kind !== "control") return null;
  // The mean of a number has a variance that the spec does not tell; the rate of a yes or no has.
  if (requirement.kind === "label-rate" && spec.labels.find(({ name }) => name === requirement.label)?.type.kind !== "bool") return null;
  const basis = basisOf(spec, rollout, requirement);
  if (basis === null) return null;
  const isError = requirement.kind === "error-rate";
  const from = isError ? decimal(1 - basis.objective) : basis.objective;
  if (from <= 0 || from >= 1) return null;
  const harmful = requirement.comparison === "<" || requirement.comparison === "<=" ? 1 : -1;
  const room = (requirement.bound.factor * from + requirement.bound.offset - from) * harmful;
  const change = room > 1e-12 ? room : from * (isError ? errorHarmFactor - 1 : smallestRateHarm);
  const to = Math.min(1, Math.max(0, decimal(from + harmful * change)));
  return isError && harmful < 0 ? null : { from, to, basis };
}

/** 1 − 0.995 is not 0.005 in binary; to twelve digits it is. */
function decimal(x: number): number {
  return Number(x.toPrecision(12));
}

/** The objective that says what is usual: the strictest on the service's successes, or one on its rate of the label. */
function basisOf(spec: CompiledSpec, rollout: Rollout, requirement: Extract<StageRequirement, { kind: "error-rate" | "label-rate" }>): Slo | null {
  const ofService = spec.slos.filter(({ target }) => target.kind === "service" && target.name === rollout.service);
  const fitting = ofService.filter(({ indicator }) =>
    requirement.kind === "error-rate" ? indicator.kind === "succeeded" : indicator.kind === "label-rate" && indicator.label === requirement.label);
  return fitting.toSorted((a, b) => b.objective - a.objective)[0] ?? null;
}
