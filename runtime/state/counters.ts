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
  /** Mirrored requests that the candidate failed, or whose answers could be compared. */
  readonly compared: number;
  /** Requests that were not mirrored because the mirror was busy; counted nowhere else. */
  readonly leftOut: number;
  /** Requests that were late because of the server; counted nowhere else. */
  readonly uncounted: number;
  /** Rows that were answered, each of which may have an outcome. */
  readonly predictions: number;
  /** Of those compared, how many failed or differed by more than a tolerance, by tolerance. */
  readonly disagreed: ReadonlyMap<number, number>;
  /** Requests by latency bucket (`runtime/rollout/latency.ts`). */
  readonly latency: ReadonlyMap<number, number>;
  /** Units by the latency bucket of the first request that stood for them. */
  readonly firstLatency: ReadonlyMap<number, number>;
  /** Of those that came, by label. */
  readonly outcomes: ReadonlyMap<string, OutcomeSums>;
  /** Of all predictions whose label has matured, by label: those without an outcome have a 0. */
  readonly matured: ReadonlyMap<string, OutcomeSums>;
}

export type StageCounters = Readonly<Record<Arm, ArmCounters>>;

export const noCounters: ArmCounters = {
  units: 0, requests: 0, errors: 0, erringUnits: 0, compared: 0, leftOut: 0, uncounted: 0, predictions: 0, disagreed: new Map(), latency: new Map(), firstLatency: new Map(), outcomes: new Map(), matured: new Map(),
};

/** What a batch of observations of one exposure adds. */
export interface CounterBatch extends Omit<ArmCounters, "matured"> {
  readonly exposure: Exposure;
  /** What must be remembered to count each unit once. */
  readonly log: readonly UnitLog[];
}

/** `seen`, `erred`: hashes of units; `outcome`: hash, n and y of units in turn, for one label. Hashes have 52 bits. */
export interface UnitLog {
  readonly kind: "seen" | "erred" | "outcome";
  readonly label: string;
  readonly numbers: readonly number[];
}

export interface Counters {
  add(batch: CounterBatch): void;
  of(rollout: string, stage: number): StageCounters;
  /** The last observation of the service that the counters hold; 0 before the first. */
  countedUpTo(service: string): number;
  setCountedUpTo(service: string, sequence: number): void;
  /** Of a label's matured predictions, as the log has them now. */
  setMatured(exposure: Exposure, label: string, sums: OutcomeSums): void;
  /** In the order in which it was added. */
  unitLog(exposure: Exposure): readonly UnitLog[];
  /** Forgets which units the stages before `stage` have seen; the counts stay, and so do units' outcomes, which may come late. */
  forgetUnits(rollout: string, stage: number): void;
  /** Forgets all units of a rollout that has ended. */
  forgetAllUnits(rollout: string): void;
}

export function counters(database: Database): Counters {
  return {
    add(batch) {
      database.transaction(() => {
        addCounts(database, batch);
        for (const [label, sums] of batch.outcomes) addSums(database, batch.exposure, label, sums);
        for (const entry of batch.log) addLog(database, batch.exposure, entry);
      });
    },
    of: (rollout, stage) => ({ candidate: readArm(database, rollout, stage, "candidate"), control: readArm(database, rollout, stage, "control") }),
    setMatured({ rollout, stage, arm }, label, sums) {
      database.run(
        "INSERT OR REPLACE INTO matured_outcomes (rollout, stage, arm, label, units, n, y, nn, ny, yy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rollout, stage, arm, label, sums.units, sums.n, sums.y, sums.nn, sums.ny, sums.yy,
      );
    },
    countedUpTo: (service) => Number(database.get("SELECT sequence FROM counted WHERE service = ?", service)?.["sequence"] ?? 0),
    setCountedUpTo(service, sequence) {
      database.run("INSERT INTO counted (service, sequence) VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence", service, sequence);
    },
    unitLog: ({ rollout, stage, arm }) =>
      database.all("SELECT kind, label, numbers FROM unit_log WHERE rollout = ? AND stage = ? AND arm = ? ORDER BY id", rollout, stage, arm).map((row) => ({
        kind: row["kind"] as UnitLog["kind"], label: row["label"] as string, numbers: readNumbers(row["numbers"] as Uint8Array),
      })),
    forgetUnits(rollout, stage) {
      database.run("DELETE FROM unit_log WHERE rollout = ? AND stage < ? AND kind <> 'outcome'", rollout, stage);
    },
    forgetAllUnits(rollout) {
      database.run("DELETE FROM unit_log WHERE rollout = ?", rollout);
    },
  };
}

