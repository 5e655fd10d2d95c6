/**
 * Adds observations up in memory and writes them in one transaction now and then: serving pays for a map entry, not for a database. What is not
 * written yet stands in a journal, from which the next process takes it up when this one is killed: nothing is lost, nothing counted twice.
 */
import { messageOf, unreachable } from "../errors.ts";
import type { CounterBatch } from "../state/counters.ts";
import type { State } from "../state/state.ts";
import type { OutcomeSums } from "../statistics/confidence-sequence.ts";
import { evidenceLine, outcomeEntry, readEvidenceLine, requestEntry, type Entry } from "./evidence-line.ts";
import { exposureText, type Exposure, type Observation, type Outcome } from "./exposure.ts";
import { createKnownUnits, type KnownUnits, type UnitMet } from "./known-units.ts";
import { latencyBucket } from "./latency.ts";
import type { RolloutRouting, Routing } from "./router.ts";

export interface Recorder {
  /** Never throws and never waits. Observations of a rollout that has ended are ignored. */
  observe(observation: Observation): void;
  outcome(outcome: Outcome): void;
  /** Requests that were not mirrored because the mirror was busy. */
  leftOut(exposure: Exposure, requests: number): void;
  /** Predictions of a request that counts in no arm: they may have outcomes all the same. */
  uncounted(exposure: Exposure, predictions: number): void;
  /** Resolves when everything observed so far would survive a kill. An answer goes out only then. */
  settled(): Promise<void>;
  /** At start: takes up what a killed process had observed and not counted; a line that was counted already changes nothing. @throws what writing throws. */
  recover(lines: Iterable<string>): void;
  /** Writes what has been added up. On failure keeps it for the next time and returns the error, else null. */
  flush(): unknown;
  /** What `look` reads when all that is held counts too, without writing it: for a state that refuses writes. */
  foreseeing<T>(look: () => T): T;
  /** Observations given up because the database refused writes for long. */
  dropped(): number;
}

/** Where observations stand until they are counted. */
export interface EvidenceJournal {
  /** Resolves when the line is written, or could not be. */
  append(line: string): Promise<unknown>;
  /** Everything appended so far has been counted. */
  counted(): void;
}

export interface RecorderOptions {
  readonly state: State;
  /** Without one a killed process loses what was observed since the last flush. */
  readonly journal?: EvidenceJournal;
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
  uncounted: number;
  predictions: number;
  readonly disagreed: Map<number, number>;
  readonly latency: Map<number, number>;
  readonly units: Map<number, UnitMet>;
  readonly outcomes: Map<string, Map<number, { n: number; y: number }>>;
  /** Requests that are their own unit are new by nature and need no entry each. */
  readonly own: { seen: number; erred: number; readonly latency: Map<number, number>; readonly outcomes: Map<string, OutcomeSums> };
}

