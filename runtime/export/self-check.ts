/**
 * Before a model leaves: its bytes are loaded as a stranger would load them, run on real rows, and compared with the network
 * computed in plain arithmetic from the same weights.
 */
import { MlspecError } from "../errors.ts";
import { openSession, type Session } from "../onnx/session.ts";
import type { Tensor } from "../onnx/tensor.ts";
import type { Database } from "../data/database.ts";
import { feedsFromBatch, preprocessingModel, rawSql } from "../preprocess/encode.ts";
import { embeddingsOf, type FittedPreprocessing } from "../preprocess/fitted.ts";
import { parquet } from "../preprocess/labels.ts";
import type { TargetScale, TrainedNetwork } from "../training/engine.ts";
import { UNSCALED } from "../training/scales.ts";
import { forward } from "./forward.ts";
import type { ExportedModel } from "./model.ts";

/** Of FLOAT arithmetic in another order, relative to the largest prediction (or 1); of a regression counted in deviations from the labels' mean. */
const tolerance = 1e-3;

/**
 * @param path a Parquet file of the dataset; its first `rows` rows are tried.
 * @throws MlspecError `model-output-not-finite`, `model-check-failed`.
 */
export async function checkModel(
  database: Database, { bytes, signature }: ExportedModel, fitted: FittedPreprocessing, network: TrainedNetwork, path: string, rows = 64,
): Promise<{ readonly rows: number; readonly largestDifference: number }> {
  const batches = database.batches(`${rawSql(signature.inputs)} FROM ${parquet(path)} LIMIT ${rows}`, { rows });
  for await (const batch of batches) {
    const feeds = feedsFromBatch(signature.inputs, batch);
    const actual = await predicted(bytes, feeds);
    const expected = await recomputed(fitted, signature.inputs, network, feeds, batch.rows);
    return { rows: batch.rows, largestDifference: compare(actual, expected, expected.length / batch.rows, network.target ?? UNSCALED) };
  }
  return { rows: 0, largestDifference: 0 };
}

async function predicted(bytes: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array | Float64Array> {
  return running(bytes, async (session) => {
    const outputs = await session.run(feeds);
    return (outputs["probabilities"] ?? outputs["prediction"])?.data as Float32Array | Float64Array;
  });
}

async function recomputed(fitted: FittedPreprocessing, inputs: ExportedModel["signature"]["inputs"], network: TrainedNetwork, feeds: Readonly<Record<string, Tensor>>, rows: number): Promise<Float64Array> {
  const encoded = await running(preprocessingModel(fitted, inputs), (session) => session.run(feeds));
  const dense = (encoded["output.dense"]?.data as Float32Array | undefined) ?? new Float32Array(0);
  return forward(network, dense, embeddingsOf(fitted).map((_, k) => encoded[`output.index.${k}`]?.data as BigInt64Array), rows);
}

async function running<T>(bytes: Uint8Array, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(bytes, { threads: 1 });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

function compare(actual: Float32Array | Float64Array, expected: Float64Array, width: number, { mean, deviation }: TargetScale): number {
  const scale = deviation * expected.reduce((largest, value) => Math.max(largest, Math.abs(value - mean) / deviation), 1);
  let largestDifference = 0;
  for (const [i, value] of actual.entries()) {
    const row = Math.floor(i / width);
    if (!Number.isFinite(value)) {
      throw new MlspecError("model-output-not-finite", `The exported model predicts ${value} for row ${row} of the data.`, { hint: "Its weights or an input are beyond what 32-bit floats hold: lower the learning rate, or standardize the inputs." });
    }
    const difference = Math.abs(value - (expected[i] as number));
    largestDifference = Math.max(largestDifference, difference);
    if (!(difference <= tolerance * scale)) {
      throw new MlspecError("model-check-failed", `The exported model does not do what the trained network does: for row ${row} it predicts ${value}, the network ${expected[i]}.`, { hint: "This is a fault of MLSpec (or of this ONNX Runtime): please report it with the spec." });
    }
  }
  return largestDifference;
}