function addLog(database: Database, { rollout, stage, arm }: Exposure, { kind, label, numbers }: UnitLog): void {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  database.run("INSERT INTO unit_log (rollout, stage, arm, kind, label, numbers) VALUES (?, ?, ?, ?, ?, ?)", rollout, stage, arm, kind, label, bytes);
}

/** SQLite's bytes may begin anywhere in memory; a Float64Array may not. */
const readNumbers = (bytes: Uint8Array): readonly number[] => Array.from(new Float64Array(Uint8Array.from(bytes).buffer));

function addCounts(database: Database, batch: CounterBatch): void {
  const { rollout, stage, arm } = batch.exposure;
  database.run(
    `INSERT INTO counters (rollout, stage, arm, units, requests, errors, erring_units, compared, left_out, uncounted, predictions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET units = units + excluded.units, requests = requests + excluded.requests, errors = errors + excluded.errors,
       erring_units = erring_units + excluded.erring_units, compared = compared + excluded.compared, left_out = left_out + excluded.left_out,
       uncounted = uncounted + excluded.uncounted, predictions = predictions + excluded.predictions`,
    rollout, stage, arm, batch.units, batch.requests, batch.errors, batch.erringUnits, batch.compared, batch.leftOut, batch.uncounted, batch.predictions,
  );
  for (const [bucket, requests] of batch.latency) {
    database.run(
      `INSERT INTO latencies (rollout, stage, arm, bucket, requests) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
      rollout, stage, arm, bucket, requests,
    );
  }
  for (const [bucket, units] of batch.firstLatency) {
    database.run(
      `INSERT INTO first_latencies (rollout, stage, arm, bucket, units) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET units = units + excluded.units`,
      rollout, stage, arm, bucket, units,
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
  const row = database.get(`SELECT units, requests, errors, erring_units, compared, left_out, uncounted, predictions FROM counters ${where}`, ...key);
  const counts = (sql: string, name: string, of = "requests") => new Map(database.all(sql, ...key).map((r) => [Number(r[name]), Number(r[of])]));
  const sums = (table: "outcomes" | "matured_outcomes") => new Map(
    database.all(`SELECT label, units, n, y, nn, ny, yy FROM ${table} ${where}`, ...key).map((r) =>
      [r["label"] as string, Object.fromEntries(Object.keys(noOutcomes).map((name) => [name, Number(r[name])])) as unknown as OutcomeSums]),
  );
  return {
    units: Number(row?.["units"] ?? 0),
    requests: Number(row?.["requests"] ?? 0),
    errors: Number(row?.["errors"] ?? 0),
    erringUnits: Number(row?.["erring_units"] ?? 0),
    compared: Number(row?.["compared"] ?? 0),
    leftOut: Number(row?.["left_out"] ?? 0),
    uncounted: Number(row?.["uncounted"] ?? 0),
    predictions: Number(row?.["predictions"] ?? 0),
    disagreed: counts(`SELECT tolerance, requests FROM disagreements ${where}`, "tolerance"),
    latency: counts(`SELECT bucket, requests FROM latencies ${where}`, "bucket"),
    firstLatency: counts(`SELECT bucket, units FROM first_latencies ${where}`, "bucket", "units"),
    outcomes: sums("outcomes"),
    matured: sums("matured_outcomes"),
  };
}
