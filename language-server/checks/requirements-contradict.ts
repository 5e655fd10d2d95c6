import type { Demand } from "../analysis/bounds.ts";
import { contradictions, filters, requirementsTogether } from "../analysis/demands.ts";
import type { Check, Facts, Finding } from "./finding.ts";

export const requirementsContradict: Check = {
  id: "requirements-contradict",
  title: "Requirements that nothing meets together",
  severity: "error",
  foundIn: ["sources", "features", "datasets", "evaluations", "rollouts"],
  run,
  explanation: {
    problem:
      "A measure is asked to be above one bound and below a smaller one. No version can pass such a gate and no row such a contract, so that nothing is ever registered, or a "
      + "rollout waits until it is rolled back. Mostly one of the two is the wrong way round. The same goes for a condition that chooses rows: it chooses none.",
    failing: `evaluation ranker_quality of ranker {
  require auc >= 0.8
  require auc <= 0.6
}`,
    mended: `evaluation ranker_quality of ranker {
  require auc >= 0.8
}`,
    cannotSee: "Bounds of different measures that exclude each other (a recall of 100% at a precision of 90%), and calculations with columns: it compares bounds of one measure, and columns with numbers and times.",
  },
};

function run({ spec }: Facts): readonly Finding[] {
  return [...requirementsTogether(spec), ...filters(spec)].flatMap((demands) => contradictions(demands).map(finding));
}

function finding([first, second]: readonly [Demand, Demand]): Finding {
  const alone = first === second;
  return {
    check: requirementsContradict.id,
    severity: requirementsContradict.severity,
    message: alone ? `Nothing meets \`${second.text}\`: its parts exclude each other. Leave one out.` : `Nothing meets both \`${first.text}\` and \`${second.text}\`: one of them always fails. Leave one out, or turn one round.`,
    origin: second.origin,
    related: alone ? [] : [{ origin: first.origin, message: "the other one" }],
  };
}
