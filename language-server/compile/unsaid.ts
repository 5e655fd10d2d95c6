/** What every stage of a rollout has though the spec does not say it: a requirement on errors. */
import type { Rollout, Slo, Stage, StageRequirement } from "../../grammar/compiled-spec/index.ts";

export function withTheUnsaid(rollout: Rollout, slos: readonly Slo[]): Rollout {
  return { ...rollout, stages: rollout.stages.map((stage) => ({ ...stage, requirements: [...stage.requirements, ...impliedErrors(stage, rollout, slos)] })) };
}

/**
 * `rate(errors) <= control`, unless the stage says something about errors itself. With all of the traffic there is no control; the strictest
 * objective of the service stands in for it, and without one, or without a hold to see anything in, nothing is implied.
 */
function impliedErrors(stage: Stage, rollout: Rollout, slos: readonly Slo[]): readonly StageRequirement[] {
  if (stage.requirements.some(({ kind }) => kind === "error-rate")) return [];
  const implied = { origin: stage.origin, kind: "error-rate" as const, comparison: "<=" as const, implied: true as const };
  if (stage.traffic < 1) return [{ ...implied, text: "rate(errors) <= control", bound: { kind: "control", factor: 1, offset: 0 } }];
  const objectives = slos.flatMap(({ target, indicator, objective }) => (target.kind === "service" && target.name === rollout.service && indicator.kind === "succeeded" ? [objective] : []));
  if (objectives.length === 0 || stage.holdMs <= 0) return [];
  const budget = Number((1 - Math.max(...objectives)).toPrecision(12));
  return [{ ...implied, text: `rate(errors) <= ${Number((budget * 100).toPrecision(10))}%`, bound: { kind: "constant", value: budget } }];
}
