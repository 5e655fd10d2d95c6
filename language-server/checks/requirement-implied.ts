import { objectiveDemands } from "../analysis/bounds.ts";
import { implied, requirementsTogether, sayTheSame, type Implied } from "../analysis/demands.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { listed } from "./wording.ts";

export const requirementImplied: Check = {
  id: "requirement-implied",
  title: "A requirement that another one asks for already",
  severity: "warning",
  foundIn: ["sources", "evaluations", "slos", "rollouts"],
  run,
  explanation: {
    problem:
      "Of two bounds on one measure the stricter decides, and the other can never make a difference. Mostly it was meant for another measure, another slice or another quantile, "
      + "which nothing guards now; or a bound was raised and the old one forgotten, and the next reader takes the wrong one for what holds.",
    failing: `evaluation ranker_quality of ranker {
  require auc >= 0.6
  require auc >= 0.7
}`,
    mended: `evaluation ranker_quality of ranker {
  require auc >= 0.7
}`,
    cannotSee: "Bounds that only look different (`auc >= 0.5 + 0.2` beside `auc >= 0.7`), and what one measure says about another. Objectives in steps (99% and 99.9%) are meant: of them only what is said twice is told.",
  },
};

/** What is required twice in the same words is an error of its own. */
function run({ spec }: Facts): readonly Finding[] {
  const requirements = requirementsTogether(spec).flatMap(implied).filter(({ demand, by }) => !by.some((other) => sayTheSame(demand, other)));
  return [...requirements, ...implied(objectiveDemands(spec.slos))].map(finding);
}

function finding({ demand, by }: Implied): Finding {
  return {
    check: requirementImplied.id,
    severity: requirementImplied.severity,
    message: `\`${demand.text}\` makes no difference beside ${listed(by.map(({ text }) => `\`${text}\``))}. Leave it out, or write what was meant.`,
    origin: demand.origin,
    related: by.map(({ origin }) => ({ origin, message: "this asks for as much, or more" })),
  };
}
