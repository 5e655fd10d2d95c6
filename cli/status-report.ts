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
  /** Why it could not answer if it were live; null when it could. */
  readonly problem: string | null;
}

export interface ModelStatus {
  readonly name: string;
  /** False: only the registry knows it. */
  readonly declared: boolean;
  /** Newest first. */
  readonly versions: readonly VersionStatus[];
}

export interface DeploymentSummary {
  /** Null: the fallback. */
  readonly version: string | null;
  readonly before: string | null;
  /** `newest`, `rollout`: by itself; the others by a person's word. */
  readonly kind: "newest" | "rollout" | "abort" | "deploy" | "promote" | "rollback" | "rebuild";
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface ServiceStatus {
  readonly name: string;
  /** Empty where only a process is known that serves it. */
  readonly model: string;
  /** False: only the state knows it. */
  readonly declared: boolean;
  /** The version that is to answer; null: the fallback. */
  readonly live: string | null;
  readonly previous: string | null;
  /** What answers in truth: as the serving process says, else as it would if one started now. Null: the fallback. */
  readonly answers: string | null;
  /** Why that is not what is live, or what else is wrong. */
  readonly problems: readonly string[];
  /** Changes of what is live, newest first. */
  readonly history: readonly DeploymentSummary[];
  /** The process that serves it now, if any. */
  readonly process: { readonly pid: number } | null;
  /** Its time, where that is ahead of the system's clock: `serve --time-scale`, or that clock was set back. What its history and its rollouts are told in. */
  readonly clock: { readonly now: string; readonly aheadMs: number } | null;
}

export interface RolloutSummary {
  readonly name: string;
  readonly model: string;
  readonly service: string;
  /** False: only the state knows it. */
  readonly declared: boolean;
  /** `none`: never started. */
  readonly state: "none" | "active" | "paused" | "completed" | "rolled-back" | "superseded";
  readonly version: string | null;
  readonly stage: string | null;
  readonly share: number | null;
  /** A role whose approval is awaited. */
  readonly awaitsApproval: string | null;
  /** Who may give an approval that it asks for, by the plan that it runs by; empty unless it is under way. */
  readonly approvers: readonly string[];
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
  /** What is wrong with the spec: then the state's word is given for all that it does not declare; else for what runs. */
  readonly specProblem: string | null;
  readonly models: readonly ModelStatus[];
  readonly services: readonly ServiceStatus[];
  readonly rollouts: readonly RolloutSummary[];
  /** Newest first. */
  readonly runs: readonly RunSummary[];
}

/** What `mlspec versions --json` prints. */
export interface VersionsReport {
  readonly service: string;
  readonly model: string;
  readonly live: string | null;
  /** Newest first. `problem`: why it could not answer. */
  readonly versions: readonly { readonly version: string; readonly created: string | null; readonly live: boolean; readonly problem: string | null }[];
  /** Newest first. */
  readonly history: readonly DeploymentSummary[];
}

/** What `mlspec deploy|promote|rollback --json` prints. */
export interface DeploymentReport {
  readonly service: string;
  readonly kind: "deploy" | "promote" | "rollback";
  /** Live before, and now; null: the fallback. */
  readonly before: string | null;
  readonly version: string | null;
  readonly by: string;
  readonly reason: string;
  /** False with `--dry-run`: it would have been. */
  readonly done: boolean;
}
