/** Preprocessing, network and weights as one `model.onnx`: raw column values in, prediction out. */
import type { Dataset, Model } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { GraphBuilder, type Value } from "../onnx/graph.ts";
import { readMetadata } from "../onnx/model-file.ts";
import { strings } from "../onnx/tensor.ts";
import { emitPreprocessing } from "../preprocess/emit.ts";
import type { FittedPreprocessing } from "../preprocess/fitted.ts";
import { modelFormat } from "../preprocess/format.ts";
import { declareInputs } from "../preprocess/raw-inputs.ts";
import type { TrainedNetwork } from "../training/engine.ts";
import { emitNetwork } from "../training/network.ts";
import { outputsOf, signatureOf, type ModelSignature } from "./signature.ts";

export interface ExportedModel {
  readonly bytes: Uint8Array;
  readonly signature: ModelSignature;
}

/** The same arguments give the same bytes. */
export function exportModel(model: Model, dataset: Dataset, fitted: FittedPreprocessing, network: TrainedNetwork): ExportedModel {
  const { task, classes, name: label } = fitted.label;
  const signature: ModelSignature = { task, inputs: signatureOf(model, dataset), outputs: outputsOf(task, label, classes), classes };
  const graph = new GraphBuilder(model.name);
  const { dense, indices } = emitPreprocessing(declareInputs(graph, signature.inputs), fitted);
  const prediction = emitNetwork(graph, network, dense, indices);
  const values = task === "multiclass" ? { probabilities: prediction, class: mostProbable(graph, prediction, classes) } : { prediction };
  for (const { name, type, shape } of signature.outputs) graph.output((values as Record<string, Value>)[name] as Value, name, type, shape);
  const metadata = { "mlspec.model": model.name, "mlspec.signature": JSON.stringify(signature) };
  return { bytes: graph.toModel({ ...modelFormat, metadata }), signature };
}

/** The signature that an exported model carries. @throws MlspecError `model-unreadable`. */
export function readSignature(bytes: Uint8Array): ModelSignature {
  const text = readMetadata(bytes)["mlspec.signature"];
  if (text === undefined) throw new MlspecError("model-unreadable", "This ONNX model was not made by MLSpec: it carries no signature.");
  return JSON.parse(text) as ModelSignature;
}

function mostProbable(graph: GraphBuilder, probabilities: Value, classes: readonly string[]): Value {
  const best = graph.node("ArgMax", [probabilities], { axis: { int: 1 }, keepdims: { int: 1 } });
  return graph.node("Gather", [graph.constant(strings(classes)), best]);
}
