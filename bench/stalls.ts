/**
 * How often a bound on latency rolls back a version that is as quick as the control, and one that is slower, where requests are late together: a machine that
 * stalls for many requests in a row, arms of unequal shares, requests of many rows, shoppers who come again. Thousands of simulated rollouts through the
 * code that decides real ones, beside the test that takes each request for a piece of evidence of its own. Run: `node bench/stalls.ts`.
 */
import type { StageRequirement } from "../grammar/compiled-spec/index.ts";
import { stageEvidence } from "../runtime/rollout/evidence.ts";
import { latencyBucket, slowerThan } from "../runtime/rollout/latency.ts";
import type { RolloutPlan, StagePlan } from "../runtime/rollout/plan.ts";
import { noCounters, type ArmCounters } from "../runtime/state/counters.ts";
import { evidenceNeeded, logEvidenceAgainstShare } from "../runtime/statistics/e-process.ts";
import { seeded } from "./gates.ts";

const ALPHA = 0.05;
const QUANTILE = 0.99;

export interface Stalling {
  readonly name: string;
  /** Share of the units at the candidate; 0 mirrors. */
  readonly share: number;
  readonly rowsPerRequest: number;
  /** The model's milliseconds for a run and for each of its rows; the candidate takes `slower` times as long. */
  readonly runMs: number;
  readonly rowMs: number;
  readonly slower: number;
  readonly boundMs: number;
  /** Requests in a row that a stall lasts on average, and requests between stalls. */
  readonly stalled: number;
  readonly calm: number;
  /** Milliseconds that a stall adds, on average. */
  readonly stallMs: number;
  /** Share of requests of shoppers who have been there before. */
  readonly again: number;
  readonly requests: number;
}

export interface StallTally {
  /** Share of rollouts that were rolled back. */
  readonly rolledBack: number;
  /** Median requests until then; NaN without any. */
  readonly medianRequests: number;
  /** Share that would have been, were each request of the candidate independent evidence against the bound. */
  readonly byRequests: number;
}

interface ArmSeen {
  readonly latency: Map<number, number>;
  readonly firstLatency: Map<number, number>;
}

const increment = (counts: Map<number, number>, key: number): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
const total = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

function counted({ latency, firstLatency }: ArmSeen): ArmCounters {
  const [requests, units] = [total(latency), total(firstLatency)];
  return { ...noCounters, units, requests, predictions: requests, latency, firstLatency };
}

/** Times of a machine that stalls: once it does, it goes on for a while, for whoever asks. */
function machine({ stalled, calm, stallMs }: Stalling, random: () => number): () => number {
  let isStalled = random() < stalled / (stalled + calm);
  return () => {
    if (random() < 1 / (isStalled ? stalled : calm)) isStalled = !isStalled;
    return isStalled ? -stallMs * Math.log(1 - random()) : 0;
  };
}

interface Rolled {
  readonly failedAt: number | null;
  readonly byRequests: boolean;
}

const looksEvery = 10;

function simulate(scenario: Stalling, random: () => number): Rolled {
  const { share, rowsPerRequest, runMs, rowMs, slower, boundMs, again, requests } = scenario;
  const requirement: StageRequirement = { kind: "latency", origin: { file: 0, range: [0, 0, 0, 0] }, text: `latency.p99 < ${boundMs}ms`, quantile: QUANTILE, maxMs: boundMs };
  const stage: StagePlan = { name: "canary", traffic: share, holdMs: 1, requirements: [requirement], approvals: [] };
  const plan: RolloutPlan = { name: "simulated", model: "m", service: "s", unit: "u", alpha: ALPHA, power: 0.8, stages: [stage], volumePerMs: 1, errorBudget: null, labelRates: {} };
  const arms = { candidate: { latency: new Map(), firstLatency: new Map() } as ArmSeen, control: { latency: new Map(), firstLatency: new Map() } as ArmSeen };
  const stall = machine(scenario, random);
  const known: ("candidate" | "control")[] = [];
  const drawArm = (): "candidate" | "control" => (random() < share ? "candidate" : "control");
  let byRequests = false;
  for (let request = 1; request <= requests; request++) {
    // The one that stands for the request; the others of it, if any, are new.
    const isKnown = known.length > 0 && random() < again;
    const drawn = isKnown ? (known[Math.floor(random() * known.length)] ?? "control") : drawArm();
    if (!isKnown) known.push(drawn);
    let ofCandidate = drawn === "candidate" ? 1 : 0;
    for (let row = 1; row < rowsPerRequest; row++) if (random() < share) ofCandidate++;
    const waited = stall();
    const took = (rows: number, times: number): number => (runMs + rowMs * rows) * times * Math.exp(0.1 * (random() + random() + random() - 1.5)) + waited * (0.5 + random());
    const rows = share === 0 ? { candidate: rowsPerRequest, control: rowsPerRequest } : { candidate: ofCandidate, control: rowsPerRequest - ofCandidate };
    for (const arm of ["candidate", "control"] as const) {
      if (rows[arm] === 0) continue;
      const bucket = latencyBucket(took(rows[arm], arm === "candidate" ? slower : 1));
      increment(arms[arm].latency, bucket);
      if (!isKnown && (share === 0 || arm === drawn)) increment(arms[arm].firstLatency, bucket);
    }
    if (request % looksEvery > 0) continue;
    const counters = { candidate: counted(arms.candidate), control: counted(arms.control) };
    byRequests ||= logEvidenceAgainstShare({
      successes: Math.round(slowerThan(counters.candidate.latency, boundMs)), trials: counters.candidate.requests, probability: 1 - QUANTILE,
    }) >= evidenceNeeded(ALPHA);
    if (stageEvidence(plan, stage, counters).requirements[0]?.outcome === "fail") return { failedAt: request, byRequests };
  }
  return { failedAt: null, byRequests };
}

