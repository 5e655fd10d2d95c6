import type { Slo } from "../../grammar/compiled-spec/index.ts";
import { badTimeMs, errorBudgetMs, outageMs } from "../analysis/time.ts";
import type { Check, Facts, Finding } from "./finding.ts";
import { duration, percent, spot } from "./wording.ts";

export const recoveryExceedsBudget: Check = {
  id: "recovery-exceeds-budget",
  title: "One outage spends more than the objective allows",
  severity: "error",
  foundIn: ["slos"],
  run,
  explanation: {
    problem:
      "An outage does not end when somebody notices: it lasts through detection, decision and recovery, be that a rollback or a new training. If these "
      + "together are longer than the error budget, the first incident breaks the objective, however well everybody does.",
    failing: `slo available of recommend {
  objective: share(succeeded) >= 99.95% over 7d
  respond { detect: 5m, decide: 10m, recover: 5m }
}`,
    mended: `slo available of recommend {
  objective: share(succeeded) >= 99.5% over 7d
  respond { detect: 5m, decide: 10m, recover: 5m }
}`,
    cannotSee:
      "Whether the declared times are true, partial outages (it assumes that everything is bad while it lasts), and more than one outage in a window. "
      + "For `model_age` it assumes the best: that the model was trained the moment the outage began.",
  },
};

function run({ spec }: Facts): readonly Finding[] {
  return spec.slos.flatMap((slo) => {
    // The objective of a label's rate is not a share of time.
    if (slo.respond === null || slo.indicator.kind === "label-rate") return [];
    const outage = outageMs(slo.respond);
    const bad = badTimeMs(slo, outage);
    const budget = errorBudgetMs(slo);
    if (bad <= budget) return [];
    return [{
      check: recoveryExceedsBudget.id,
      severity: recoveryExceedsBudget.severity,
      message: message(slo, slo.respond, outage, bad, budget),
      origin: spot(slo, "objective"),
      related: [{ origin: spot(slo, "respond"), message: `an outage lasts ${duration(outage)}` }],
      data: { outageMs: outage, badMs: bad, budgetMs: budget },
    }];
  });
}

function message(slo: Slo, respond: NonNullable<Slo["respond"]>, outage: number, bad: number, budget: number): string {
  const sum = `detect ${duration(respond.detectMs)} + decide ${duration(respond.decideMs)} + recover ${duration(respond.recoverMs)} = ${duration(outage)}`;
  const allows = `${percent(slo.objective)} over ${duration(slo.windowMs)} allows ${duration(budget)}`;
  const stale = slo.indicator.kind === "model-age" ? `, of which the model is older than ${duration(slo.indicator.belowMs)} for at least ${duration(bad)}` : "";
  return `One outage breaks \`${slo.name}\`: it lasts ${sum}${stale}, and ${allows}. Recover faster, or promise less.`;
}
