/**
 * `latency.p99 < 50ms` of a stage: "of the candidate's requests at most 1% take longer". It passes by the candidate's requests alone, and fails only where the
 * control was quicker in the same time: requests that one stall holds up are late together, and a busy machine is late for everybody, so no number of late
 * requests of one arm tells a slow version from a slow machine.
 */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";
import type { ArmCounters } from "../state/counters.ts";
import { evidenceNeeded, logEvidenceOfMoreErrors } from "../statistics/e-process.ts";
import { evidenceByLargestShare } from "../statistics/lopsided.ts";
import type { Judging } from "./label-evidence.ts";
import { latencyQuantile, slowerThan } from "./latency.ts";
import { requestsNeeded } from "./share-evidence.ts";
import { percent, strength, type Evidence } from "./verdict.ts";

type Latency = Extract<StageRequirement, { kind: "latency" }>;

/** The larger arm's runs hold more rows and take longer, so arms are compared only while the candidate is not the larger one: the smaller has the advantage. */
const LARGEST_COMPARED_SHARE = 0.5;

export function judgeLatency(judging: Judging, requirement: Latency): Evidence {
  const { plan, stage, counters: { candidate, control } } = judging;
  const { maxMs, quantile } = requirement;
  const allowed = 1 - quantile;
  const [trials, slow] = [total(candidate.latency), Math.round(slowerThan(candidate.latency, maxMs))];
  const needed = requestsNeeded(plan, allowed);
  const isCompared = stage.traffic <= LARGEST_COMPARED_SHARE;
  const against = isCompared ? strength(evidenceOfMoreSlow(judging, maxMs, allowed)) : null;
  const common = {
    text: requirement.text, kind: requirement.kind, candidate: quantileOf(candidate, quantile), control: quantileOf(control, quantile), bound: maxMs, seen: trials, needed, against,
  } as const;
  const share = trials === 0 ? null : slow / trials;
  const observed = `${slow} of ${trials} requests took longer than ${maxMs} ms (${percent(share)})`;
  const controls = percent(shareOf(control, maxMs));
  const open = (reason: string): Evidence => ({ ...common, outcome: "not-enough-evidence", reason });
  if (share !== null && share > allowed && against === 1) {
    return { ...common, outcome: "fail", reason: `${observed}: above ${percent(allowed)}, and by more than that above the control's ${controls} of the same time` };
  }
  if (share === null || trials < needed) return open(`${observed}; judged from ${needed} requests on`);
  if (share <= allowed) return { ...common, outcome: "pass", reason: observed };
  if (isCompared) return open(`${observed}: above ${percent(allowed)}, though not shown to be by more than that above the control's ${controls}: the machine may be slow`);
  return open(`${observed}: above ${percent(allowed)}; without a control of at least the candidate's share beside it a slow machine looks the same, so this holds the stage and rolls nothing back`);
}

/**
 * Evidence, as a share of what fails, against "at every moment the candidate is late for at most `allowed` more of its requests than the control is". A unit counts by the first request that stood
 * for it, where it draws its arm; the derivation is in `docs/rollout.md`. Counts of parts of requests make E smaller, never larger: ln(1 + xa) ≥ x·ln(1 + a).
 */
function evidenceOfMoreSlow({ plan, counters: { candidate, control }, split, isLopsided }: Judging, maxMs: number, allowed: number): number {
  const first = ({ firstLatency }: ArmCounters) => ({ units: total(firstLatency), errors: slowerThan(firstLatency, maxMs) });
  const arms = { candidate: first(candidate), control: first(control), factor: 1, offset: allowed };
  return isLopsided ? evidenceByLargestShare(arms, plan.alpha) : logEvidenceOfMoreErrors({ ...arms, share: split }) / evidenceNeeded(plan.alpha);
}

const total = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Null without requests. */
const quantileOf = ({ latency }: ArmCounters, quantile: number): number | null => (total(latency) === 0 ? null : latencyQuantile(latency, quantile));
const shareOf = ({ latency }: ArmCounters, maxMs: number): number | null => (total(latency) === 0 ? null : slowerThan(latency, maxMs) / total(latency));
