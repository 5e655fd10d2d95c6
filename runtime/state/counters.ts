/** What has been seen of each rollout, stage and arm. Written in batches by `runtime/rollout/recorder.ts`, one transaction each. */
import { noOutcomes, type OutcomeSums } from "../statistics/confidence-sequence.ts";
import type { Arm, Exposure } from "../rollout/exposure.ts";
import type { Database } from "./database.ts";

export interface ArmCounters {
  /** Distinct units; requests when the rollout has no unit. */
  readonly units: number;
  readonly requests: number;
  /** Failed requests. */
  readonly errors: number;
  /** Distinct units that met an error. */
  readonly erringUnits: number;
  /** Mirrored requests whose answers could be compared. */
  readonly compared: number;
  /** Of those, how many differed by more than a tolerance, by tolerance. */
  readonly disagreed: ReadonlyMap<number, number>;
  /** Requests by latency bucket (`runtime/rollout/latency.ts`). */
  readonly latency: ReadonlyMap<number, number>;
  readonly outcomes: ReadonlyMap<string, OutcomeSums>;
}

export type StageCounters = Readonly<Record<Arm, ArmCounters>>;

export const noCounters: ArmCounters = {
  units: 0, requests: 0, errors: 0, erringUnits: 0, compared: 0, disagreed: new Map(), latency: new Map(), outcomes: new Map(),
};

/** A batch of observations of one exposure, added up. `unit` is a hash of 52 bits. */
export interface CounterBatch {
  readonly exposure: Exposure;
  readonly requests: number;
  readonly errors: number;
  readonly compared: number;
  readonly disagreed: ReadonlyMap<number, number>;
  readonly latency: ReadonlyMap<number, number>;
  /** Units seen, and whether they met an error. */
  readonly units: ReadonlyMap<number, boolean>;
  /** Requests that are their own unit, and those that failed: known to be new, so they need no entry each. */
  readonly ownUnits: { readonly seen: number; readonly erred: number };
  readonly outcomes: readonly { readonly label: string; readonly unit: number; readonly n: number; readonly y: number }[];
  /** Outcomes of requests that are their own unit. */
  readonly ownOutcomes: ReadonlyMap<string, { readonly n: number; readonly y: number; readonly yy: number }>;
}

export interface Counters {
  add(batch: CounterBatch): void;
  of(rollout: string, stage: number): StageCounters;
  /** Drops what only tells the units of the stages before `stage` apart; the counts stay. */
  forgetUnits(rollout: string, stage: number): void;
  /** Drops what only tells outcomes' units apart, of all stages. */
  forgetOutcomes(rollout: string): void;
}

export function counters(database: Database): Counters {
  return {
    add(batch) {
      database.transaction(() => {
        addCounts(database, batch);
        for (const outcome of batch.outcomes) addUnitOutcome(database, batch.exposure, outcome);
        for (const [label, { n, y, yy }] of batch.ownOutcomes) addSums(database, batch.exposure, label, { units: n, n, y, nn: n, ny: y, yy });
      });
    },
    of: (rollout, stage) => ({ candidate: readArm(database, rollout, stage, "candidate"), control: readArm(database, rollout, stage, "control") }),
    forgetUnits(rollout, stage) {
      database.run("DELETE FROM seen_units WHERE rollout = ? AND stage < ?", rollout, stage);
    },
    forgetOutcomes(rollout) {
      database.run("DELETE FROM unit_outcomes WHERE rollout = ?", rollout);
    },
  };
}

function addCounts(database: Database, batch: CounterBatch): void {
  const { rollout, stage, arm } = batch.exposure;
  const found = addUnits(database, batch);
  database.run(
    `INSERT INTO counters (rollout, stage, arm, units, requests, errors, erring_units, compared) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET units = units + excluded.units, requests = requests + excluded.requests, errors = errors + excluded.errors,
       erring_units = erring_units + excluded.erring_units, compared = compared + excluded.compared`,
    rollout, stage, arm, found.units + batch.ownUnits.seen, batch.requests, batch.errors, found.erring + batch.ownUnits.erred, batch.compared,
  );
  for (const [bucket, requests] of batch.latency) {
    database.run(
      `INSERT INTO latencies (rollout, stage, arm, bucket, requests) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
      rollout, stage, arm, bucket, requests,
    );
  }
  for (const [tolerance, requests] of batch.disagreed) {
    database.run(
      `INSERT INTO disagreements (rollout, stage, arm, tolerance, requests) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
      rollout, stage, arm, tolerance, requests,
    );
  }
}

