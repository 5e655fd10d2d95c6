/** One pass over the train part, and one over the validation part, chunk by chunk in bounded memory. */
import { MlspecError } from "../errors.ts";
import type { FloatArray } from "./checkpoint.ts";
import { exactChunks } from "./chunks.ts";
import type { Batches, Chunk, TrainingProblem, TrainOptions } from "./engine.ts";
import { miniBatches } from "./mini-batches.ts";
import { parameterGroups } from "./parameters.ts";
import { planOf } from "./plan.ts";
import { random, STREAM } from "./random.ts";
import type { State } from "./state.ts";
import type { Stepper } from "./stepper.ts";
import { examplesOf, type Scales } from "./scales.ts";

export interface Work {
  readonly problem: TrainingProblem;
  readonly batches: Batches;
  readonly scales: Scales;
  readonly options: TrainOptions;
  readonly stepper: Stepper;
}

export interface Standing {
  readonly history: readonly unknown[];
  readonly steps: number;
  readonly state: State;
}

export interface TrainedEpoch {
  readonly steps: number;
  readonly state: State;
  readonly trainLoss: number;
}

const MOST_ROWS = 65_536;
const VALIDATION_ROWS = 16_384;
/** A chunk's matrix stays below this, and its computation below a fraction of a second, so that a user can cancel. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_OPERATIONS = 20e9;

const rowsInBytes = (width: number): number => Math.floor(MOST_BYTES / (4 * Math.max(width, 1)));

/** Rows that a stepper is given at once: a multiple of the batch, depending on nothing but the problem. */
export function chunkRows(problem: TrainingProblem): number {
  const { batch } = problem.train;
  const plan = planOf(problem);
  const parameters = parameterGroups(problem, plan).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  // Forward and both gradients: 6 operations per row and weight; the optimiser: about 12 per weight and batch.
  const perRow = 6 * (parameters[0] ?? 0) + (12 * parameters.reduce((a, b) => a + b, 0)) / batch;
  const most = Math.min(MOST_ROWS, rowsInBytes(plan.inputWidth), MOST_OPERATIONS / perRow);
  return Math.max(1, Math.floor(most / batch)) * batch;
}

/** Null when the budget ran out on the way; an error when not even one epoch was done by then. */
export async function trainEpoch(work: Work, start: Standing, overBudget: () => boolean): Promise<TrainedEpoch | null> {
  const { problem, batches, options } = work;
  const epoch = start.history.length + 1;
  let [state, steps, loss, rows, number] = [start.state, start.steps, 0, 0, 0];
  const source = batches.read("train", { chunkRows: chunkRows(problem), epochSeed: random(problem.train.seed, STREAM.reader, epoch).int32() >>> 0 });
  for await (const chunk of exactChunks(source, chunkRows(problem))) {
    stopIfCancelled(options.signal);
    if (overBudget()) return outOfBudget(start, problem);
    const examples = examplesOf(chunk, work.scales.target);
    const mini = miniBatches(examples, problem.train.batch, work.scales.meanWeight, random(problem.train.seed, STREAM.shuffle, epoch, number));
    const done = await work.stepper.steps(examples, mini, state, steps);
    done.losses.forEach((stepLoss, step) => {
      if (!Number.isFinite(stepLoss)) throw diverged(chunk, stepLoss, epoch);
      loss += stepLoss * (mini.sizes[step] as number);
    });
    state = Object.fromEntries(Object.entries(done.state).map(([name, values]) => [name, withoutTraces(values)]));
    steps += mini.steps;
    rows += chunk.rows;
    number += 1;
    options.onProgress((epoch - 1) * batches.rows("train") + rows);
  }
  requireFinite(state, epoch);
  return { state, steps, trainLoss: (loss / rows) * work.scales.target.deviation ** 2 };
}

/**
 * What no gradient reaches any more (a dead unit, a rare embedding's row) decays towards the smallest floats, with which many
 * processors compute a hundred times slower. Below 1e-30 it no longer counts: an update divides by at least Adam's ε. In place.
 */
function withoutTraces(values: FloatArray): FloatArray {
  for (let i = 0; i < values.length; i += 1) if (Math.abs(values[i] as number) < 1e-30) values[i] = 0;
  return values;
}

/** Mean weighted loss over the validation part, in the label's unit; null when it is empty. */
export async function validate(work: Work, state: State, epoch: number): Promise<number | null> {
  const { batches, options } = work;
  if (batches.rows("validate") === 0) return null;
  const most = Math.max(1, Math.min(VALIDATION_ROWS, rowsInBytes(planOf(work.problem).inputWidth)));
  let [loss, weight] = [0, 0];
  for await (const chunk of exactChunks(batches.read("validate", { chunkRows: most, epochSeed: null }), most)) {
    stopIfCancelled(options.signal);
    const losses = await work.stepper.losses(examplesOf(chunk, work.scales.target), state);
    losses.forEach((rowLoss, row) => {
      const rowWeight = chunk.weights[row] as number;
      if (rowWeight === 0) return;
      loss += rowLoss * rowWeight;
      weight += rowWeight;
    });
    if (!Number.isFinite(loss)) throw diverged(chunk, loss, epoch);
  }
  return weight === 0 ? null : (loss / weight) * work.scales.target.deviation ** 2;
}

export function stopIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new MlspecError("cancelled", "training was cancelled", { hint: "Run again to continue from the last finished epoch." });
}

function outOfBudget(start: Standing, problem: TrainingProblem): null {
  if (start.history.length > 0) return null;
  throw new MlspecError("training-over-budget", `the training budget of ${problem.train.budgetMs} ms ended before the first epoch did`, {
    hint: "Raise `budget`, or train on fewer examples.",
  });
}

/** The loss is not finite: because an input or a label is not, or else because the weights ran away. */
function diverged(chunk: Chunk, loss: number, epoch: number): MlspecError {
  const place = chunk.dense.findIndex((value) => !Number.isFinite(value));
  if (place >= 0) {
    const column = place % (chunk.dense.length / chunk.rows);
    return new MlspecError("input-not-a-number", `column ${column} of the model's input matrix holds ${chunk.dense[place]}`, { hint: "Guard the input's expression, for example against a division by zero." });
  }
  const label = chunk.labels.find((value) => !Number.isFinite(value));
  if (label !== undefined) return new MlspecError("label-not-a-number", `an example's label is ${label}`, { hint: "Leave such examples out with a condition on the dataset." });
  return runAway(epoch, Number.isNaN(loss) ? "not a number" : "infinite");
}

const runAway = (epoch: number, what: string): MlspecError =>
  new MlspecError("training-diverged", `the loss became ${what} in epoch ${epoch}`, {
    hint: "Lower the optimizer's `rate`, or standardize the inputs. The last finished epoch's checkpoint is kept.",
  });

function requireFinite(state: State, epoch: number): void {
  for (const values of Object.values(state))
    for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i])) throw runAway(epoch, "infinite: so did a weight");
}
