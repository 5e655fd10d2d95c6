/** The second engine: the same training in TensorFlow.js, which the user installs; on CUDA with `@tensorflow/tfjs-node-gpu`. */
import { MlspecError } from "../errors.ts";
import type { TrainingEngine, TrainingProblem, TrainOptions } from "./engine.ts";
import { engineWith } from "./fit.ts";
import type { Stepper } from "./stepper.ts";
import { loadTensorFlow, type Library, type Place } from "./tensorflow/library.ts";
import { tensorFlowStepper } from "./tensorflow/stepper.ts";

/** By default TensorFlow.js is looked for from MLSpec's own files. */
export function tensorFlowEngine({ named = null, from = import.meta.url }: Partial<Place> = {}): TrainingEngine {
  return engineWith("tensorflow", (problem, options) => open(problem, options, { named, from }));
}

async function open(problem: TrainingProblem, options: TrainOptions, place: Place): Promise<Stepper> {
  const wanted = problem.train.device;
  const library = await loadTensorFlow(wanted === "cpu" ? "cpu" : "gpu", place);
  for (const problem of library.broken) options.onMessage("warning", problem);
  if (library.device === "cpu" && wanted === "gpu-required") throw noGpu(library);
  if (library.device === "cpu" && wanted === "gpu-preferred") options.onMessage("info", "TensorFlow.js finds no GPU; training on the CPU");
  if (library.plainJavaScript)
    options.onMessage("warning", "TensorFlow.js computes in plain JavaScript, up to a hundred times slower than the default engine: `@tensorflow/tfjs-node` brings a native library");
  return tensorFlowStepper(library.tf, problem, library.device, options.signal);
}

function noGpu({ broken }: Library): MlspecError {
  return new MlspecError("gpu-not-available", `the model asks for a GPU, and TensorFlow.js finds none${broken.length === 0 ? "" : `: ${broken.join("; ")}`}`, {
    hint: "Install `@tensorflow/tfjs-node-gpu` with its native library where MLSpec is installed, or say `device: gpu(or: cpu)` to train on the CPU where there is no GPU.",
  });
}
