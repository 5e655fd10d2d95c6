import type { RunWarning } from "./codes.ts";

/**
 * What a run tells while it runs. `mlspec run --events ndjson` prints one per line, the terminal draws them, the editor
 * reads them. New fields may be added; fields are never renamed.
 */
export type RunStage = "validate" | "data" | "train" | "evaluate" | "register";

export interface ClauseResult {
  /** The clause's source text. */
  readonly text: string;
  readonly passed: boolean;
  /** What was found, in words: `0.4% missing`, `12 rows, for example 51`. */
  readonly observed: string;
  readonly file: string;
  readonly line: number;
}

export interface GateResult {
  readonly text: string;
  /** `skipped`: there is nothing to compare with, or too few rows to judge. */
  readonly outcome: "passed" | "failed" | "skipped";
  readonly metric: string;
  /** `sex = Female`, or null for the whole. */
  readonly slice: string | null;
  readonly value: number | null;
  readonly comparison: "<" | "<=" | ">" | ">=";
  readonly bound: number | null;
  readonly reason: string | null;
  /** Not judged because no version is live yet, whose figure it asks for. */
  readonly first?: true;
  readonly file: string;
  readonly line: number;
}

export interface SliceMetrics {
  /** Null for the whole test part. */
  readonly slice: { readonly name: string; readonly value: string } | null;
  readonly rows: number;
  /** How many of them have a class that training never saw, where any has. */
  readonly unseen?: number;
  /** Their weights are all 0: nothing of them can be measured. */
  readonly weightless?: true;
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** Test rows with a class that training never saw: no model of these data can be right about them. */
export interface UnseenClasses {
  readonly rows: number;
  /** The most frequent first. */
  readonly classes: readonly string[];
}

export type RunEvent =
  | { readonly type: "run-started"; readonly run: string; readonly spec: string; readonly model: string; readonly until: RunStage; readonly at: string }
  | { readonly type: "stage-started"; readonly stage: RunStage; readonly model: string; readonly at: string }
  | { readonly type: "stage-progress"; readonly stage: RunStage; readonly done: number; readonly total: number | null; readonly unit: string; readonly detail: string | null }
  | { readonly type: "stage-finished"; readonly stage: RunStage; readonly outcome: "done" | "skipped" | "failed"; readonly seconds: number; readonly summary: Readonly<Record<string, string | number>> }
  | { readonly type: "contract-checked"; readonly source: string; readonly rows: number; readonly clauses: readonly ClauseResult[] }
  | { readonly type: "epoch-finished"; readonly epoch: number; readonly epochs: number; readonly trainLoss: number; readonly validateLoss: number | null; readonly examplesPerSecond: number; readonly best: boolean }
  | { readonly type: "evaluated"; readonly evaluation: string; readonly slices: readonly SliceMetrics[]; readonly baselines: readonly { readonly name: string; readonly slices: readonly SliceMetrics[] }[]; readonly unseen: UnseenClasses | null; readonly gates: readonly GateResult[] }
  | { readonly type: "registered"; readonly model: string; readonly version: string; readonly fresh: boolean }
  /** A warning of `mlspec validate`, told in the validate stage of each run; lines and columns from 1. */
  | { readonly type: "problem"; readonly severity: "warning"; readonly code: string; readonly text: string; readonly hint: string | null; readonly file: string; readonly line: number; readonly column: number }
  | { readonly type: "message"; readonly level: "info" | "warning"; readonly code?: RunWarning; readonly text: string }
  | { readonly type: "run-finished"; readonly run: string; readonly outcome: "done" | "failed" | "cancelled"; readonly seconds: number; readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null };

export type Emit = (event: RunEvent) => void;
