/** What a training engine is given and what it gives back, whatever library it is made with. */
import type { Layer, Task, Training } from "../../grammar/compiled-spec/index.ts";

export interface TrainingProblem {
  readonly task: Task;
  /** Number of classes of a multiclass task; ignored otherwise. */
  readonly classes: number;
  /** Columns of the dense matrix. */
  readonly denseWidth: number;
  /** Learned tables; `rows` counts every index that may occur, the ones for missing and unknown included. */
  readonly embeddings: readonly EmbeddingShape[];
  /** Hidden layers: the output layer follows from the task. */
  readonly layers: readonly Layer[];
  readonly train: Training;
}

export interface EmbeddingShape {
  readonly name: string;
  readonly rows: number;
  readonly size: number;
}

export type Part = "train" | "validate";

export interface Chunk {
  readonly rows: number;
  /** [rows, denseWidth], row-major. */
  readonly dense: Float32Array;
  /** One per embedding: [rows], from 0 to the embedding's rows − 1. */
  readonly indices: readonly BigInt64Array[];
  /** [rows]: 0 or 1, the class's index, or the number to predict, with all its digits. */
  readonly labels: Float64Array;
  /** [rows], not negative. */
  readonly weights: Float64Array;
}

/** A chunk as an engine computes with it: numbers to predict are standardised, so that 24 binary digits hold them. */
export interface Examples extends Omit<Chunk, "labels"> {
  readonly labels: Float32Array;
}

export interface ReadOptions {
  /** At most this many rows per chunk. */
  readonly chunkRows: number;
  /** Where the reader can change the order in which it reads, it does so by this seed; null keeps the order. */
  readonly epochSeed: number | null;
  /** Only labels and weights are looked at: the reader may leave the rest out. */
  readonly labelsOnly?: boolean;
}

/** The examples, read as often as needed; the same options give the same rows in the same order. */
export interface Batches {
  rows(part: Part): number;
  read(part: Part, options: ReadOptions): AsyncIterable<Chunk>;
}

export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** Mean weighted loss while the weights changed: log loss, or the squared error in the label's own unit. */
  readonly trainLoss: number;
  /** Mean weighted loss after the epoch; null without a validation part. */
  readonly validateLoss: number | null;
  /** True when no epoch before was better. */
  readonly best: boolean;
}

export interface EpochReport extends EpochResult {
  readonly epochs: number;
  readonly examplesPerSecond: number;
}

export interface TrainOptions {
  /** A checkpoint per epoch is kept there; null keeps none. */
  readonly checkpoints: string | null;
  /** Names all that the training depends on, the data too: it goes on from checkpoints of the same name only. */
  readonly checkpointsOf?: string;
  /** Continue from the newest sound checkpoint of the same problem, if there is one. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds, from any origin: for throughput and the budget, never for results. */
  readonly now: () => number;
  /** Examples seen over all epochs, those before a resumption included: of epochs × rows. */
  readonly onProgress: (examplesDone: number) => void;
  /** Called when the epoch's checkpoint is safe. */
  readonly onEpoch: (report: EpochReport) => void;
  readonly onMessage: (level: "info" | "warning", text: string) => void;
}

/** How a number to predict is standardised. */
export interface TargetScale {
  readonly mean: number;
  readonly deviation: number;
}

export type OutputActivation = "sigmoid" | "softmax" | "linear";

export interface TrainedLayer {
  /** [in, out], row-major. */
  readonly weights: Float32Array;
  /** [out] */
  readonly bias: Float32Array;
  readonly in: number;
  readonly out: number;
  readonly activation: "relu" | "tanh" | OutputActivation;
}

export interface TrainedEmbedding extends EmbeddingShape {
  /** [rows, size], row-major. */
  readonly values: Float32Array;
}

/**
 * The input of the first layer is the dense matrix followed by the embeddings in order. The last layer's activation turns
 * it into the prediction: probability of true, probabilities of the classes, or a value that `target` brings to the label's own unit.
 */
export interface TrainedNetwork {
  readonly denseWidth: number;
  /** Of a regression: the prediction is `deviation · output + mean`, in doubles. Null of every other task. */
  readonly target: TargetScale | null;
  readonly layers: readonly TrainedLayer[];
  readonly embeddings: readonly TrainedEmbedding[];
  readonly epochs: readonly EpochResult[];
  /** The epoch whose weights these are. */
  readonly bestEpoch: number;
  readonly stopped: "epochs" | "patience" | "budget";
  readonly device: "cpu" | "gpu";
  readonly engine: string;
}

export interface TrainingEngine {
  readonly name: string;
  /**
   * @throws MlspecError `no-training-examples`, `engine-not-installed`, `gpu-not-available`, `label-not-a-number`, `input-not-a-number`,
   *   `training-diverged`, `training-over-budget`, `cancelled`; checkpoints of finished epochs stay.
   */
  train(problem: TrainingProblem, batches: Batches, options: TrainOptions): Promise<TrainedNetwork>;
}
