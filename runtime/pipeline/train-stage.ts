/**
 * Dataset → model.onnx. The result lies in `training/<key>/`; it is whole when `result.json` is there, which is written last.
 * Until then the folder holds checkpoints, and the next run goes on from the newest.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { packed, unpacked, type Packed } from "../../grammar/compiled-spec/index.ts";
import { find } from "./model-spec.ts";
import { openDatabase } from "../data/database.ts";
import { checkModel } from "../export/self-check.ts";
import { exportModel } from "../export/model.ts";
import { signatureOf, type ModelSignature } from "../export/signature.ts";
import { deadInputs } from "../preprocess/dead-inputs.ts";
import { encodeDataset } from "../preprocess/encode.ts";
import { fitPreprocessing } from "../preprocess/fit.ts";
import type { FitWarning } from "../preprocess/fit-warnings.ts";
import { denseWidth, embeddingsOf, type FittedPreprocessing } from "../preprocess/fitted.ts";
import { sha256, writeAtomically } from "../registry/files.ts";
import { seal, unseal } from "../registry/sealed.ts";
import { readBytesIfThere } from "./read.ts";
import type { EpochResult, TrainedNetwork, TrainingProblem, TrainOptions } from "../training/engine.ts";
import { engineFor } from "../training/engines.ts";
import { progressOf, type RunContext } from "./context.ts";
import type { BuiltDataset } from "../data/dataset.ts";
import { takeLock } from "./lock.ts";

const resultFile = "result.json";
const modelFile = "model.onnx";

export interface TrainingResult {
  readonly key: string;
  readonly engine: string;
  readonly device: "cpu" | "gpu";
  readonly epochs: readonly EpochResult[];
  readonly bestEpoch: number;
  readonly stopped: TrainedNetwork["stopped"];
  readonly examplesPerSecond: number;
  readonly fitted: FittedPreprocessing;
  readonly signature: ModelSignature;
  /** What the train part's numbers gave cause to warn of: told again when the result is found. */
  readonly warnings: readonly FitWarning[];
  /** SHA-256 of model.onnx. */
  readonly onnx: string;
}

export interface TrainedModel {
  readonly result: TrainingResult;
  readonly onnx: Uint8Array;
  /** Found, not computed. */
  readonly reused: boolean;
}

export async function trainModel(context: RunContext, dataset: BuiltDataset, key: string): Promise<TrainedModel> {
  const folder = join(context.folder.training, key);
  const lock = takeLock(`${folder}.lock`, `training of ${context.model.name}`);
  try {
    if (context.fresh) await rm(folder, { recursive: true, force: true });
    return (await foundResult(context, folder, key)) ?? (await train(context, dataset, key, folder));
  } finally {
    lock.release();
  }
}

/** A result counts when it and its model have the bytes that they should have; anything else is computed again. */
async function foundResult({ emit }: RunContext, folder: string, key: string): Promise<TrainedModel | null> {
  const [text, onnx] = await Promise.all([readBytesIfThere(join(folder, resultFile)), readBytesIfThere(join(folder, modelFile))]);
  // Nothing, or a training that did not come to its end.
  if (text === null) return null;
  const sealed = unseal<Packed<TrainingResult>>(key, text.toString("utf8"));
  const result = sealed && unpacked(sealed);
  if (result !== null && onnx !== null && sha256(onnx) === result.onnx) {
    for (const warning of result.warnings) emit({ type: "message", level: "warning", ...warning });
    return { result, onnx, reused: true };
  }
  const problem = result === null ? `${resultFile} is not what was written under this name` : `${modelFile} is ${onnx === null ? "missing" : "not what was written"}`;
  emit({ type: "message", level: "warning", text: `the trained model of an earlier run is damaged: ${problem}; it is trained again` });
  await rm(folder, { recursive: true, force: true });
  return null;
}

async function train(context: RunContext, dataset: BuiltDataset, key: string, folder: string): Promise<TrainedModel> {
  const { model, spec, signal } = context;
  await mkdir(folder, { recursive: true });
  const declared = find(spec.datasets, model.dataset, "dataset");
  const { train, validate, test } = dataset.parts;
  const others = [{ name: "validate", path: validate.path }, { name: "test", path: test.path }];
  const warnings: FitWarning[] = [];
  const onWarning = (warning: FitWarning): void => {
    warnings.push(warning);
    context.emit({ type: "message", level: "warning", ...warning });
  };
  const fitted = await fitPreprocessing(model, { train: train.path, others }, { signal, onWarning });
  using database = await openDatabase();
  const parts = { train: train.path, validate: validate.rows === 0 ? null : validate.path };
  const encodedFolder = join(folder, "encoded");
  const encoded = await encodeDataset(database, fitted, signatureOf(model, declared), parts, encodedFolder, { signal });
  try {
    const dead = await deadInputs(database, fitted, encoded, train.path, { signal });
    if (dead !== null) onWarning(dead);
    const { network, examplesPerSecond } = await fit(context, fitted, encoded, { checkpoints: join(folder, "checkpoints"), checkpointsOf: key });
    const exported = exportModel(model, declared, fitted, network);
    await checkModel(database, exported, fitted, network, train.path);
    const result: TrainingResult = {
      key, engine: network.engine, device: network.device, epochs: network.epochs, bestEpoch: network.bestEpoch, stopped: network.stopped, examplesPerSecond,
      fitted, signature: exported.signature, warnings, onnx: sha256(exported.bytes),
    };
    await writeAtomically(join(folder, modelFile), exported.bytes);
    await writeAtomically(join(folder, resultFile), seal(key, packed(result)));
    await rm(join(folder, "checkpoints"), { recursive: true, force: true });
    return { result, onnx: exported.bytes, reused: false };
  } finally {
    await rm(encodedFolder, { recursive: true, force: true });
  }
}

async function fit(context: RunContext, fitted: FittedPreprocessing, encoded: Awaited<ReturnType<typeof encodeDataset>>, kept: Pick<TrainOptions, "checkpoints" | "checkpointsOf">): Promise<{ network: TrainedNetwork; examplesPerSecond: number }> {
  const { model, emit, signal, now } = context;
  const problem: TrainingProblem = { task: model.task, classes: fitted.label.classes.length, denseWidth: denseWidth(fitted), embeddings: embeddingsOf(fitted), layers: model.network, train: model.train };
  const total = encoded.rows("train") * model.train.epochs;
  const progress = progressOf(context, "train");
  const speeds: number[] = [];
  // Unless the spec says where to train, the CPU is no news.
  const deviceAsked = model.at["train.device"] !== undefined;
  const network = await engineFor(model.train.engine, context.tensorflow === undefined ? {} : { tensorflow: context.tensorflow }).train(problem, encoded, {
    ...kept, resume: true, signal, now,
    onProgress: (done) => progress(done, total, "examples"),
    onEpoch: (report) => {
      if (speeds.length === 0 && report.epoch > 1) emit({ type: "message", level: "info", text: `went on after epoch ${report.epoch - 1}, from the checkpoint of a run that ended early` });
      speeds.push(report.examplesPerSecond);
      emit({ type: "epoch-finished", epoch: report.epoch, epochs: report.epochs, trainLoss: report.trainLoss, validateLoss: report.validateLoss, examplesPerSecond: report.examplesPerSecond, best: report.best });
    },
    onMessage: (level, text) => {
      if (level === "warning" || deviceAsked) emit({ type: "message", level, text });
    },
  });
  return { network, examplesPerSecond: speeds.length === 0 ? 0 : speeds.reduce((a, b) => a + b) / speeds.length };
}