/** How many of the batch's units are new, and how many met their first error. */
function addUnits(database: Database, { exposure, units }: CounterBatch): { readonly units: number; readonly erring: number } {
  const { rollout, stage, arm } = exposure;
  let fresh = 0;
  let erring = 0;
  for (const [unit, erred] of units) {
    fresh += database.run("INSERT OR IGNORE INTO seen_units (rollout, stage, arm, unit, erred) VALUES (?, ?, ?, ?, 0)", rollout, stage, arm, unit);
    if (erred) {
      erring += database.run(
        "UPDATE seen_units SET erred = 1 WHERE rollout = ? AND stage = ? AND arm = ? AND unit = ? AND erred = 0", rollout, stage, arm, unit,
      );
    }
  }
  return { units: fresh, erring };
}

/** A unit's n and y grow, so its part in the sums of squares is replaced. */
function addUnitOutcome(database: Database, exposure: Exposure, added: { readonly label: string; readonly unit: number; readonly n: number; readonly y: number }): void {
  const { rollout, stage, arm } = exposure;
  const row = database.get(
    "SELECT n, y FROM unit_outcomes WHERE rollout = ? AND stage = ? AND arm = ? AND label = ? AND unit = ?", rollout, stage, arm, added.label, added.unit,
  );
  const before = { n: Number(row?.["n"] ?? 0), y: Number(row?.["y"] ?? 0) };
  const after = { n: before.n + added.n, y: before.y + added.y };
  database.run(
    `INSERT INTO unit_outcomes (rollout, stage, arm, label, unit, n, y) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET n = excluded.n, y = excluded.y`,
    rollout, stage, arm, added.label, added.unit, after.n, after.y,
  );
  addSums(database, exposure, added.label, {
    units: row === null ? 1 : 0,
    n: added.n,
    y: added.y,
    nn: after.n ** 2 - before.n ** 2,
    ny: after.n * after.y - before.n * before.y,
    yy: after.y ** 2 - before.y ** 2,
  });
}

function addSums(database: Database, { rollout, stage, arm }: Exposure, label: string, sums: OutcomeSums): void {
  database.run(
    `INSERT INTO outcomes (rollout, stage, arm, label, units, n, y, nn, ny, yy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET units = units + excluded.units, n = n + excluded.n, y = y + excluded.y,
       nn = nn + excluded.nn, ny = ny + excluded.ny, yy = yy + excluded.yy`,
    rollout, stage, arm, label, sums.units, sums.n, sums.y, sums.nn, sums.ny, sums.yy,
  );
}

function readArm(database: Database, rollout: string, stage: number, arm: Arm): ArmCounters {
  const key = [rollout, stage, arm] as const;
  const where = "WHERE rollout = ? AND stage = ? AND arm = ?";
  const row = database.get(`SELECT units, requests, errors, erring_units, compared FROM counters ${where}`, ...key);
  const counts = (sql: string, name: string) => new Map(database.all(sql, ...key).map((r) => [Number(r[name]), Number(r["requests"])]));
  return {
    units: Number(row?.["units"] ?? 0),
    requests: Number(row?.["requests"] ?? 0),
    errors: Number(row?.["errors"] ?? 0),
    erringUnits: Number(row?.["erring_units"] ?? 0),
    compared: Number(row?.["compared"] ?? 0),
    disagreed: counts(`SELECT tolerance, requests FROM disagreements ${where}`, "tolerance"),
    latency: counts(`SELECT bucket, requests FROM latencies ${where}`, "bucket"),
    outcomes: new Map(
      database.all(`SELECT label, units, n, y, nn, ny, yy FROM outcomes ${where}`, ...key).map((r) => {
        const sums = Object.fromEntries(Object.keys(noOutcomes).map((name) => [name, Number(r[name])])) as unknown as OutcomeSums;
        return [r["label"] as string, sums];
      }),
    ),
  };
}
