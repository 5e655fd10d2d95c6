/** What every stage of a run is given. */
import type { CompiledSpec, Model } from "../../grammar/compiled-spec/index.ts";
import type { Emit, RunEvent, RunStage } from "../events.ts";
import type { StateFolder } from "./state-folder.ts";

/** What made a version, besides the spec and the data. */
export interface CodeVersion {
  readonly version: string;
  /** Name → version of the libraries whose arithmetic the model depends on. */
  readonly libraries: Readonly<Record<string, string>>;
}

export interface RunContext {
  readonly run: string;
  readonly spec: CompiledSpec;
  readonly model: Model;
  /** What the checks warn of: the run goes on, and its events hold it. */
  readonly problems: readonly Extract<RunEvent, { type: "problem" }>[];
  readonly folder: StateFolder;
  /** What `data:` paths start from. */
  readonly dataFolder: string | undefined;
  readonly code: CodeVersion;
  /** Folder of the TensorFlow.js package to train with; undefined finds one beside MLSpec. */
  readonly tensorflow?: string | undefined;
  /** Ignore results and checkpoints of earlier runs. */
  readonly fresh: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Reports how far a stage is; calls come often, and those that change nothing to see are dropped. */
export type Progress = (done: number, total: number | null, unit: string, detail?: string) => void;

export function progressOf(context: RunContext, stage: RunStage): Progress {
  let last = -1;
  return (done, total, unit, detail) => {
    const step = total === null || total === 0 ? done : Math.floor((200 * done) / total);
    if (step === last) return;
    last = step;
    context.emit({ type: "stage-progress", stage, done, total, unit, detail: detail ?? null });
  };
}
