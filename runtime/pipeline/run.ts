/**
 * `mlspec run`: validate → data → train → evaluate → register, for one model. Each stage's result is named by a hash of what
 * it was made of, so that an unchanged stage is found instead of computed. Everything that happens is told as events, which are also kept
 * in `runs/<run>.ndjson`.
 */
import { RunJournal } from "./journal.ts";
import type { Emit, RunEvent, RunStage } from "../events.ts";
import { MlspecError, messageOf } from "../errors.ts";
import type { State } from "../state/state.ts";
import { openStateOf } from "./open-state.ts";
import { join } from "node:path";
import { datasetParts } from "../data/dataset-parts.ts";
import { buildData, dataSummary } from "./data-stage.ts";
import type { FittedLabel } from "../preprocess/fitted.ts";
import type { RunContext } from "./context.ts";
import { evaluateModel, evaluationSummary, type Evaluated } from "./evaluate-stage.ts";
import { trainingKey } from "./keys.ts";
import { registerModel } from "./register-stage.ts";
import { trainModel, type TrainedModel } from "./train-stage.ts";

export const stageOrder: readonly RunStage[] = ["validate", "data", "train", "evaluate", "register"];

export interface RunOutcome {
  readonly run: string;
  /** Null when the run ended before registering. */
  readonly version: string | null;
  readonly fresh: boolean;
}

/** Rejects with the first stage's MlspecError: `contract-failed`, `gate-failed`, `cancelled` …; the events tell it too. */
export async function runPipeline(context: RunContext, until: RunStage): Promise<RunOutcome> {
  const journal = await RunJournal.open(join(context.folder.runs, `${context.run}.ndjson`));
  const state = openStateOf(context.folder);
  const emit: Emit = (event) => {
    journal.add(event);
    context.emit(event);
  };
  try {
    return await recorded({ ...context, emit }, state, () => stages({ ...context, emit }, state, until), until);
  } finally {
    state.close();
    await journal.close();
  }
}

/** Tells the beginning and the end, however it ends, and keeps both in the state. */
async function recorded(context: RunContext, state: State, work: () => Promise<RunOutcome>, until: RunStage): Promise<RunOutcome> {
  const { run, spec, model, emit, now } = context;
  const startedAt = now();
  const file = spec.files[0]?.path ?? "";
  state.runs.started({ id: run, spec: file, model: model.name, startedAt });
  emit({ type: "run-started", run, spec: file, model: model.name, until, at: new Date(startedAt).toISOString() });
  const finish = (outcome: "done" | "failed" | "cancelled", error: Extract<RunEvent, { type: "run-finished" }>["error"], summary: Record<string, unknown>): void => {
    emit({ type: "run-finished", run, outcome, seconds: (now() - startedAt) / 1000, error });
    state.runs.finished(run, now(), outcome, summary);
  };
  try {
    const outcome = await work();
    finish("done", null, { version: outcome.version });
    return outcome;
  } catch (error) {
    const known = error instanceof MlspecError ? error : new MlspecError("internal-error", messageOf(error), { cause: error });
    finish(known.code === "cancelled" ? "cancelled" : "failed", { code: known.code, message: known.message, hint: known.hint ?? null }, { error: known.message, code: known.code });
    throw error;
  }
}

async function stages(context: RunContext, state: State, until: RunStage): Promise<RunOutcome> {
  const wanted = (name: RunStage): boolean => stageOrder.indexOf(name) <= stageOrder.indexOf(until);
  const nothing: RunOutcome = { run: context.run, version: null, fresh: false };

  // The spec was compiled and checked before a run exists; the stage says what it declares.
  await stage(context, "validate", async () => {
    for (const problem of context.problems) context.emit(problem);
    return { value: null, skipped: false, summary: { files: context.spec.files.length, features: context.model.inputs.length, task: context.model.task } };
  });
  if (!wanted("data")) return nothing;

  const dataset = await stage(context, "data", async () => {
    const built = await buildData(context);
    return { value: built, skipped: !built.fresh, summary: dataSummary(built, datasetParts(context.spec, context.model.dataset).dataset) };
  });
  if (!wanted("train")) return nothing;

  const trained = await stage(context, "train", async () => {
    const value = await trainModel(context, dataset, trainingKey(context, dataset.content));
    tellUnknownClasses(context, value.result.fitted.label);
    return { value, skipped: value.reused, summary: trainingSummary(value) };
  });
  if (!wanted("evaluate")) return nothing;

  const evaluated = await stage(context, "evaluate", async (): Promise<Done<Evaluated>> => {
    const value = await evaluateModel(context, state, dataset, trained);
    return { value, skipped: value.reused, failed: value.failed, summary: evaluationSummary(value) };
  });
  evaluated.requireGates();
  if (!wanted("register")) return nothing;

  return stage(context, "register", async () => {
    const { version, fresh, mended } = await registerModel(context, state, dataset, trained, evaluated);
    context.emit({ type: "registered", model: context.model.name, version, fresh });
    return { value: { run: context.run, version, fresh }, skipped: !fresh && !mended, summary: { version } };
  });
}

/** Of a fallback that depends on nothing: any other one may answer what the request says. */
function tellUnknownClasses({ model, emit }: RunContext, { classes }: FittedLabel): void {
  if (model.task !== "multiclass") return;
  for (const { name, value } of model.fallbacks) {
    if (value.op !== "literal" || value.value === null || classes.includes(String(value.value))) continue;
    const shown = classes.slice(0, 5).map((each) => JSON.stringify(each)).join(", ");
    emit({ type: "message", level: "warning", code: "fallback-class-unknown", text: `the fallback ${name} answers ${JSON.stringify(value.value)}, a class that no training row has (${shown}${classes.length > 5 ? `, and ${classes.length - 5} more` : ""})` });
  }
}

interface Done<T> {
  readonly value: T;
  /** The result was there already. */
  readonly skipped: boolean;
  /** It was done, and the answer is no. */
  readonly failed?: boolean;
  readonly summary: Readonly<Record<string, string | number>>;
}

async function stage<T>(context: RunContext, name: RunStage, work: () => Promise<Done<T>>): Promise<T> {
  const { emit, now, signal, model } = context;
  if (signal.aborted) throw new MlspecError("cancelled", "cancelled");
  const startedAt = now();
  const seconds = (): number => (now() - startedAt) / 1000;
  emit({ type: "stage-started", stage: name, model: model.name, at: new Date(startedAt).toISOString() });
  try {
    const { value, skipped, failed = false, summary } = await work();
    emit({ type: "stage-finished", stage: name, outcome: failed ? "failed" : skipped ? "skipped" : "done", seconds: seconds(), summary });
    return value;
  } catch (error) {
    emit({ type: "stage-finished", stage: name, outcome: "failed", seconds: seconds(), summary: {} });
    throw error;
  }
}

function trainingSummary({ result }: TrainedModel): Readonly<Record<string, string | number>> {
  const best = result.epochs.find(({ epoch }) => epoch === result.bestEpoch);
  const loss = best?.validateLoss ?? best?.trainLoss;
  return {
    epochs: result.epochs.length, best: result.bestEpoch, ...(loss === undefined ? {} : { loss: Number(loss.toFixed(4)) }),
    ...(result.stopped === "epochs" ? {} : { stopped: result.stopped === "patience" ? "no better for a while" : "budget used up" }),
    device: result.device, "examples/s": Math.round(result.examplesPerSecond),
  };
}
