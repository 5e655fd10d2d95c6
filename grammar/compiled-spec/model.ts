/** Models and their evaluation. */
import Type from "typebox";
import { Expression } from "./expression.ts";
import { Milliseconds, Origin, Share, named, nullable } from "./origin.ts";

export const Encoding = Type.Union([
  /** As it is (less its mean where 32 bits could not tell its values apart); a missing value is 0 and raises an indicator column when the value may be null. So do the next four. */
  Type.Object({ kind: Type.Literal("number") }),
  /** (x − mean) / standard deviation over the training part, at most ten deviations beyond its least and greatest; constant columns give 0; missing is the mean. */
  Type.Object({ kind: Type.Literal("standardize") }),
  /** (x − median) / interquartile range over the training part, within ±5; missing is the median. */
  Type.Object({ kind: Type.Literal("robust") }),
  /** To [0, 1] by the training part's minimum and maximum, clipped. */
  Type.Object({ kind: Type.Literal("normalize") }),
  /** One-hot over buckets: `boundaries` given, or `count` quantiles of the training part. Missing has a bucket of its own. */
  Type.Object({ kind: Type.Literal("bucketize"), boundaries: nullable(Type.Array(Type.Number())), count: nullable(Type.Integer()) }),
  /** The `top` most frequent values of the training part, and one bucket for all others, one for missing. */
  Type.Object({ kind: Type.Literal("one-hot"), top: Type.Integer() }),
  /** One-hot of hash mod `buckets`, missing in a bucket of its own. */
  Type.Object({ kind: Type.Literal("hashed-one-hot"), buckets: Type.Integer() }),
  /** A learned vector per value: of a vocabulary (`top`) or of hash mod `buckets`; exactly one is set. */
  Type.Object({ kind: Type.Literal("embedding"), size: Type.Integer(), top: nullable(Type.Integer()), buckets: nullable(Type.Integer()) }),
]);
export type Encoding = Type.Static<typeof Encoding>;

export const ModelInput = Type.Object({
  name: Type.String(),
  origin: Origin,
  /** Over the dataset's columns (`Dataset.columns`); only servable functions. */
  value: Expression,
  encode: Encoding,
});
export type ModelInput = Type.Static<typeof ModelInput>;

export const Layer = Type.Union([
  Type.Object({
    kind: Type.Literal("dense"),
    units: Type.Integer({ minimum: 1 }),
    activation: Type.Union([Type.Literal("relu"), Type.Literal("tanh"), Type.Literal("sigmoid"), Type.Literal("linear")]),
  }),
  Type.Object({ kind: Type.Literal("dropout"), rate: Share }),
]);
export type Layer = Type.Static<typeof Layer>;

export const Optimizer = Type.Union([
  Type.Object({ kind: Type.Literal("adam"), rate: Type.Number(), beta1: Type.Number(), beta2: Type.Number(), epsilon: Type.Number(), weightDecay: Type.Number() }),
  Type.Object({ kind: Type.Literal("sgd"), rate: Type.Number(), momentum: Type.Number(), weightDecay: Type.Number() }),
]);
export type Optimizer = Type.Static<typeof Optimizer>;

export const Training = Type.Object({
  optimizer: Optimizer,
  batch: Type.Integer({ minimum: 1 }),
  epochs: Type.Integer({ minimum: 1 }),
  seed: Type.Integer(),
  /** Epochs without a better validation loss before training stops; null never stops early. The best epoch's weights are kept. */
  patience: nullable(Type.Integer()),
  device: Type.Union([Type.Literal("cpu"), Type.Literal("gpu-preferred"), Type.Literal("gpu-required")]),
  engine: Type.Union([Type.Literal("onnxruntime"), Type.Literal("tensorflow")]),
  /** Wall-clock budget. */
  budgetMs: nullable(Milliseconds),
});
export type Training = Type.Static<typeof Training>;

export const Task = Type.Union([Type.Literal("binary"), Type.Literal("multiclass"), Type.Literal("regression")]);
export type Task = Type.Static<typeof Task>;

/** What answers when the model cannot. `value` is over the dataset's columns (a constant is fine). */
export const Fallback = Type.Object({ ...named, value: Expression });
export type Fallback = Type.Static<typeof Fallback>;

export const Model = Type.Object({
  ...named,
  dataset: Type.String(),
  label: Type.String(),
  task: Task,
  inputs: Type.Array(ModelInput),
  network: Type.Array(Layer),
  train: Training,
  fallbacks: Type.Array(Fallback),
  owner: nullable(Type.String()),
});
export type Model = Type.Static<typeof Model>;

export const MetricName = Type.Union([
  Type.Literal("auc"), Type.Literal("log_loss"), Type.Literal("accuracy"), Type.Literal("precision"), Type.Literal("recall"),
  Type.Literal("f1"), Type.Literal("calibration_error"), Type.Literal("rmse"), Type.Literal("mae"), Type.Literal("r2"),
]);
export type MetricName = Type.Static<typeof MetricName>;

export const Comparison = Type.Union([Type.Literal("<"), Type.Literal("<="), Type.Literal(">"), Type.Literal(">=")]);
export type Comparison = Type.Static<typeof Comparison>;

export const MetricRequirement = Type.Object({
  origin: Origin,
  text: Type.String(),
  metric: MetricName,
  comparison: Comparison,
  /** The bound is factor × reference + offset. */
  bound: Type.Union([
    Type.Object({ kind: Type.Literal("constant"), value: Type.Number() }),
    /** The same metric of the version that is live; without one the requirement is skipped, and says so. */
    Type.Object({ kind: Type.Literal("current"), factor: Type.Number(), offset: Type.Number() }),
    /** The same metric of a declared baseline. */
    Type.Object({ kind: Type.Literal("baseline"), baseline: Type.String(), factor: Type.Number(), offset: Type.Number() }),
  ]),
  /** Holds for each value of the slice. */
  by: nullable(Type.String()),
});
export type MetricRequirement = Type.Static<typeof MetricRequirement>;

export const Evaluation = Type.Object({
  ...named,
  model: Type.String(),
  metrics: Type.Array(MetricName),
  /** Probability from which a positive is predicted (precision, recall, f1, accuracy of a binary task). */
  threshold: Type.Number(),
  /** Over the dataset's columns; the value of the expression names the slice. Slices under `minRows` are reported, not judged. */
  slices: Type.Array(Type.Object({ name: Type.String(), origin: Origin, value: Expression })),
  minRows: Type.Integer(),
  /** Predictions without a model, scored beside it: over the dataset's columns. */
  baselines: Type.Array(Type.Object({ ...named, value: Expression })),
  requirements: Type.Array(MetricRequirement),
});
export type Evaluation = Type.Static<typeof Evaluation>;
