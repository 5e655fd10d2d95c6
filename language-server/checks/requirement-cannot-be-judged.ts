import type { Rollout, Stage, StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { percent, spot } from "./wording.ts";

export const requirementCannotBeJudged: Check = {
  id: "requirement-cannot-be-judged",
  title: "A stage asks for what it can never know",
  severity: "error",
  foundIn: ["rollouts"],
  run,
  explanation: {
    problem:
      "A stage compares two arms while both are there. At 100% of the traffic there is no control any more, and a shadow answers nobody, so that no outcome can come "
      + "of its answers. Such a requirement would never pass and never fail: `rollout start` refuses it, and it is better to know now.",
    failing: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h }
  stage full { traffic: 100%, hold: 4h, require rate(errors) <= control }
}`,
    mended: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100% }
}`,
    cannotSee: "Labels that nobody reports to the service, and requests that never come.",
  },
};

function run({ spec }: Facts): readonly Finding[] {
  return spec.rollouts.flatMap((rollout) =>
    rollout.stages.flatMap((stage) =>
      stage.requirements.flatMap((requirement) => {
        const why = reason(stage, requirement);
        return why === null ? [] : [finding(rollout, stage, requirement, why)];
      }),
    ),
  );
}

function reason(stage: Stage, requirement: StageRequirement): { readonly because: string; readonly remedy: string } | null {
  const comparesArms = "bound" in requirement && requirement.bound.kind === "control";
  if (comparesArms && stage.traffic >= 1) {
    return { because: `at ${percent(stage.traffic)} of the traffic there is no control to compare with`, remedy: "Move it to a stage before, or compare with a constant." };
  }
  if (requirement.kind === "label-rate" && stage.traffic <= 0) {
    return { because: "a shadow answers nobody, so no outcome comes of its answers", remedy: "Move it to a stage with traffic." };
  }
  if (requirement.kind === "disagreement" && stage.traffic > 0) {
    return { because: "only a shadow has both answers to the same request", remedy: "Move it to a stage with `traffic: 0%`." };
  }
  return null;
}

function finding(rollout: Rollout, stage: Stage, requirement: StageRequirement, why: { readonly because: string; readonly remedy: string }): Finding {
  return {
    check: requirementCannotBeJudged.id,
    severity: requirementCannotBeJudged.severity,
    message: `Stage \`${stage.name}\` of \`${rollout.name}\` can never judge \`${requirement.text}\`: ${why.because}. ${why.remedy}`,
    origin: requirement.origin,
    related: [{ origin: spot(stage, "traffic"), message: `the stage answers ${percent(stage.traffic)} of the traffic` }],
    data: { rollout: rollout.name, stage: stage.name },
  };
}
