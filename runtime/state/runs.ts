/** Runs of the pipeline: what was started, when, and how it ended. */
import type { Database, Row } from "./database.ts";

export interface RunRecord {
  readonly id: string;
  readonly spec: string;
  readonly model: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Null while it runs, or when its process died. */
  readonly outcome: "done" | "failed" | "cancelled" | null;
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface Runs {
  started(run: Pick<RunRecord, "id" | "spec" | "model" | "startedAt">): void;
  finished(id: string, at: number, outcome: "done" | "failed" | "cancelled", summary: Readonly<Record<string, unknown>>): void;
  get(id: string): RunRecord | null;
  /** Newest first. */
  latest(limit: number): readonly RunRecord[];
}

export function runs(database: Database): Runs {
  return {
    started(run) {
      database.run("INSERT INTO runs (id, spec, model, started_at, summary) VALUES (?, ?, ?, ?, '{}')", run.id, run.spec, run.model, run.startedAt);
    },
    finished(id, at, outcome, summary) {
      database.run("UPDATE runs SET finished_at = ?, outcome = ?, summary = ? WHERE id = ?", at, outcome, JSON.stringify(summary), id);
    },
    get(id) {
      const row = database.get("SELECT * FROM runs WHERE id = ?", id);
      return row === null ? null : read(row);
    },
    latest: (limit) => database.all("SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?", limit).map(read),
  };
}

function read(row: Row): RunRecord {
  return {
    id: row["id"] as string,
    spec: row["spec"] as string,
    model: row["model"] as string,
    startedAt: row["started_at"] as number,
    finishedAt: row["finished_at"] as number | null,
    outcome: row["outcome"] as RunRecord["outcome"],
    summary: JSON.parse(row["summary"] as string) as Readonly<Record<string, unknown>>,
  };
}
