import type { Service, Slo } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { duration, spot } from "./wording.ts";

export const latencyAboveTimeout: Check = {
  id: "latency-above-timeout",
  title: "An objective allows more time than any answer takes",
  severity: "warning",
  foundIn: ["slos"],
  run,
  explanation: {
    problem:
      "After `timeout` a request is answered by the fallback, or refused: it takes no longer. An objective that counts answers below a greater latency counts them all, is met "
      + "however slow the model is, and its budget is never spent. The time that users notice is mostly the smaller one.",
    failing: `slo fast of recommend {
  objective: share(latency < 2s) >= 99% over 7d
}`,
    mended: `slo fast of recommend {
  objective: share(latency < 40ms) >= 99% over 7d
}`,
    cannotSee: "A server that is so busy that even its timeouts are late: the objective would notice that, and `share(succeeded)` notices it too where there is no fallback.",
  },
};

function run({ spec, index }: Facts): readonly Finding[] {
  return spec.slos.flatMap((slo) => {
    const service = slo.target.kind === "service" ? index.services.get(slo.target.name) : undefined;
    return service === undefined || slo.indicator.kind !== "latency" || slo.indicator.belowMs <= service.timeoutMs ? [] : [finding(slo, slo.indicator.belowMs, service)];
  });
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
