/**
 * The model over the test part → metrics, gates. "Current" is the live version scored on the same test part as the new one;
 * only when its inputs are no longer in the data, the figures recorded when it was registered stand in.
 */
import { join } from "node:path";
import type { Evaluation } from "../../grammar/compiled-spec/index.ts";
import type { BuiltDataset } from "../data/dataset.ts";
import { MlspecError } from "../errors.ts";
import type { GateResult, SliceMetrics, UnseenClasses } from "../events.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { readSignature } from "../export/model.ts";
import type { ModelSignature } from "../export/signature.ts";
import type { FittedPreprocessing } from "../preprocess/fitted.ts";
import { Registry } from "../registry/registry.ts";
import type { State } from "../state/state.ts";
import { progressOf, type RunContext } from "./context.ts";
import { keepEvaluation, keptEvaluation, keptFormat, type EvaluationRecord } from "./kept-evaluation.ts";
import { keyOf } from "./keys.ts";
import { withoutPlaces } from "./model-spec.ts";
import type { TrainedModel } from "./train-stage.ts";

export interface Evaluated {
  readonly records: readonly EvaluationRecord[];
  /** The version that "current" was, if one is live. */
  readonly current: string | null;
  readonly reused: boolean;
  /** A gate failed, or of an evaluation none could be judged. */
  readonly failed: boolean;
  /** @throws MlspecError `gate-failed`, `gates-not-judged` */
  requireGates(): void;
}

interface Current {
  readonly version: string;
  readonly onnx: Uint8Array;
  readonly signature: ModelSignature;
  readonly label: FittedPreprocessing["label"];
  readonly recorded: readonly SliceMetrics[];
}

export async function evaluateModel(context: RunContext, state: State, dataset: BuiltDataset, trained: TrainedModel): Promise<Evaluated> {
  const { spec, model, emit, folder } = context;
  const evaluations = spec.evaluations.filter((evaluation) => evaluation.model === model.name);
  if (evaluations.length === 0) emit({ type: "message", level: "warning", text: `${model.name} has no evaluation: nothing judges it. Declare one with \`evaluation name of ${model.name} { … }\`.` });
  const current = await currentVersion(context, state);
  const key = keyOf({ keptFormat, evaluations: withoutPlaces(evaluations), onnx: trained.result.onnx, dataset: dataset.content, current: current?.version ?? null });
  const path = join(folder.training, trained.result.key, `evaluation-${key}.json`);
  const tell = (problem: string): void => emit({ type: "message", level: "warning", text: `the evaluation of an earlier run is damaged: ${problem}; it is made again` });
  const kept = context.fresh ? null : await keptEvaluation(path, key, tell, context.signal);
  const records = (kept ?? []).map((record) => relocated(record, spec.files, evaluations));
  const results: EvaluationRecord[] = [...records];
  if (kept === null) {
    const predictions: string[] = [];
    for (const evaluation of evaluations) {
      const once = await evaluateOnce(context, evaluation, dataset, trained, current);
      results.push(once.record);
      predictions.push(...once.predictions);
    }
    await keepEvaluation(path, key, results, predictions, context.signal);
  }
  for (const record of results) {
    if (record.unseen !== null) emit({ type: "message", level: "warning", code: "classes-unseen", text: unseenLine(record.evaluation, record.unseen, record.slices[0]?.rows ?? 0) });
    emit({ type: "evaluated", ...record });
  }
  return { records: results, current: current?.version ?? null, reused: kept !== null, failed: failedGates(results).length > 0 || results.some(isUnjudged), requireGates: () => requireGates(model.name, results) };
}

async function evaluateOnce(context: RunContext, evaluation: Evaluation, dataset: BuiltDataset, trained: TrainedModel, current: Current | null): Promise<{ readonly record: EvaluationRecord; readonly predictions: readonly string[] }> {
  const progress = progressOf(context, "evaluate");
  const folder = join(context.folder.training, trained.result.key, "evaluation", evaluation.name);
  const shared = { test: dataset.parts.test.path, files: context.spec.files, signal: context.signal };
  const compared = current === null ? null : await figuresOf(current, evaluation, dataset, { ...shared, folder: join(folder, "current") });
  const { slices, baselines, unseen, gates, predictions } = await evaluate({
    ...shared, evaluation, folder, model: trained.onnx, signature: trained.result.signature, label: trained.result.fitted.label, current: compared?.slices ?? null,
    onProgress: (rows) => progress(rows, dataset.parts.test.rows, "rows"),
  });
  return { record: { evaluation: evaluation.name, slices, baselines, unseen, gates }, predictions: [predictions, ...(compared?.predictions ?? [])] };
}

