/** A rollout as it was declared when it started. It is kept with the rollout: editing the spec does not change what runs. */
import { basename } from "node:path";
import { outcomeKnownAfterMs, type CompiledSpec, type Label, type Rollout, type Service, type StageRequirement } from "../../grammar/compiled-spec/index.ts";
import { hiddenBy } from "../data/personal-values.ts";
import { MlspecError } from "../errors.ts";

export interface Approvers {
  readonly role: string;
  readonly members: readonly string[];
}

export interface StagePlan {
  readonly name: string;
  /** Share of units that the candidate answers; 0 mirrors. */
  readonly traffic: number;
  readonly holdMs: number;
  /** Users are in the stage no longer than this; a plan that an earlier version of mlspec recorded has none. */
  readonly atMostMs?: number;
  /** What happens then. */
  readonly overdue?: "roll-back" | "ask";
  readonly requirements: readonly StageRequirement[];
  /** Each role must approve before the stage begins: the stage's own `approve` and what policies ask for. */
  readonly approvals: readonly Approvers[];
}

export interface LabelFacts {
  /** Outcomes are 1 or 0. */
  readonly yesOrNo: boolean;
  /** So long after a prediction its outcome is certain, events that arrive late included; null: nobody knows when. */
  readonly withinMs: number | null;
}

export interface RolloutPlan {
  /** Name of the spec's file: of several specs that share a state folder, the one that it belongs to. Plans of earlier versions have none. */
  readonly spec?: string;
  readonly name: string;
  readonly model: string;
  readonly service: string;
  readonly unit: string | null;
  readonly alpha: number;
  readonly power: number;
  readonly stages: readonly StagePlan[];
  /** Declared requests per millisecond of the service. */
  readonly volumePerMs: number | null;
  /** The service's strictest error budget, 1 − objective of `share(succeeded)`. */
  readonly errorBudget: number | null;
  /** Objectives of `rate(label)` by label: the rate to expect before any outcome is seen. */
  readonly labelRates: Readonly<Record<string, number>>;
  /** Of the labels that a requirement reads; a plan that an earlier version of mlspec recorded has none. */
  readonly labels?: Readonly<Record<string, LabelFacts>>;
  /**
   * Names of fields and features that the log holds as pseudonyms until this rollout ends, whatever later specs say: what any spec that was served in it calls personal. It only grows,
   * and says how the unit is known; a plan of an earlier version of mlspec has none until it is served.
   */
  readonly personal?: readonly string[];
  /** Random, and known to nobody outside: who meets the candidate cannot be worked out without it. Rollouts of earlier versions have none. */
  readonly salt?: string;
}

export function planRollout(spec: CompiledSpec, name: string): RolloutPlan {
  const rollout = find(spec.rollouts, "rollout", name);
  const service = find(spec.services, "service", rollout.service);
  const file = spec.files[0]?.path;
  return {
    ...(file === undefined ? {} : { spec: basename(file) }),
    name: rollout.name,
    model: rollout.model,
    service: rollout.service,
    unit: rollout.unit,
    alpha: rollout.alpha,
    power: rollout.power,
    stages: rollout.stages.map((stage) => ({
      name: stage.name,
      traffic: stage.traffic,
      holdMs: stage.holdMs,
      atMostMs: stage.atMostMs,
      overdue: stage.overdue,
      requirements: stage.requirements,
      approvals: rolesToAsk(spec, stage).map((role) => ({ role, members: spec.roles.find((r) => r.name === role)?.members ?? [] })),
    })),
    volumePerMs: service.volumePerMs ?? volumeOfExamples(spec, service),
    ...objectives(spec, service),
    personal: hiddenBy(spec, service.name),
    labels: Object.fromEntries(spec.labels.map((label) => [label.name, labelFacts(spec, service, label)])),
  };
}

/** A label by later events matures, but only the log knows which predictions had none: without one it is as good as one that does not. */
function labelFacts(spec: CompiledSpec, service: Service, label: Label): LabelFacts {
  const yesOrNo = label.type.kind === "bool";
  const matures = yesOrNo && service.log !== null && label.rule.kind === "later-events";
  return { yesOrNo, withinMs: matures ? outcomeKnownAfterMs(label, spec.sources) : null };
}

function find<T extends { readonly name: string }>(declarations: readonly T[], kind: "rollout" | "service", name: string): T {
  const found = declarations.find((declaration) => declaration.name === name);
  if (found !== undefined) return found;
  const known = declarations.map((declaration) => declaration.name).join(", ");
  throw new MlspecError(`unknown-${kind}`, `there is no ${kind} '${name}' in the spec`, {
    hint: known === "" ? `The spec declares no ${kind}.` : `The spec declares: ${known}.`,
  });
}

function rolesToAsk(spec: CompiledSpec, stage: Rollout["stages"][number]): readonly string[] {
  const byPolicy = spec.policies
    .flatMap((policy) => policy.rules)
    .flatMap((rule) => (rule.kind === "require-approval" && rule.stage === stage.name ? [rule.role] : []));
  return [...new Set([...(stage.approve === null ? [] : [stage.approve]), ...byPolicy])];
}

function volumeOfExamples(spec: CompiledSpec, service: Service): number | null {
  const model = spec.models.find((m) => m.name === service.model);
  const dataset = spec.datasets.find((d) => d.name === model?.dataset);
  return spec.sources.find((s) => s.name === dataset?.examples)?.volumePerMs ?? null;
}

function objectives(spec: CompiledSpec, service: Service): Pick<RolloutPlan, "errorBudget" | "labelRates"> {
  const budgets: number[] = [];
  const labelRates: Record<string, number> = {};
  for (const slo of spec.slos) {
    if (slo.target.kind !== "service" || slo.target.name !== service.name) continue;
    if (slo.indicator.kind === "succeeded") budgets.push(1 - slo.objective);
    if (slo.indicator.kind === "label-rate") labelRates[slo.indicator.label] = slo.objective;
  }
  return { errorBudget: budgets.length === 0 ? null : Math.min(...budgets), labelRates };
}
