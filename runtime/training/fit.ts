/** Training from the first epoch to the result, whatever the library: an engine is this with a stepper. */
import { MlspecError } from "../errors.ts";
import { clearCheckpoints, latestCheckpoint, writeCheckpoint, type Checkpoint, type FloatArray } from "./checkpoint.ts";
import type { Batches, EpochResult, TrainedNetwork, TrainingEngine, TrainingProblem, TrainOptions } from "./engine.ts";
import { chunkRows, stopIfCancelled, trainEpoch, validate, type Work } from "./epoch.ts";
import { denseLayers, parameterGroups } from "./parameters.ts";
import { planOf } from "./plan.ts";
import { bestEpoch, epochResult, problemHash, stopReason } from "./progress.ts";
import { initialState, stateNames, weightsOnly } from "./state.ts";
import type { OpenStepper } from "./stepper.ts";
import { scalesOf, UNSCALED, type Scales } from "./scales.ts";

/** Where a training stands between two epochs: what a checkpoint keeps. */
type Standing = Omit<Checkpoint, "problem">;

export function engineWith(name: string, open: OpenStepper): TrainingEngine {
  return { name, train };

  async function train(problem: TrainingProblem, batches: Batches, options: TrainOptions): Promise<TrainedNetwork> {
    const rows = { train: batches.rows("train"), validate: batches.rows("validate") };
    if (rows.train === 0) throw new MlspecError("no-training-examples", "the train part has no examples");
    const stepper = await open(problem, options);
    try {
      const work: Work = { problem, batches, options, stepper, scales: await scalesFor(problem, batches, options.signal) };
      const hash = problemHash(problem, rows, options.checkpointsOf);
      const { standing, stopped } = await epochs(work, hash, await beginning(problem, hash, options));
      return { ...networkOf(problem, standing, work.scales), stopped, device: stepper.device, engine: name };
    } finally {
      await stepper.release();
    }
  }
}

async function scalesFor(problem: TrainingProblem, batches: Batches, signal: AbortSignal): Promise<Scales> {
  const scales = await scalesOf(batches.read("train", { chunkRows: chunkRows(problem), epochSeed: null, labelsOnly: true }), () => stopIfCancelled(signal));
  return problem.task === "regression" ? scales : { ...scales, target: UNSCALED };
}

async function epochs(work: Work, hash: string, start: Standing): Promise<{ standing: Standing; stopped: TrainedNetwork["stopped"] }> {
  const { problem, options } = work;
  const began = options.now();
  const overBudget = () => problem.train.budgetMs !== null && options.now() - began > problem.train.budgetMs;
  let standing = start;
  for (;;) {
    const stopped = stopReason(standing.history, problem.train, overBudget());
    if (stopped !== null) return { standing, stopped };
    const epochBegan = options.now();
    const next = await oneEpoch(work, standing, overBudget);
    if (next === null) continue; // the budget ran out within the epoch
    standing = next;
    if (options.checkpoints !== null) await writeCheckpoint(options.checkpoints, { problem: hash, ...standing });
    const seconds = Math.max(options.now() - epochBegan, 1e-3) / 1000;
    const epoch = standing.history.at(-1) as EpochResult;
    options.onEpoch({ ...epoch, epochs: problem.train.epochs, examplesPerSecond: work.batches.rows("train") / seconds });
  }
}

async function oneEpoch(work: Work, standing: Standing, overBudget: () => boolean): Promise<Standing | null> {
  const trained = await trainEpoch(work, standing, overBudget);
  if (trained === null) return null;
  const validateLoss = await validate(work, trained.state, standing.history.length + 1);
  const epoch = epochResult(standing.history, trained.trainLoss, validateLoss);
  return {
    history: [...standing.history, epoch], steps: trained.steps, state: trained.state,
    best: epoch.best ? weightsOnly(work.problem, trained.state) : standing.best,
  };
}

async function beginning(problem: TrainingProblem, hash: string, options: TrainOptions): Promise<Standing> {
  if (options.checkpoints !== null && options.resume) {
    const { checkpoint, skipped } = await latestCheckpoint(options.checkpoints, hash);
    for (const { file, reason } of skipped)
      options.onMessage("warning", reason === "damaged" ? `the checkpoint ${file} is damaged and was passed over` : `the checkpoint ${file} belongs to another training and was passed over`);
    if (checkpoint !== null) return checkpoint;
  }
  if (options.checkpoints !== null) await clearCheckpoints(options.checkpoints);
  const state = initialState(problem);
  return { history: [], steps: 0, state, best: weightsOnly(problem, state) };
}

function networkOf(problem: TrainingProblem, standing: Standing, { target }: Scales): Omit<TrainedNetwork, "stopped" | "device" | "engine"> {
  const plan = planOf(problem);
  const [dense, ...tables] = parameterGroups(problem, plan).map((group) => standing.best[stateNames.weights(group)] as FloatArray) as [FloatArray, ...FloatArray[]];
  const layers = denseLayers(plan, dense).map(({ step, weights, bias }) => ({ weights, bias, in: step.in, out: step.out, activation: step.activation }));
  const last = layers.pop() as (typeof layers)[number];
  const output = { binary: "sigmoid", multiclass: "softmax", regression: "linear" } as const;
  return {
    denseWidth: problem.denseWidth, target: problem.task === "regression" ? target : null,
    layers: [...layers, { ...last, activation: output[problem.task] }],
    embeddings: problem.embeddings.map((shape, k) => ({ ...shape, values: tables[k] as FloatArray })),
    epochs: standing.history, bestEpoch: bestEpoch(standing.history),
  };
}