/** The live version on today's test part, or, when today's data no longer has its inputs, as it was recorded. */
async function figuresOf(current: Current, evaluation: Evaluation, dataset: BuiltDataset, shared: { test: string; files: RunContext["spec"]["files"]; signal: AbortSignal; folder: string }): Promise<{ readonly slices: readonly SliceMetrics[]; readonly predictions: readonly string[] }> {
  const columns = new Set(dataset.columns.map(({ name }) => name));
  if (!current.signature.inputs.every(({ name }) => columns.has(name))) return { slices: current.recorded, predictions: [] };
  const { slices, predictions } = await evaluate({ ...shared, evaluation: { ...evaluation, requirements: [], baselines: [], metrics: asked(evaluation) }, model: current.onnx, signature: current.signature, label: current.label, current: null });
  return { slices, predictions: [predictions] };
}

/** Metrics that only a requirement names are needed of the live version too. */
const asked = ({ metrics, requirements }: Evaluation): Evaluation["metrics"] => [...new Set([...metrics, ...requirements.map(({ metric }) => metric)])];

async function currentVersion({ spec, model, folder, emit }: RunContext, state: State): Promise<Current | null> {
  const service = spec.services.find((each) => each.model === model.name);
  const version = service === undefined ? null : (state.deployments.of(service.name)?.live ?? null);
  if (version === null) return null;
  try {
    const { manifest, onnx, preprocessing } = await new Registry(folder.registry).load(model.name, version);
    return { version, onnx, signature: readSignature(onnx), label: (preprocessing as unknown as FittedPreprocessing).label, recorded: manifest.record.metrics };
  } catch (error) {
    if (!(error instanceof MlspecError)) throw error;
    emit({ type: "message", level: "warning", text: `the live version ${version} cannot be compared with: ${error.message}` });
    return null;
  }
}

/** Kept results may have been judged when the requirement stood on another line. */
function relocated(record: EvaluationRecord, files: RunContext["spec"]["files"], evaluations: readonly Evaluation[]): EvaluationRecord {
  const requirements = evaluations.find(({ name }) => name === record.evaluation)?.requirements ?? [];
  const gates = record.gates.map((gate) => {
    const origin = requirements.find(({ text }) => text === gate.text)?.origin;
    return origin === undefined ? gate : { ...gate, file: files[origin.file]?.path ?? gate.file, line: origin.range[0] + 1 };
  });
  return { ...record, gates };
}

function unseenLine(evaluation: string, { rows, classes }: UnseenClasses, all: number): string {
  const named = `${classes.slice(0, 5).map((name) => `"${name}"`).join(", ")}${classes.length > 5 ? ` and ${classes.length - 5} more` : ""}`;
  return `${evaluation}: ${rows} of ${all} test rows have a class that training never saw (${named}): each is a wrong answer, of probability 0 (1e-15 in log_loss), and each such class counts in precision, recall and f1`;
}

const failedGates = (records: readonly EvaluationRecord[]): readonly GateResult[] => records.flatMap(({ gates }) => gates).filter(({ outcome }) => outcome === "failed");

function requireGates(model: string, records: readonly EvaluationRecord[]): void {
  const failed = failedGates(records);
  const [first] = failed;
  if (first === undefined) return requireJudged(model, records);
  const which = failed.map(({ text, slice, reason }) => `${text}${slice === null ? "" : ` for ${slice}`}${reason === null ? "" : ` (${reason})`}`).join("; ");
  throw new MlspecError("gate-failed", `${model} was not registered: ${failed.length === 1 ? "a gate" : `${failed.length} gates`} failed: ${which}`, {
    where: { file: first.file, line: first.line }, hint: "Improve the model, or argue for another bound in the spec. The table above shows every gate.",
  });
}

/** It requires something, and nothing of that was looked at. A first version is excused from the comparison with what is live. */
function isUnjudged({ gates }: EvaluationRecord): boolean {
  const asked = gates.filter(({ first }) => first !== true);
  return asked.length > 0 && asked.every(({ outcome }) => outcome === "skipped");
}

function requireJudged(model: string, records: readonly EvaluationRecord[]): void {
  const unjudged = records.find(isUnjudged);
  const gate = unjudged?.gates.find(({ first }) => first !== true);
  if (unjudged === undefined || gate === undefined) return;
  const reasons = [...new Set(unjudged.gates.map(({ text, slice, reason }) => `${text}${slice === null ? "" : ` for ${slice}`}: ${reason ?? ""}`))];
  throw new MlspecError("gates-not-judged", `${model} was not registered: no gate of ${unjudged.evaluation} could be judged (${reasons.slice(0, 3).join("; ")}${reasons.length > 3 ? "; …" : ""})`, {
    where: { file: gate.file, line: gate.line }, hint: "Require something that the test part can answer: a larger test part, a smaller `min_rows`, coarser slices, or a bound over all rows.",
  });
}

export function evaluationSummary({ records, current }: Evaluated): Readonly<Record<string, string | number>> {
  const gates = records.flatMap((record) => record.gates);
  const count = (outcome: GateResult["outcome"]): number => gates.filter((gate) => gate.outcome === outcome).length;
  return {
    rows: records[0]?.slices[0]?.rows ?? 0, "gates passed": count("passed"),
    ...(count("failed") > 0 ? { failed: count("failed") } : {}), ...(count("skipped") > 0 ? { "not judged": count("skipped") } : {}),
    ...(current === null ? {} : { "compared with": current }),
  };
}
