import type { Rollout, Stage } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { percent, spot } from "./wording.ts";

export const lastStagePartial: Check = {
  id: "last-stage-partial",
  title: "A rollout's last stage is not everybody",
  severity: "warning",
  foundIn: ["rollouts"],
  needsWholeSpec: true,
  run,
  explanation: {
    problem:
      "When the last stage has passed, the new version answers everybody. If that stage had a tenth of the traffic, nothing was ever measured under all of it: the step to "
      + "everybody, where load and caches change most, is the only one without a gate. Mostly a stage was forgotten.",
    failing: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
}`,
    mended: `rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100% }
}`,
    cannotSee: "Whether the last stage holds long enough to notice anything: `stage full { traffic: 100% }` without a `hold` passes at once.",
  },
};

function run({ spec }: Facts): readonly Finding[] {
  return spec.rollouts.flatMap((rollout) => {
    const last = rollout.stages.at(-1);
    return last === undefined || last.traffic >= 1 ? [] : [finding(rollout, last)];
  });
}

function finding(rollout: Rollout, stage: Stage): Finding {
  const share = stage.traffic <= 0 ? "mirrors requests and answers none" : `has ${percent(stage.traffic)} of the traffic`;
  return {
    check: lastStagePartial.id,
    severity: lastStagePartial.severity,
    message:
      `Stage \`${stage.name}\`, which ${share}, is the last of \`${rollout.name}\`: once it has passed, the new version answers all requests, which no stage has tried. `
      + "End with `stage full { traffic: 100% }`.",
    origin: spot(stage, "traffic"),
    related: [{ origin: rollout.origin, message: "the rollout" }],
    data: { stage: stage.name, traffic: stage.traffic },
  };
}
