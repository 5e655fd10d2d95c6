/** Adds observations up in memory and writes them in one transaction now and then: serving pays for a map entry, not for a disk. */
import type { CounterBatch } from "../state/counters.ts";
import type { State } from "../state/state.ts";
import type { OutcomeSums } from "../statistics/confidence-sequence.ts";
import { unitHash } from "./assignment.ts";
import { exposureText, type Exposure, type Observation, type Outcome } from "./exposure.ts";
import { createKnownUnits, type KnownUnits } from "./known-units.ts";
import { latencyBucket } from "./latency.ts";
import type { RolloutRouting, Routing } from "./router.ts";

export interface Recorder {
  /** Never throws and never waits. Observations of a rollout that has ended are ignored. */
  observe(observation: Observation): void;
  outcome(outcome: Outcome): void;
  /** Requests that were not mirrored because the mirror was busy. */
  leftOut(exposure: Exposure, requests: number): void;
  /** Writes what has been added up. On failure keeps it for the next time and returns the error, else null. */
  flush(): unknown;
  /** Observations given up because the database refused writes for long. */
  dropped(): number;
}

export interface RecorderOptions {
  readonly state: State;
  /** For the running rollout and its tolerances. */
  readonly routing: () => Routing;
  /** Observations held in memory at most. */
  readonly limit?: number;
}

interface Pending {
  readonly exposure: Exposure;
  requests: number;
  errors: number;
  compared: number;
  leftOut: number;
  readonly disagreed: Map<number, number>;
  readonly latency: Map<number, number>;
  readonly units: Map<number, boolean>;
  readonly outcomes: Map<string, Map<number, { n: number; y: number }>>;
  /** Requests that are their own unit are new by nature and need no entry each. */
  readonly own: { seen: number; erred: number; readonly outcomes: Map<string, OutcomeSums> };
}

export function createRecorder({ state, routing, limit = 50_000 }: RecorderOptions): Recorder {
  const known = createKnownUnits(state.counters);
  let pending = new Map<string, Pending>();
  let held = 0;
  let dropped = 0;

  const flush = (): unknown => {
    if (held === 0) return null;
    try {
      state.together(() => {
        for (const batch of pending.values()) state.counters.add(counted(known, batch));
      });
    } catch (error) {
      known.forget();
      return error;
    }
    pending = new Map();
    held = 0;
    const { rollout } = routing();
    known.keepOnly(rollout?.id ?? null, rollout?.stage ?? 0);
    return null;
  };

  /** Null when there is no room, or the rollout is over. */
  const pendingOf = (exposure: Exposure): Pending | null => {
    if (routing().rollout?.id !== exposure.rollout) return null;
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
      const to = pendingOf(observation.exposure);
      const { rollout } = routing();
      if (to !== null && rollout !== null) addObservation(to, observation, rollout);
    },
    leftOut(exposure, requests) {
      const to = pendingOf(exposure);
      if (to !== null) to.leftOut += requests;
    },
    outcome(outcome) {
      const to = Number.isFinite(outcome.value) ? pendingOf(outcome.exposure) : null;
      if (to !== null) addOutcome(to, outcome);
    },
    flush,
    dropped: () => dropped,
  };
}

function empty(exposure: Exposure): Pending {
  return {
    exposure, requests: 0, errors: 0, compared: 0, leftOut: 0, disagreed: new Map(), latency: new Map(), units: new Map(), outcomes: new Map(),
    own: { seen: 0, erred: 0, outcomes: new Map() },
  };
}

const increment = (counts: Map<number, number>, key: number): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

function addObservation(to: Pending, seen: Observation, { tolerances, mirrored }: RolloutRouting): void {
  to.requests += 1;
  if (seen.failed) to.errors += 1;
  increment(to.latency, latencyBucket(seen.latencyMs));
  // A shadow that fails agrees with nobody. A difference that is no number (one side gave none) is a disagreement too.
  const difference = seen.failed && seen.exposure.arm === "candidate" && mirrored.includes(seen.exposure.stage) ? NaN : seen.difference;
  if (difference !== null) {
    to.compared += 1;
    for (const tolerance of tolerances) if (!(difference <= tolerance)) increment(to.disagreed, tolerance);
  }
  if (seen.standsForRequest === false) return;
  if (seen.unit === null) {
    to.own.seen += 1;
    if (seen.failed) to.own.erred += 1;
    return;
  }
  const unit = unitHash(seen.exposure.rollout, seen.unit);
  to.units.set(unit, seen.failed || to.units.get(unit) === true);
}

function addOutcome(to: Pending, { exposure, unit, label, value }: Outcome): void {
  if (unit === null) {
    const one = { units: 1, n: 1, y: value, nn: 1, ny: value, yy: value * value };
    to.own.outcomes.set(label, plus(to.own.outcomes.get(label), one));
    return;
  }
  const byUnit = to.outcomes.get(label) ?? new Map<number, { n: number; y: number }>();
  to.outcomes.set(label, byUnit);
  const hash = unitHash(exposure.rollout, unit);
  const total = byUnit.get(hash) ?? { n: 0, y: 0 };
  byUnit.set(hash, total);
  total.n += 1;
  total.y += value;
}

function counted(known: KnownUnits, pending: Pending): CounterBatch {
  const { exposure, requests, errors, compared, leftOut, disagreed, latency, own } = pending;
  const found = known.add(exposure, pending);
  const outcomes = new Map(found.outcomes);
  for (const [label, sums] of own.outcomes) outcomes.set(label, plus(outcomes.get(label), sums));
  return {
    exposure, requests, errors, compared, leftOut, disagreed, latency, outcomes, log: found.log,
    units: found.units + own.seen, erringUnits: found.erringUnits + own.erred,
  };
}

function plus(a: OutcomeSums | undefined, b: OutcomeSums): OutcomeSums {
  if (a === undefined) return b;
  return { units: a.units + b.units, n: a.n + b.n, y: a.y + b.y, nn: a.nn + b.nn, ny: a.ny + b.ny, yy: a.yy + b.yy };
}
