import type { Rollout, Stage, StageRequirement } from "../../grammar/compiled-spec/index.ts";
import { errorHarmFactor, planStage, smallestRateHarm, volumeOf, type StagePlan } from "../analysis/planning.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { count, duration, durationAtLeast, percent, spot } from "./wording.ts";

export const stageUnderpowered: Check = {
  id: "stage-underpowered",
  title: "A rollout stage is too short or too small to see the harm it guards against",
  severity: "warning",
  foundIn: ["rollouts"],
  run,
  explanation: {
    problem:
      "A canary that sees too few requests cannot tell a bad release from a good one. It gives the feeling of safety, then either waits far beyond its "
      + "hold for evidence or lets harm through to everybody. How many requests are needed follows from the usual rate, the change that must be caught, the "
      + "share of traffic, the false-alarm rate and the power: it can be known before the release.",
    failing: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 1%, hold: 1h, require rate(errors) <= control }
  stage full { traffic: 100% }
}`,
    mended: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100% }
}`,
    cannotSee:
      `Traffic that is not spread evenly over the day, and how many requests one user makes: with a \`unit\` the evidence is users, of whom there are fewer. `
      + "Outcomes that are posted before the label's time is over, as clients do that tell of both kinds: such a stage needs less. The usual rate is taken from the service's objective (`share(succeeded)` for errors, `rate(label)` for a label); "
      + `without one, or without a \`volume\`, the check says nothing. Where the bound is \`control\` itself, the harm is an error rate ${errorHarmFactor} times as high, or a label's rate ${percent(smallestRateHarm)} lower.`,
  },
};

function run({ spec }: Facts): readonly Finding[] {
  return spec.rollouts.flatMap((rollout) =>
    rollout.stages.flatMap((stage) =>
      stage.requirements.flatMap((requirement) => {
        // What is implied only stops harm: a stage does not wait for proof of it.
        if (requirement.kind === "error-rate" && requirement.implied === true) return [];
        const plan = planStage(spec, rollout, stage, requirement);
        if (plan === null || plan.available >= plan.needed) return [];
        return [finding(rollout, stage, requirement, plan, volumeOf(spec, rollout) ?? 0)];
      }),
    ),
  );
}

function finding(rollout: Rollout, stage: Stage, requirement: StageRequirement, plan: StagePlan, volumePerMs: number): Finding {
  const hold = durationAtLeast(plan.holdMs);
  const { harm } = plan;
  const what = requirement.kind === "label-rate" ? `the rate of \`${requirement.label}\`` : "the error rate";
  // A shadow mirrors all of the traffic.
  const seen = percent(stage.traffic <= 0 ? 1 : stage.traffic);
  const change = `${harm.to > harm.from ? "rise" : "fall"} of ${what} from ${percent(harm.from)} to ${percent(harm.to)}`;
  return {
    check: stageUnderpowered.id,
    severity: stageUnderpowered.severity,
    message:
      `Stage \`${stage.name}\` cannot see a ${change}: in ${duration(stage.holdMs)}, ${seen} of ${count(volumePerMs * 86_400_000)} requests per day are at most `
      + `${count(plan.available)}${plan.knownAfterMs > 0 ? ` with a known outcome (it takes ${duration(plan.knownAfterMs)})` : ""}, and ${count(plan.needed)} are needed (false alarms ${percent(rollout.alpha)}, power ${percent(rollout.power)}). `
      + `A hold of ${hold} would do${stage.traffic <= 0 ? "" : ", or more traffic"}.`
      + (plan.holdMs <= stage.atMostMs ? "" : ` It may last ${duration(stage.atMostMs)} at most (\`at_most\`): it ${stage.overdue === "ask" ? "stops and asks a person" : "is rolled back"} before it can pass.`),
    origin: requirement.origin,
    related: [
      { origin: spot(stage, "hold"), message: `the stage lasts ${duration(stage.holdMs)}` },
      { origin: harm.basis.origin, message: `the usual rate of ${percent(harm.from)} is taken from objective \`${harm.basis.name}\`` },
    ],
    data: { stage: stage.name, available: plan.available, needed: plan.needed, holdMs: Math.ceil(plan.holdMs), from: harm.from, to: harm.to },
    ...(stage.at["hold"] === undefined ? {} : { fix: { title: `Hold for ${hold}`, edits: [{ origin: spot(stage, "hold"), newText: hold }] } }),
  };
}
