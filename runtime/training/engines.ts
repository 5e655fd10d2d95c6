/** Which engine trains: the spec's `engine`. */
import { MlspecError, unreachable } from "../errors.ts";
import type { Training } from "../../grammar/compiled-spec/index.ts";
import type { TrainingEngine } from "./engine.ts";
import { onnxRuntimeEngine } from "./onnxruntime-engine.ts";

/** @throws MlspecError `engine-not-installed` */
export function engineFor(name: Training["engine"]): TrainingEngine {
  switch (name) {
    case "onnxruntime": return onnxRuntimeEngine;
    case "tensorflow":
      throw new MlspecError("engine-not-installed", "the engine `tensorflow` is not part of this version of MLSpec", {
        hint: "Leave `engine` out: `onnxruntime`, the default, trains the same networks on CPU and GPU.",
      });
    default: return unreachable(name);
  }
}
