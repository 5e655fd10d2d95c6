/** Which engine trains: the spec's `engine`. */
import { unreachable } from "../errors.ts";
import type { Training } from "../../grammar/compiled-spec/index.ts";
import type { TrainingEngine } from "./engine.ts";
import { onnxRuntimeEngine } from "./onnxruntime-engine.ts";
import { tensorFlowEngine } from "./tensorflow-engine.ts";

export interface EngineSettings {
  /** Folder of an installed TensorFlow.js package (`MLSPEC_TENSORFLOW`) to use instead of one beside MLSpec. */
  readonly tensorflow?: string | undefined;
}

export function engineFor(name: Training["engine"], settings: EngineSettings = {}): TrainingEngine {
  switch (name) {
    case "onnxruntime": return onnxRuntimeEngine;
    case "tensorflow": return tensorFlowEngine({ named: settings.tensorflow ?? null });
    default: return unreachable(name);
  }
}
