/** The arithmetic that a library brings. Everything else about training is the same whatever the library: `fit.ts`. */
import type { Examples, TrainingProblem, TrainOptions } from "./engine.ts";
import type { MiniBatches } from "./mini-batches.ts";
import type { State } from "./state.ts";

export interface Stepper {
  readonly device: "cpu" | "gpu";
  /**
   * Goes through the mini-batches of a chunk, one step of the optimiser each. `stepsBefore`: those of the whole training so far.
   * Gives the state after the last, in arrays that the caller may change, and each step's loss: [steps].
   */
  steps(chunk: Examples, mini: MiniBatches, state: State, stepsBefore: number): Promise<{ readonly state: State; readonly losses: Float32Array }>;
  /** The loss of each row without dropout: [rows]. */
  losses(chunk: Examples, state: State): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @throws MlspecError `gpu-not-available`, `engine-not-installed` */
export type OpenStepper = (problem: TrainingProblem, options: TrainOptions) => Promise<Stepper>;
