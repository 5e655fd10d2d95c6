import type { Rollout, Service, Slo, Stage, StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { duration, spot } from "./wording.ts";

export const latencyAboveTimeout: Check = {
  id: "latency-above-timeout",
  title: "An objective or a stage allows more time than any answer takes",
  severity: "warning",
  foundIn: ["slos", "rollouts"],
  run,
  explanation: {
    problem:
      "After `timeout` a request is answered by the fallback, or refused: it takes no longer. An objective that counts answers below a greater latency counts them all, is met "
      + "however slow the model is, and its budget is never spent; a stage with such a requirement lets every candidate pass. The time that users notice is mostly the smaller one.",
    failing: `slo fast of recommend {
  objective: share(latency < 2s) >= 99% over 7d
}`,
    mended: `slo fast of recommend {
  objective: share(latency < 40ms) >= 99% over 7d
}`,
    cannotSee: "A server that is so busy that even its timeouts are late: the objective would notice that, and `share(succeeded)` notices it too where there is no fallback.",
  },
};

function run(facts: Facts): readonly Finding[] {
  return [...ofObjectives(facts), ...facts.spec.rollouts.flatMap((rollout) => ofStages(rollout, facts))];
}

function ofObjectives({ spec, index }: Facts): readonly Finding[] {
  return spec.slos.flatMap((slo) => {
    const service = slo.target.kind === "service" ? index.services.get(slo.target.name) : undefined;
    return service === undefined || slo.indicator.kind !== "latency" || slo.indicator.belowMs <= service.timeoutMs ? [] : [finding(slo, slo.indicator.belowMs, service)];
  });
}

/** In a shadow a candidate has longer than the timeout: nobody waits for it. */
function ofStages(rollout: Rollout, { index }: Facts): readonly Finding[] {
  const service = index.services.get(rollout.service);
  if (service === undefined) return [];
  return rollout.stages.filter(({ traffic }) => traffic > 0).flatMap((stage) => stage.requirements.flatMap((requirement) =>
    (requirement.kind === "latency" && requirement.maxMs > service.timeoutMs ? [findingOfStage(stage, requirement, rollout, service)] : [])));
}

function findingOfStage(stage: Stage, { text, origin, maxMs }: StageRequirement & { readonly kind: "latency" }, rollout: Rollout, service: Service): Finding {
  return {
    check: latencyAboveTimeout.id,
    severity: latencyAboveTimeout.severity,
    message:
      `Stage \`${stage.name}\` of \`${rollout.name}\` requires \`${text}\`, but \`${service.name}\` answers otherwise after ${duration(service.timeoutMs)} (\`timeout\`): every candidate meets it, however slow the model is. `
      + "Ask for less than that.",
    origin,
    related: [{ origin: spot(service, "timeout"), message: "when a request is answered otherwise" }],
    data: { rollout: rollout.name, stage: stage.name, maxMs, timeoutMs: service.timeoutMs },
  };
}

function finding(slo: Slo, belowMs: number, service: Service): Finding {
  return {
    check: latencyAboveTimeout.id,
    severity: latencyAboveTimeout.severity,
    message:
      `Objective \`${slo.name}\` counts answers that take less than ${duration(belowMs)}, but \`${service.name}\` answers otherwise after ${duration(service.timeoutMs)} (\`timeout\`): all are counted, however slow the model is. `
      + "Ask for less than that.",
    origin: spot(slo, "objective"),
    related: [{ origin: spot(service, "timeout"), message: "when a request is answered otherwise" }],
    data: { slo: slo.name, belowMs, timeoutMs: service.timeoutMs },
  };
}
