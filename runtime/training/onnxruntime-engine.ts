/** The default engine: training compiled into an ONNX graph and run by ONNX Runtime, on the CPU or through WebGPU. */
import { MlspecError } from "../errors.ts";
import { gpuAvailable } from "../onnx/gpu.ts";
import { openSession, type Device, type Session, type Tensors } from "../onnx/session.ts";
import { floats, int64, int64s, type Tensor } from "../onnx/tensor.ts";
import type { FloatArray } from "./checkpoint.ts";
import { dropoutWords } from "./dropout.ts";
import type { Examples, TrainingEngine, TrainingProblem, TrainOptions } from "./engine.ts";
import { engineWith } from "./fit.ts";
import type { MiniBatches } from "./mini-batches.ts";
import { updateRule } from "./optimizer.ts";
import { parameterGroups } from "./parameters.ts";
import { dropoutSteps, planOf } from "./plan.ts";
import { weightsOnly, type State } from "./state.ts";
import type { Stepper } from "./stepper.ts";
import { names, trainingModel, validationModel } from "./training-graph.ts";

export const onnxRuntimeEngine: TrainingEngine = engineWith("onnxruntime", open);

async function open(problem: TrainingProblem, options: TrainOptions): Promise<Stepper> {
  const device = await deviceFor(problem, options);
  const sessions: Session[] = [];
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  try {
    for (const model of [trainingModel(problem), validationModel(problem)]) sessions.push(await openSession(model, { device, spin: false }));
  } catch (error) {
    await release();
    throw error;
  }
  const [training, validation] = sessions as [Session, Session];
  return {
    device, release,
    async steps(chunk, mini, state, stepsBefore) {
      const outputs = await training.run(feeds(problem, chunk, mini, state, stepsBefore));
      const next = Object.keys(state).map((name) => [name, outputs[names.next(name)]?.data as FloatArray] as const);
      return { state: Object.fromEntries(next), losses: outputs["losses"]?.data as Float32Array };
    },
    async losses(chunk, state) {
      const weights = stateTensors(problem, weightsOnly(problem, state));
      const { losses } = await validation.run({ ...inputs(problem, chunk), ...weights, labels: floats(chunk.labels) });
      return losses?.data as Float32Array;
    },
  };
}

function feeds(problem: TrainingProblem, chunk: Pick<Examples, "rows" | "dense" | "indices">, mini: MiniBatches, state: State, before: number): Tensors {
  const { batch, seed, optimizer } = problem.train;
  const rule = updateRule(optimizer);
  const perStep = Array.from({ length: mini.steps }, (_, i) => rule.scheduleAt(before + i + 1));
  const schedule = rule.schedule.map((name, k) => [names.schedule(name), floats(perStep.map((numbers) => numbers[k] ?? 0))]);
  const shape = [mini.steps, batch];
  return {
    ...inputs(problem, chunk),
    ...stateTensors(problem, state),
    ...(Object.fromEntries(schedule) as Record<string, Tensor>),
    ...noise(problem, before, mini.steps, seed),
    steps: int64(mini.steps),
    order: int64s(mini.order, shape),
    labels: floats(mini.labels, shape),
    row_weights: floats(mini.rowWeights, shape),
  };
}

const inputs = (problem: TrainingProblem, chunk: Pick<Examples, "rows" | "dense" | "indices">): Record<string, Tensor> => ({
  dense: floats(chunk.dense, [chunk.rows, problem.denseWidth]),
  ...Object.fromEntries(chunk.indices.map((values, k) => [names.indices(k), int64s(values)])),
});

/** The arrays of `state`, each in its group's shape. */
function stateTensors(problem: TrainingProblem, state: State): Record<string, Tensor> {
  const { slots } = updateRule(problem.train.optimizer);
  const shapes = parameterGroups(problem, planOf(problem)).flatMap((group) =>
    [names.weights(group), ...slots.map((slot) => names.slot(group, slot))].map((name) => [name, group.shape] as const));
  return Object.fromEntries(shapes.flatMap(([name, shape]) => (state[name] === undefined ? [] : [[name, floats(state[name], shape)]])));
}

function noise(problem: TrainingProblem, before: number, steps: number, seed: number): Record<string, Tensor> {
  const dropouts = dropoutSteps(planOf(problem));
  if (dropouts.length === 0) return {};
  const words = dropoutWords(seed, before, steps, problem.train.batch, dropouts.map(({ width }) => width));
  return { noise_rows: words.rows, ...Object.fromEntries(words.columns.map((tensor, k) => [names.noiseColumns(k), tensor])) };
}

async function deviceFor(problem: TrainingProblem, options: TrainOptions): Promise<Device> {
  const wanted = problem.train.device;
  if (wanted === "cpu") return "cpu";
  const gpu = await gpuAvailable();
  if (gpu.available && (wanted === "gpu-required" || gpu.timesCpu > 1)) return "gpu";
  if (wanted === "gpu-required")
    throw new MlspecError("gpu-not-available", `the model asks for a GPU, and there is ${gpu.available ? "none" : gpu.reason}`, { hint: "Say `device: gpu(or: cpu)` to train on the CPU where there is no GPU; WebGPU needs a Vulkan, Metal or Direct3D 12 driver." });
  options.onMessage("info", `${gpu.available ? "the GPU is slower than the CPU here" : gpu.reason}; training on the CPU`);
  return "cpu";
}
