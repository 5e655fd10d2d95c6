import type { Model, Service } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding, Fix } from "./finding.ts";
import { after, duration, spot } from "./wording.ts";

export const noFallback: Check = {
  id: "no-fallback",
  title: "A service has nothing to answer with when its model cannot",
  severity: "warning",
  foundIn: ["services"],
  needsWholeSpec: true,
  run,
  explanation: {
    problem:
      "Models time out, fail to load and meet input they cannot read. Without a fallback each of these is an error on the user's screen, and the "
      + "caller has to invent an answer under pressure. A popular item, the usual rate or a constant is almost always better than nothing.",
    failing: `service recommend {
  model: ranker
  timeout: 50ms
}`,
    mended: `service recommend {
  model: ranker
  timeout: 50ms
  otherwise: ranker.usual
}`,
    cannotSee: "Whether the fallback's answers are any good, and whether it needs the very features whose loss it is for.",
  },
};

function run({ spec, index }: Facts): readonly Finding[] {
  return spec.services.flatMap((service) => {
    const model = index.models.get(service.model);
    if (service.otherwise !== null || model === undefined) return [];
    const fix = fixOf(service, model);
    return [{
      check: noFallback.id,
      severity: noFallback.severity,
      message: message(service, model),
      origin: service.origin,
      related: [{ origin: model.fallbacks[0]?.origin ?? model.origin, message: model.fallbacks.length === 0 ? "the model has no fallback" : "a fallback is declared here" }],
      ...(fix === null ? {} : { fix }),
    }];
  });
}

function message(service: Service, model: Model): string {
  const start = `Service \`${service.name}\` has no fallback: when \`${model.name}\` fails or takes longer than ${duration(service.timeoutMs)}, callers get an error.`;
  const [first] = model.fallbacks;
  return first === undefined
    ? `${start} Give the model one, such as \`fallback usual = 0.5\`, and name it in the service: \`otherwise: ${model.name}.usual\`.`
    : `${start} Model \`${model.name}\` declares \`${first.name}\`: add \`otherwise: ${model.name}.${first.name}\`.`;
}

function fixOf(service: Service, model: Model): Fix | null {
  const [first] = model.fallbacks;
  const behind = service.at["model"];
  if (first === undefined || behind === undefined) return null;
  const name = `${model.name}.${first.name}`;
  return { title: `Answer with \`${name}\` otherwise`, edits: [{ origin: after(spot(service, "model")), newText: `\n  otherwise: ${name}` }] };
}
