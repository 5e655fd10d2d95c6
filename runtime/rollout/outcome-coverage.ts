/**
 * For how many of an arm's predictions an outcome came, and what may be said of those without one. An outcome that did not come may be a no that nobody
 * tells of, or one that is still to come: the rate lies between the two readings (bounds of partial identification, Manski 1989).
 */
import type { ArmCounters, StageCounters } from "../state/counters.ts";
import { difference, halfWidth, noOutcomes, type OutcomeSums } from "../statistics/confidence-sequence.ts";
import { percent } from "./verdict.ts";

export interface ArmSums {
  readonly candidate: OutcomeSums;
  readonly control: OutcomeSums;
}

export function pick({ candidate, control }: StageCounters, which: "outcomes" | "matured", label: string): ArmSums {
  return { candidate: candidate[which].get(label) ?? noOutcomes, control: control[which].get(label) ?? noOutcomes };
}

/** Outcomes of predictions that the counters do not have (of an earlier version of mlspec) make as many predictions. */
const predictionsOf = (arm: ArmCounters, { n }: OutcomeSums): number => Math.max(arm.predictions, n);

/** Share of the arm's predictions that have an outcome; null without predictions. */
export function coverage(arm: ArmCounters, sums: OutcomeSums): number | null {
  const predictions = predictionsOf(arm, sums);
  return predictions === 0 ? null : sums.n / predictions;
}

/** Predictions without an outcome stand in units like those with some: as many to a unit. */
function growth(arm: ArmCounters, sums: OutcomeSums): { readonly units: number; readonly n: number; readonly nn: number } {
  const n = predictionsOf(arm, sums);
  if (sums.n === 0) return { units: Math.min(arm.units, n), n, nn: n };
  return { units: Math.round((sums.units * n) / sums.n), n, nn: (sums.nn * n) / sums.n };
}

/** Every prediction of the arm, of which those without an outcome have a no. All outcomes there: the sums themselves. */
export function othersAsNo(arm: ArmCounters, sums: OutcomeSums): OutcomeSums {
  return { ...sums, ...growth(arm, sums) };
}

/** Every prediction of the arm, with a 1 where an outcome came. */
function presence(arm: ArmCounters, sums: OutcomeSums): OutcomeSums {
  return { ...growth(arm, sums), y: sums.n, ny: sums.nn, yy: sums.nn };
}

/** The arms' coverages differ by less than `within` of the control's, shown by the same sequence as rates are, at level α on either side. */
export function shownEqual(counters: StageCounters, sums: ArmSums, { within, alpha, tightestAt }: { readonly within: number; readonly alpha: number; readonly tightestAt: number }): boolean {
  const [candidate, control] = [presence(counters.candidate, sums.candidate), presence(counters.control, sums.control)];
  return ([1, -1] as const).every((side) => {
    const found = difference({ candidate, control, factor: 1 - side * within, offset: 0 });
    return side * found.estimate - halfWidth(found, alpha, tightestAt) >= 0;
  });
}

/** `outcomes of purchased come for 13% of the candidate's predictions and 28% of the control's`. */
export function coverageText(label: string, counters: StageCounters, sums: ArmSums, isCompared: boolean): string {
  const share = (arm: "candidate" | "control"): string => percent(coverage(counters[arm], sums[arm]));
  return `outcomes of ${label} come for ${share("candidate")} of the candidate's predictions${isCompared ? ` and ${share("control")} of the control's` : ""}`;
}
