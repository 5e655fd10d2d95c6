/** Rollouts, their transitions (intended first, then done) and approvals. */
import type { RolloutPlan } from "../rollout/plan.ts";
import type { Database, Row } from "./database.ts";

export type RolloutState = "pending" | "running" | "paused" | "completed" | "rolled-back" | "superseded";

export interface RolloutRecord {
  readonly id: string;
  readonly service: string;
  readonly candidate: string;
  /** The version that was live at the start; null: the service's fallback. */
  readonly control: string | null;
  readonly plan: RolloutPlan;
  readonly state: RolloutState;
  /** Index into the plan's stages; −1 before the first. */
  readonly stage: number;
  /** Time the stage has been served, without pauses and outages. */
  readonly heldMs: number;
  /** Time that users were in the stage: served, paused or not. */
  readonly exposedMs: number;
  readonly seenAt: number;
  readonly revision: number;
  readonly startedBy: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export type TransitionKind = "begin-stage" | "complete" | "roll-back" | "pause" | "resume" | "supersede";

export interface Transition {
  readonly id: number;
  readonly rollout: string;
  readonly revision: number;
  readonly kind: TransitionKind;
  readonly stage: number;
  readonly reason: string;
  /** What it was decided on: plain data for the record. */
  readonly evidence: unknown;
  readonly by: string;
  readonly at: number;
  readonly endedAt: number | null;
  /** Null while it is only intended. */
  readonly outcome: "done" | "abandoned" | null;
}

export interface Approval {
  readonly stage: number;
  readonly role: string;
  readonly by: string;
  readonly at: number;
}

export type NewRollout = Pick<RolloutRecord, "id" | "service" | "candidate" | "control" | "plan" | "startedBy" | "startedAt">;
export type NewTransition = Pick<Transition, "rollout" | "revision" | "kind" | "stage" | "reason" | "evidence" | "by" | "at">;
export type RolloutChange = Pick<RolloutRecord, "state" | "stage" | "heldMs" | "exposedMs" | "seenAt" | "endedAt">;

export interface Rollouts {
  get(id: string): RolloutRecord | null;
  /** The rollout of the service that has not ended, if any; there is never more than one. */
  active(service: string): RolloutRecord | null;
  /** That ever had a rollout. */
  services(): readonly string[];
  /** Newest first. */
  of(service: string): readonly RolloutRecord[];
  add(rollout: NewRollout): void;
  /** What of its plan grows: the names that are hidden until it ends. */
  hide(id: string, names: readonly string[]): void;
  /** Adds the time since the last call to the stage's hold and to its exposure, at most `longestGapMs` of it: in an outage nobody is served. */
  heldUntil(id: string, now: number, longestGapMs: number): void;
  /** Puts the change in and raises the revision, if the revision is still `expected`; tells whether it was. */
  change(id: string, expected: number, change: RolloutChange): boolean;
  /** Records an intention and returns its id. A second one while one is open is an error of the caller. */
  intend(transition: NewTransition): number;
  /** The transition that was intended and neither done nor abandoned. */
  intention(rollout: string): Transition | null;
  finish(transition: number, outcome: "done" | "abandoned", at: number): void;
  transitions(rollout: string): readonly Transition[];
  approve(rollout: string, approval: Approval): void;
  approvals(rollout: string): readonly Approval[];
}

export function rollouts(database: Database): Rollouts {
  return {
    get: (id) => first(database.get("SELECT * FROM rollouts WHERE id = ?", id)),
    active: (service) => first(database.get("SELECT * FROM rollouts WHERE service = ? AND ended_at IS NULL", service)),
    services: () => database.all("SELECT DISTINCT service FROM rollouts ORDER BY service").map((row) => row["service"] as string),
    of: (service) => database.all("SELECT * FROM rollouts WHERE service = ? ORDER BY started_at DESC, rowid DESC", service).map(readRollout),
    add(r) {
      database.run(
        `INSERT INTO rollouts (id, service, candidate, control, plan, state, stage, held_ms, seen_at, revision, started_by, started_at)
         VALUES (?, ?, ?, ?, ?, 'pending', -1, 0, ?, 0, ?, ?)`,
        r.id, r.service, r.candidate, r.control, JSON.stringify(r.plan), r.startedAt, r.startedBy, r.startedAt,
      );
    },
    hide(id, names) {
      database.run("UPDATE rollouts SET plan = json_set(plan, '$.personal', json(?)) WHERE id = ?", JSON.stringify(names), id);
    },
    heldUntil(id, now, longestGapMs) {
      database.run(
        `UPDATE rollouts SET held_ms = held_ms + CASE WHEN state = 'running' THEN min(max(?1 - seen_at, 0), ?2) ELSE 0 END,
           exposed_ms = exposed_ms + CASE WHEN stage >= 0 THEN min(max(?1 - seen_at, 0), ?2) ELSE 0 END, seen_at = ?1
         WHERE id = ?3 AND ended_at IS NULL`,
        now, longestGapMs, id,
      );
    },
    change: (id, expected, c) =>
      database.run(
        "UPDATE rollouts SET state = ?, stage = ?, held_ms = ?, exposed_ms = ?, seen_at = ?, ended_at = ?, revision = revision + 1 WHERE id = ? AND revision = ?",
        c.state, c.stage, c.heldMs, c.exposedMs, c.seenAt, c.endedAt, id, expected,
      ) === 1,
    ...transitionLog(database),
  };
}

function transitionLog(database: Database): Pick<Rollouts, "intend" | "intention" | "finish" | "transitions" | "approve" | "approvals"> {
  return {
    intend(t) {
      database.run(
        "INSERT INTO transitions (rollout, revision, kind, stage, reason, evidence, by, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        t.rollout, t.revision, t.kind, t.stage, t.reason, JSON.stringify(t.evidence), t.by, t.at,
      );
      return Number(database.get("SELECT last_insert_rowid() AS id")?.["id"]);
    },
    intention(rollout) {
      const row = database.get("SELECT * FROM transitions WHERE rollout = ? AND outcome IS NULL", rollout);
      return row === null ? null : readTransition(row);
    },
    finish(transition, outcome, at) {
      database.run("UPDATE transitions SET outcome = ?, ended_at = ? WHERE id = ?", outcome, at, transition);
    },
    transitions: (rollout) => database.all("SELECT * FROM transitions WHERE rollout = ? ORDER BY id", rollout).map(readTransition),
    approve(rollout, a) {
      database.run("INSERT OR IGNORE INTO approvals (rollout, stage, by, role, at) VALUES (?, ?, ?, ?, ?)", rollout, a.stage, a.by, a.role, a.at);
    },
    approvals: (rollout) =>
      database.all("SELECT stage, role, by, at FROM approvals WHERE rollout = ? ORDER BY at", rollout).map((row) => ({ ...row }) as unknown as Approval),
  };
}

const first = (row: Row | null): RolloutRecord | null => (row === null ? null : readRollout(row));

function readRollout(row: Row): RolloutRecord {
  return {
    id: row["id"] as string,
    service: row["service"] as string,
    candidate: row["candidate"] as string,
    control: row["control"] as string | null,
    plan: JSON.parse(row["plan"] as string) as RolloutPlan,
    state: row["state"] as RolloutState,
    stage: row["stage"] as number,
    heldMs: row["held_ms"] as number,
    exposedMs: row["exposed_ms"] as number,
    seenAt: row["seen_at"] as number,
    revision: row["revision"] as number,
    startedBy: row["started_by"] as string,
    startedAt: row["started_at"] as number,
    endedAt: row["ended_at"] as number | null,
  };
}

function readTransition(row: Row): Transition {
  return {
    id: row["id"] as number,
    rollout: row["rollout"] as string,
    revision: row["revision"] as number,
    kind: row["kind"] as TransitionKind,
    stage: row["stage"] as number,
    reason: row["reason"] as string,
    evidence: JSON.parse(row["evidence"] as string) as unknown,
    by: row["by"] as string,
    at: row["at"] as number,
    endedAt: row["ended_at"] as number | null,
    outcome: row["outcome"] as Transition["outcome"],
  };
}
