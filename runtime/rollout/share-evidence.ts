/** A share of the candidate's requests against a constant: `rate(errors) <= 1%`, `disagreement < 5%`. */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";
import { evidenceNeeded, logEvidenceAgainstShare } from "../statistics/e-process.ts";
import { planOneProportion } from "../statistics/planning.ts";
import type { RolloutPlan } from "./plan.ts";
import { percent, strength, type Evidence } from "./verdict.ts";

/** No rule on shares passes on fewer observations. */
const FEWEST_OBSERVATIONS = 100;

interface ShareSeen {
  readonly successes: number;
  readonly trials: number;
  readonly bound: number;
  readonly what: string;
  readonly leftOut?: number;
}

/** Fails at 1/α, passes within the bound once a doubling would have shown. */
export function judgeShare(plan: RolloutPlan, requirement: StageRequirement, { successes, trials, bound, what, leftOut = 0 }: ShareSeen): Evidence {
  const against = strength(logEvidenceAgainstShare({ successes, trials, probability: bound }) / evidenceNeeded(plan.alpha));
  const needed = requestsNeeded(plan, bound);
  const value = trials === 0 ? null : successes / trials;
  const common = { text: requirement.text, kind: requirement.kind, candidate: value, control: null, bound, seen: trials, needed, against } as const;
  const observed = `${successes} of ${trials} requests ${what} (${percent(value)})${leftOut === 0 ? "" : `, ${leftOut} more were left out while the mirror was busy`}`;
  if (against >= 1) return { ...common, outcome: "fail", reason: `${observed}: more than ${percent(bound)}` };
  if (value === null || trials < needed) return { ...common, outcome: "not-enough-evidence", reason: `${observed}; judged from ${needed} requests on` };
  if (value > bound) return { ...common, outcome: "not-enough-evidence", reason: `${observed}: above ${percent(bound)}, though it could still be chance` };
  return { ...common, outcome: "pass", reason: observed };
}

/** So many show a doubling of `bound`, or half of the way to everything. */
export function requestsNeeded({ alpha, power }: RolloutPlan, bound: number): number {
  const planned = planOneProportion({ bound, change: Math.min(bound, (1 - bound) / 2), alpha, power });
  // A bound of nothing or of everything cannot double: no plan is finite.
  return Math.max(FEWEST_OBSERVATIONS, Number.isFinite(planned) ? planned : FEWEST_OBSERVATIONS);
}
