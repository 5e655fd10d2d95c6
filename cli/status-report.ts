/** What `mlspec status --json` prints, and the editor's activity view shows. Fields are added, never renamed. */
export interface VersionStatus {
  readonly version: string;
  readonly created: string;
  readonly live: boolean;
  /** Metrics over the whole test part. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly gates: { readonly passed: number; readonly failed: number; readonly skipped: number };
  /** The run that registered it. */
  readonly run: string | null;
  /** Set when its manifest cannot be trusted. */
  readonly problem: string | null;
}

export interface ModelStatus {
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly VersionStatus[];
}

export interface ServiceStatus {
  readonly name: string;
  readonly model: string;
  /** Null: the fallback answers. */
  readonly live: string | null;
  readonly previous: string | null;
  /** The process that serves it now, if any. */
  readonly process: { readonly pid: number } | null;
}

export interface RolloutSummary {
  readonly name: string;
  readonly model: string;
  readonly service: string;
  /** `none`: never started. */
  readonly state: "none" | "active" | "paused" | "completed" | "rolled-back" | "superseded";
  readonly version: string | null;
  readonly stage: string | null;
  readonly share: number | null;
  /** A role whose approval is awaited. */
  readonly awaitsApproval: string | null;
  /** In words: what it waits for, or why it ended. */
  readonly summary: string;
}

export interface RunSummary {
  readonly run: string;
  readonly model: string;
  readonly outcome: "done" | "failed" | "cancelled" | "unfinished";
  readonly started: string;
  readonly seconds: number | null;
  readonly error: string | null;
}

export interface StatusReport {
  readonly spec: string;
  readonly state: string;
  readonly models: readonly ModelStatus[];
  readonly services: readonly ServiceStatus[];
  readonly rollouts: readonly RolloutSummary[];
  /** Newest first. */
  readonly runs: readonly RunSummary[];
}