export function tallyStalls(scenario: Stalling, rollouts: number, seed: number): StallTally {
  const random = seeded(seed);
  const results = Array.from({ length: rollouts }, () => simulate(scenario, random));
  const failures = results.flatMap(({ failedAt }) => (failedAt === null ? [] : [failedAt])).sort((a, b) => a - b);
  return {
    rolledBack: failures.length / rollouts,
    medianRequests: failures[failures.length >> 1] ?? NaN,
    // Where this rolls back first, the other was not looked at any more: of equal versions that is hardly ever.
    byRequests: results.filter((result) => result.byRequests).length / rollouts,
  };
}

/** A model of some 20 ms, and a machine that stalls for two dozen requests in a row, a tenth of the time. */
export const stalling: Stalling = {
  name: "", share: 0.5, rowsPerRequest: 1, runMs: 19, rowMs: 1, slower: 1, boundMs: 25, stalled: 25, calm: 225, stallMs: 30, again: 0, requests: 1_000,
};
export const equal: readonly Stalling[] = [
  { ...stalling, name: "A/A, 50%" },
  { ...stalling, name: "A/A, 50%, the bound is what the model takes", boundMs: 20 },
  { ...stalling, name: "A/A, 5%", share: 0.05 },
  { ...stalling, name: "A/A, 5%, the bound is what the model takes", share: 0.05, boundMs: 20 },
  { ...stalling, name: "A/A, 50%, 4 rows a request", rowsPerRequest: 4, rowMs: 5 },
  { ...stalling, name: "A/A, 10%, 40 rows a request", share: 0.1, rowsPerRequest: 40, runMs: 10, rowMs: 0.4 },
  { ...stalling, name: "A/A, 20%, most shoppers come again", share: 0.2, again: 0.8 },
  { ...stalling, name: "A/A, shadow", share: 0 },
  { ...stalling, name: "A/A, 50%, stalls of 250 requests, half of the time", stalled: 250, calm: 250 },
];
export const harmed: readonly Stalling[] = [
  { ...stalling, name: "A/B, 50%, twice as slow", slower: 2 },
  { ...stalling, name: "A/B, 10%, twice as slow", share: 0.1, slower: 2 },
  { ...stalling, name: "A/B, shadow, twice as slow", share: 0, slower: 2 },
  { ...stalling, name: "A/B, 50%, a quarter slower", slower: 1.25 },
  { ...stalling, name: "A/B, 50%, twice as slow, but within the bound", slower: 2, boundMs: 50, stalled: 1, calm: 1e9 },
  { ...stalling, name: "A/B, 10%, 40 rows a request, twice as slow", share: 0.1, rowsPerRequest: 40, runMs: 10, rowMs: 0.4, slower: 2 },
];

function main(rollouts: number): void {
  const share = (value: number) => `${(value * 100).toFixed(1)}%`.padStart(8);
  console.log(`${rollouts} simulated rollouts each, ${stalling.requests} requests, a look every ${looksEvery}, α = ${ALPHA}`);
  console.log(`${"".padEnd(56)}  rolled    median  request by\n${"".padEnd(56)}    back  requests     request`);
  for (const [i, scenario] of [...equal, ...harmed].entries()) {
    const { rolledBack, medianRequests, byRequests } = tallyStalls(scenario, rollouts, 2_000 + i);
    console.log(`${scenario.name.padEnd(56)}${share(rolledBack)}  ${(Number.isNaN(medianRequests) ? "–" : String(medianRequests)).padStart(8)}    ${share(byRequests)}`);
  }
}

if (import.meta.main) main(Number(process.argv[2] ?? 2_000));