export function createRecorder({ state, routing, journal, limit = 50_000 }: RecorderOptions): Recorder {
  const known = createKnownUnits(state.counters);
  /** Of the last entry; null until the state was asked. */
  let sequence: number | null = null;
  let written: Promise<unknown> = Promise.resolve();
  let pending = new Map<string, Pending>();
  let held = 0;
  let dropped = 0;

  const write = (): void => {
    for (const batch of pending.values()) state.counters.add(counted(known, batch));
    if (sequence !== null) state.counters.setCountedUpTo(routing().service, sequence);
  };
  const flush = (): unknown => {
    if (held === 0) return null;
    try {
      state.together(write);
    } catch (error) {
      known.forget();
      return error;
    }
    pending = new Map();
    held = 0;
    journal?.counted();
    const { rollout } = routing();
    known.keepOnly(rollout?.id ?? null, rollout?.stage ?? 0);
    return null;
  };

  /** Null when there is no room. */
  const pendingOf = (exposure: Exposure): Pending | null => {
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

  const record = (entry: Entry): void => {
    const { service, rollout } = routing();
    if (rollout === null || rollout.id !== entry.exposure.rollout) return;
    const to = pendingOf(entry.exposure);
    if (to === null) return;
    add(to, entry, rollout);
    if (journal === undefined) return;
    sequence = (sequence ?? state.counters.countedUpTo(service)) + 1;
    written = journal.append(evidenceLine({ sequence, entry }));
  };

  return {
    observe: (observation) => record(requestEntry(observation)),
    leftOut: (exposure, requests) => record({ kind: "left-out", exposure, requests }),
    uncounted: (exposure, predictions) => record({ kind: "uncounted", exposure, predictions }),
    outcome: (outcome) => {
      if (Math.abs(outcome.value) <= LARGEST_OUTCOME) record(outcomeEntry(outcome));
    },
    settled: async () => void (await written),
    recover(lines) {
      const { service, rollout } = routing();
      const counted = state.counters.countedUpTo(service);
      sequence = counted;
      for (const line of lines) {
        const found = readEvidenceLine(line);
        if (found === null || found.sequence <= counted) continue;
        // A full memory is written with the sequence before this one.
        const to = rollout?.id === found.entry.exposure.rollout ? pendingOf(found.entry.exposure) : null;
        sequence = Math.max(sequence, found.sequence);
        if (to !== null && rollout !== null) add(to, found.entry, rollout);
      }
      const problem = flush();
      if (problem !== null) throw problem instanceof Error ? problem : new Error(messageOf(problem));
      // Of a rollout that is over nothing was added, and still its lines are not to be looked at again.
      state.together(() => state.counters.setCountedUpTo(service, sequence ?? counted));
    },
    flush,
    foreseeing(look) {
      try {
        return state.tentatively(() => {
          write();
          return look();
        });
      } finally {
        known.forget();
      }
    },
    dropped: () => dropped,
  };
}

/** Sums of squares of a billion such values are finite and exact to a millionth. */
const LARGEST_OUTCOME = 1e12;

function empty(exposure: Exposure): Pending {
  return {
    exposure, requests: 0, errors: 0, compared: 0, leftOut: 0, uncounted: 0, predictions: 0, disagreed: new Map(), latency: new Map(), units: new Map(), outcomes: new Map(),
    own: { seen: 0, erred: 0, latency: new Map(), outcomes: new Map() },
  };
}

const increment = (counts: Map<number, number>, key: number, by = 1): void => void counts.set(key, (counts.get(key) ?? 0) + by);

function add(to: Pending, entry: Entry, rollout: RolloutRouting): void {
  switch (entry.kind) {
    case "request": return addRequest(to, entry, rollout);
    case "outcome": return addOutcome(to, entry);
    case "left-out":
      to.leftOut += entry.requests;
      return;
    case "uncounted":
      to.uncounted += 1;
      to.predictions += entry.predictions;
      return;
    default: return unreachable(entry);
  }
}

function addRequest(to: Pending, seen: Extract<Entry, { kind: "request" }>, { tolerances, mirrored }: RolloutRouting): void {
  to.requests += 1;
  to.predictions += seen.predictions;
  if (seen.failed) to.errors += 1;
  const bucket = latencyBucket(seen.latencyMs);
  increment(to.latency, bucket);
  // A shadow that fails agrees with nobody. A difference that is no number (one side gave none) is a disagreement too.
  const difference = seen.failed && seen.exposure.arm === "candidate" && mirrored.includes(seen.exposure.stage) ? NaN : seen.difference;
  if (difference !== null) {
    to.compared += 1;
    for (const tolerance of tolerances) if (!(difference <= tolerance)) increment(to.disagreed, tolerance);
  }
  if (!seen.stands) return;
  if (seen.unit === null) {
    to.own.seen += 1;
    increment(to.own.latency, bucket);
    if (seen.failed) to.own.erred += 1;
    return;
  }
  const before = to.units.get(seen.unit);
  to.units.set(seen.unit, { failed: seen.failed || before?.failed === true, latencyBucket: before?.latencyBucket ?? bucket });
}

function addOutcome(to: Pending, { unit, label, value }: Extract<Entry, { kind: "outcome" }>): void {
  if (unit === null) {
    const one = { units: 1, n: 1, y: value, nn: 1, ny: value, yy: value * value };
    to.own.outcomes.set(label, plus(to.own.outcomes.get(label), one));
    return;
  }
  const byUnit = to.outcomes.get(label) ?? new Map<number, { n: number; y: number }>();
  to.outcomes.set(label, byUnit);
  const total = byUnit.get(unit) ?? { n: 0, y: 0 };
  byUnit.set(unit, total);
  total.n += 1;
  total.y += value;
}

function counted(known: KnownUnits, pending: Pending): CounterBatch {
  const { exposure, requests, errors, compared, leftOut, uncounted, predictions, disagreed, latency, own } = pending;
  const found = known.add(exposure, pending);
  const outcomes = new Map(found.outcomes);
  for (const [label, sums] of own.outcomes) outcomes.set(label, plus(outcomes.get(label), sums));
  const firstLatency = new Map(found.firstLatency);
  for (const [bucket, requests] of own.latency) increment(firstLatency, bucket, requests);
  return {
    exposure, requests, errors, compared, leftOut, uncounted, predictions, disagreed, latency, firstLatency, outcomes, log: found.log,
    units: found.units + own.seen, erringUnits: found.erringUnits + own.erred,
  };
}

function plus(a: OutcomeSums | undefined, b: OutcomeSums): OutcomeSums {
  if (a === undefined) return b;
  return { units: a.units + b.units, n: a.n + b.n, y: a.y + b.y, nn: a.nn + b.nn, ny: a.ny + b.ny, yy: a.yy + b.yy };
}
