/** Fit, encode, train, export and check, with the real engine, on tables made in a test. */
import { join } from "node:path";
import type { Dataset, Model } from "../../../grammar/compiled-spec/index.ts";
import type { Database } from "../../../runtime/data/database.ts";
import { exportModel, type ExportedModel } from "../../../runtime/export/model.ts";
import { checkModel } from "../../../runtime/export/self-check.ts";
import { encodeDataset } from "../../../runtime/preprocess/encode.ts";
import { fitPreprocessing } from "../../../runtime/preprocess/fit.ts";
import { denseWidth, embeddingsOf, type FittedPreprocessing } from "../../../runtime/preprocess/fitted.ts";
import { signatureOf } from "../../../runtime/export/signature.ts";
import type { TrainedNetwork } from "../../../runtime/training/engine.ts";
import { onnxRuntimeEngine } from "../../../runtime/training/onnxruntime-engine.ts";

export interface Made extends ExportedModel {
  readonly fitted: FittedPreprocessing;
  readonly network: TrainedNetwork;
}

/** `parts` are Parquet files; `folder` takes the encoded examples. */
export async function make(database: Database, model: Model, dataset: Dataset, parts: { train: string; validate: string | null }, folder: string): Promise<Made> {
  const fitted = await fitPreprocessing(model, parts);
  const encoded = await encodeDataset(database, fitted, signatureOf(model, dataset), parts, join(folder, "encoded"), { threads: 1 });
  try {
    const problem = { task: model.task, classes: fitted.label.classes.length, denseWidth: denseWidth(fitted), embeddings: embeddingsOf(fitted), layers: model.network, train: model.train };
    const nothing = () => undefined;
    const network = await onnxRuntimeEngine.train(problem, encoded, {
      checkpoints: null, resume: false, signal: new AbortController().signal, now: () => 0, onProgress: nothing, onEpoch: nothing, onMessage: nothing,
    });
    const exported = exportModel(model, dataset, fitted, network);
    await checkModel(database, exported, fitted, network, parts.train);
    return { ...exported, fitted, network };
  } finally {
    await encoded.remove();
  }
}
