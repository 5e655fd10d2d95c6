import { rangeOfMetric, type Evaluation, type MetricRequirement } from "../../grammar/compiled-spec/index.ts";
import { listed } from "./wording.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { servedModels, type Exposure } from "./served.ts";

export const noEvaluationGate: Check = {
  id: "no-evaluation-gate",
  title: "A served model has no quality gate",
  severity: "warning",
  foundIn: ["models"],
  needsWholeSpec: true,
  run,
  explanation: {
    problem:
      "Any model that trains without an error is registered and can be rolled out, however bad it is: one trained on yesterday's broken "
      + "export looks exactly like a good one until users notice. An evaluation with at least one `require` stops such a model before it has a version.",
    failing: `evaluation ranker_quality of ranker {
  metrics: [auc, log_loss]
}`,
    mended: `evaluation ranker_quality of ranker {
  metrics: [auc, log_loss]
  require auc >= 0.7
}`,
    cannotSee:
      "Whether a bound is a good one. It does see bounds that no model can fail (`auc >= 0`). A gate against `current` alone counts, though the "
      + "first version has nothing to be compared with.",
  },
};

function run({ spec, index }: Facts): readonly Finding[] {
  return [...servedModels(spec).values()].flatMap((exposure) => {
    const model = index.models.get(exposure.model);
    if (model === undefined) return [];
    const evaluations = spec.evaluations.filter((evaluation) => evaluation.model === model.name);
    const requirements = evaluations.flatMap((evaluation) => evaluation.requirements);
    if (requirements.some((requirement) => !cannotFail(requirement))) return [];
    return [{
      check: noEvaluationGate.id,
      severity: noEvaluationGate.severity,
      message: message(exposure, evaluations, requirements),
      origin: model.origin,
      related: [
        { origin: exposure.origin, message: `${exposure.by} brings \`${model.name}\` to users` },
        ...evaluations.map(({ origin, name }) => ({ origin, message: `evaluation \`${name}\` measures, but stops nothing` })),
      ],
    }];
  });
}

function message({ model, by }: Exposure, evaluations: readonly Evaluation[], requirements: readonly MetricRequirement[]): string {
  const start = `Model \`${model}\` reaches users through ${by}, but nothing stops a bad version`;
  if (evaluations.length === 0) return `${start}: it has no evaluation. Add \`evaluation ${model}_quality of ${model}\` with at least one \`require\`.`;
  const names = listed(evaluations.map(({ name }) => `\`${name}\``));
  if (requirements.length === 0) return `${start}: ${names} measures without a requirement. Add one, such as \`require auc >= 0.7\`.`;
  return `${start}: no model can fail ${listed(requirements.map(({ text }) => `\`${text}\``))}. Require more than the metric's own range.`;
}

/** True when every value that the metric can have satisfies the requirement. */
function cannotFail({ metric, comparison, bound }: MetricRequirement): boolean {
  if (bound.kind !== "constant") return false;
  const { low, high } = rangeOfMetric[metric];
  switch (comparison) {
    case ">=":
      return bound.value <= low;
    case ">":
      return bound.value < low;
    case "<=":
      return bound.value >= high;
    case "<":
      return bound.value > high;
  }
}
