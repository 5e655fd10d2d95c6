/**
 * Which units each arm has seen, so that a unit counts once however often it comes: in memory, and after a restart again from the log.
 * There is one recorder per service (serving holds a lease), so nothing else adds to what is known here.
 */
import type { Counters, UnitLog } from "../state/counters.ts";
import type { OutcomeSums } from "../statistics/confidence-sequence.ts";
import { exposureText, type Exposure } from "./exposure.ts";

/**
 * Units told apart per arm and stage, about 60 bytes each. When one arm has as many, new units count in neither: stopping one
 * arm alone would look like a sample ratio mismatch.
 */
const MOST_UNITS = 1_000_000;

interface Total {
  readonly n: number;
  readonly y: number;
}

interface Known {
  readonly seen: Set<number>;
  readonly erred: Set<number>;
  /** By label and unit. */
  readonly outcomes: Map<string, Map<number, Total>>;
}

/** What a unit met. */
export interface UnitMet {
  /** An error, in one request or another. */
  readonly failed: boolean;
  /** Of the first request that stood for it. */
  readonly latencyBucket: number;
}

export interface UnitBatch {
  /** Units that came. */
  readonly units: ReadonlyMap<number, UnitMet>;
  /** What the outcomes of each unit add, by label. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<number, Total>>;
}

export interface UnitCounts {
  readonly units: number;
  readonly erringUnits: number;
  /** New units by the latency bucket of the request that they came with. */
  readonly firstLatency: ReadonlyMap<number, number>;
  readonly outcomes: ReadonlyMap<string, OutcomeSums>;
  readonly log: readonly UnitLog[];
}

export interface KnownUnits {
  /** What a batch adds to the counts; from then on its units are known. */
  add(exposure: Exposure, batch: UnitBatch): UnitCounts;
  /** Forgets everything in memory: what was added could not be written. The log tells what was. */
  forget(): void;
  /** Forgets other rollouts, and the requests of earlier stages. */
  keepOnly(rollout: string | null, stage: number): void;
}

export function createKnownUnits(counters: Pick<Counters, "unitLog">, most: number = MOST_UNITS): KnownUnits {
  const byExposure = new Map<string, { readonly exposure: Exposure; readonly known: Known }>();
  const knownTo = (exposure: Exposure): Known => {
    const key = exposureText(exposure);
    const found = byExposure.get(key);
    if (found !== undefined) return found.known;
    const known = replay(counters.unitLog(exposure));
    byExposure.set(key, { exposure, known });
    return known;
  };
  return {
    add(exposure, { units, outcomes }) {
      const known = knownTo(exposure);
      const other = knownTo({ ...exposure, arm: exposure.arm === "candidate" ? "control" : "candidate" });
      const { fresh, erring, firstLatency } = addUnits(known, units, Math.max(known.seen.size, other.seen.size) < most);
      const sums = new Map<string, OutcomeSums>();
      const log: UnitLog[] = [];
      if (fresh.length > 0) log.push({ kind: "seen", label: "", numbers: fresh });
      if (erring.length > 0) log.push({ kind: "erred", label: "", numbers: erring });
      for (const [label, added] of outcomes) {
        const totals = known.outcomes.get(label) ?? new Map<number, Total>();
        known.outcomes.set(label, totals);
        const room = Math.max(totals.size, other.outcomes.get(label)?.size ?? 0) < most;
        const numbers = [...added].flatMap(([unit, { n, y }]) => (room || totals.has(unit) ? [unit, n, y] : []));
        sums.set(label, addOutcomes(totals, numbers));
        log.push({ kind: "outcome", label, numbers });
      }
      return { units: fresh.length, erringUnits: erring.length, firstLatency, outcomes: sums, log };
    },
    forget() {
      byExposure.clear();
    },
    keepOnly(rollout, stage) {
      for (const [key, { exposure, known }] of byExposure) {
        if (exposure.rollout !== rollout) byExposure.delete(key);
        else if (exposure.stage < stage) {
          known.seen.clear();
          known.erred.clear();
        }
      }
    },
  };
}

interface AddedUnits {
  readonly fresh: readonly number[];
  readonly erring: readonly number[];
  readonly firstLatency: ReadonlyMap<number, number>;
}

function addUnits({ seen, erred }: Known, units: ReadonlyMap<number, UnitMet>, room: boolean): AddedUnits {
  const fresh: number[] = [];
  const erring: number[] = [];
  const firstLatency = new Map<number, number>();
  for (const [unit, { failed, latencyBucket }] of units) {
    if (!seen.has(unit)) {
      if (!room) continue;
      seen.add(unit);
      fresh.push(unit);
      firstLatency.set(latencyBucket, (firstLatency.get(latencyBucket) ?? 0) + 1);
    }
    if (failed && !erred.has(unit)) {
      erred.add(unit);
      erring.push(unit);
    }
  }
  return { fresh, erring, firstLatency };
}

/** `numbers`: unit, n and y in turn. A unit's n and y grow, so its part in the sums of squares is replaced. */
function addOutcomes(totals: Map<number, Total>, numbers: readonly number[]): OutcomeSums {
  let [units, n, y, nn, ny, yy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i + 2 < numbers.length; i += 3) {
    const [unit, addedN, addedY] = [numbers[i] ?? 0, numbers[i + 1] ?? 0, numbers[i + 2] ?? 0];
    const before = totals.get(unit);
    const old = before ?? { n: 0, y: 0 };
    const total = { n: old.n + addedN, y: old.y + addedY };
    totals.set(unit, total);
    units += before === undefined ? 1 : 0;
    n += addedN;
    y += addedY;
    nn += total.n ** 2 - old.n ** 2;
    ny += total.n * total.y - old.n * old.y;
    yy += total.y ** 2 - old.y ** 2;
  }
  return { units, n, y, nn, ny, yy };
}

function replay(log: readonly UnitLog[]): Known {
  const known: Known = { seen: new Set(), erred: new Set(), outcomes: new Map() };
  for (const { kind, label, numbers } of log) {
    if (kind === "outcome") {
      const totals = known.outcomes.get(label) ?? new Map<number, Total>();
      known.outcomes.set(label, totals);
      addOutcomes(totals, numbers);
    } else {
      for (const unit of numbers) known[kind].add(unit);
    }
  }
  return known;
}
