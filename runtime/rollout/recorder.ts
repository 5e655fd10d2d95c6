/** Adds observations up in memory and writes them in one transaction now and then: serving pays for a map entry, not for a disk. */
import type { CounterBatch } from "../state/counters.ts";
import type { State } from "../state/state.ts";
import { unitHash } from "./assignment.ts";
import { exposureText, type Exposure, type Observation, type Outcome } from "./exposure.ts";
import { latencyBucket } from "./latency.ts";
import type { Routing } from "./router.ts";

export interface Recorder {
  /** Never throws and never waits. */
  observe(observation: Observation): void;
  outcome(outcome: Outcome): void;
  /** Writes what has been added up; on failure keeps it for the next time and returns the error. */
  flush(): unknown;
  /** Observations given up because the database refused writes for long. */
  dropped(): number;
}

export interface RecorderOptions {
  readonly state: State;
  /** For the tolerances of the running rollout. */
  readonly routing: () => Routing;
  /** Observations held in memory at most. */
  readonly limit?: number;
}

/** Units known to be counted already, so that a busy shopper costs one row write, not one per flush. Forgotten when they are many. */
const KNOWN_UNITS = 100_000;

interface Pending {
  readonly exposure: Exposure;
  requests: number;
  errors: number;
  compared: number;
  readonly disagreed: Map<number, number>;
  readonly latency: Map<number, number>;
  readonly units: Map<number, boolean>;
  readonly ownUnits: { seen: number; erred: number };
  readonly outcomes: Map<string, { readonly label: string; readonly unit: number; n: number; y: number }>;
  readonly ownOutcomes: Map<string, { n: number; y: number; yy: number }>;
}

export function createRecorder({ state, routing, limit = 50_000 }: RecorderOptions): Recorder {
  let pending = new Map<string, Pending>();
  let held = 0;
  let dropped = 0;
  let known = new Map<string, boolean>();

  const flush = (): unknown => {
    if (held === 0) return null;
    try {
      state.together(() => {
        for (const batch of pending.values()) state.counters.add(frozen(batch));
      });
    } catch (error) {
      return error;
    }
    if (known.size > KNOWN_UNITS) known = new Map();
    for (const [key, { units }] of pending) for (const [unit, erred] of units) known.set(`${key}/${unit}`, erred || known.get(`${key}/${unit}`) === true);
    pending = new Map();
    held = 0;
    return null;
  };

  /** Null when there is no room. */
  const room = (exposure: Exposure): Pending | null => {
    if (held >= limit && flush() !== null) {
      dropped += 1;
      return null;
    }
    held += 1;
    const key = exposureText(exposure);
    const found = pending.get(key) ?? empty(exposure);
    pending.set(key, found);
    return found;
  };

  return {
    observe(observation) {
      const to = room(observation.exposure);
      if (to === null) return;
      const tolerances = routing().rollout?.id === observation.exposure.rollout ? (routing().rollout?.tolerances ?? []) : [];
      addObservation(to, observation, tolerances, (unit) => known.get(`${exposureText(observation.exposure)}/${unit}`));
    },
    outcome(outcome) {
      if (!Number.isFinite(outcome.value)) return;
      const to = room(outcome.exposure);
      if (to !== null) addOutcome(to, outcome);
    },
    flush,
    dropped: () => dropped,
  };
}

function empty(exposure: Exposure): Pending {
  return {
    exposure, requests: 0, errors: 0, compared: 0, disagreed: new Map(), latency: new Map(), units: new Map(), ownUnits: { seen: 0, erred: 0 },
    outcomes: new Map(), ownOutcomes: new Map(),
  };
}

const increment = (counts: Map<number, number>, key: number): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

function addObservation(to: Pending, seen: Observation, tolerances: readonly number[], known: (unit: number) => boolean | undefined): void {
  to.requests += 1;
  if (seen.failed) to.errors += 1;
  increment(to.latency, latencyBucket(seen.latencyMs));
  if (seen.difference !== null) {
    to.compared += 1;
    for (const tolerance of tolerances) if (!(seen.difference <= tolerance)) increment(to.disagreed, tolerance);
  }
  if (seen.unit === null) {
    to.ownUnits.seen += 1;
    if (seen.failed) to.ownUnits.erred += 1;
    return;
  }
  const unit = unitHash(seen.exposure.rollout, seen.unit);
  const before = known(unit);
  if (before === undefined || (seen.failed && !before)) to.units.set(unit, seen.failed || to.units.get(unit) === true);
}

function addOutcome(to: Pending, { exposure, unit, label, value }: Outcome): void {
  if (unit === null) {
    const sums = to.ownOutcomes.get(label) ?? { n: 0, y: 0, yy: 0 };
    sums.n += 1;
    sums.y += value;
    sums.yy += value * value;
    to.ownOutcomes.set(label, sums);
    return;
  }
  const hash = unitHash(exposure.rollout, unit);
  const key = `${hash}/${label}`;
  const sums = to.outcomes.get(key) ?? { label, unit: hash, n: 0, y: 0 };
  sums.n += 1;
  sums.y += value;
  to.outcomes.set(key, sums);
}

const frozen = (batch: Pending): CounterBatch => ({ ...batch, outcomes: [...batch.outcomes.values()] });
