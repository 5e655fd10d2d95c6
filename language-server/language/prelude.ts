/**
 * The names that every file knows, as a document in memory. The `kind` says where a name may stand: a metric in `metrics`, an
 * activation in a layer. They are ordinary declarations, so hover and completion need no special case.
 */
import { URI } from "langium";

export const preludeUri = URI.parse("builtin:///prelude.mlspec");

export type BuiltinKind =
  | "metric" | "activation" | "device" | "engine" | "signal" | "version" | "subject" | "tag" | "quantile" | "word" | "part" | "ending";

export const preludeText = `
/// Area under the receiver operating characteristic: how often a positive is ranked above a negative. 0.5 is chance, 1 is perfect.
builtin metric auc: float
/// Mean negative log likelihood of the true class. Lower is better.
builtin metric log_loss: float
/// Share of examples whose predicted class is the true one.
builtin metric accuracy: float
/// Of the examples predicted positive, the share that is. Of several classes: the mean over them.
builtin metric precision: float
/// Of the positive examples, the share that was predicted so. Of several classes: the mean over them.
builtin metric recall: float
/// Harmonic mean of precision and recall. Of several classes: the mean over them.
builtin metric f1: float
/// Mean distance between predicted probability and observed rate, over bins of equal size. Lower is better.
builtin metric calibration_error: float
/// Root of the mean squared error, in the label's unit. Lower is better.
builtin metric rmse: float
/// Mean absolute error, in the label's unit. Lower is better.
builtin metric mae: float
/// Share of the label's variance that is explained; 0 is as good as predicting the mean.
builtin metric r2: float

/// max(0, x)
builtin activation relu
/// Hyperbolic tangent.
builtin activation tanh
/// 1 / (1 + e^-x)
builtin activation sigmoid
/// The value as it is.
builtin activation linear

/// Train on the processor.
builtin device cpu
/// Train on a graphics processor; \`gpu(or: cpu)\` falls back to the processor.
builtin device gpu

/// Network, loss, gradients and optimiser as one graph in ONNX Runtime. The default.
builtin engine onnxruntime
/// TensorFlow.js.
builtin engine tensorflow

/// Requests that were answered, and by the model rather than its fallback.
builtin signal succeeded: bool
/// Requests that failed.
builtin signal errors: bool
/// Time from request to answer.
builtin signal latency: duration
/// Time since the newest data that the live model was trained on.
builtin signal model_age: duration
/// Share of mirrored requests whose prediction differs from the live one.
builtin signal disagreement: float
/// The same measure over the units that the live version answers.
builtin signal control: float

/// The version that is live now.
builtin version current

/// The median.
builtin quantile p50: duration
/// 90% are faster.
builtin quantile p90: duration
/// 95% are faster.
builtin quantile p95: duration
/// 99% are faster.
builtin quantile p99: duration

/// Everything that a model reads.
builtin subject inputs
/// The number of rows.
builtin subject rows: int

/// Says something about a person: \`@pii\`.
builtin tag pii
/// A protected attribute, such as sex or age: \`@protected\`.
builtin tag protected
/// Not to be shown outside of its purpose: \`@sensitive\`.
builtin tag sensitive
/// What a number counts: \`@unit(USD)\`.
builtin tag unit
/// Went through \`hashed(…)\`.
builtin tag hashed

/// Nothing: \`log: off\`.
builtin word off
/// Back to the version before.
builtin ending roll_back
/// Everything stays as it is, and a person is asked.
builtin ending ask

/// The columns of a source: \`columns: people.columns\`.
builtin part columns
`.trimStart();

/** All of one kind: the metrics, the activations. */
export const builtinNames = (kind: string): readonly string[] => [...preludeText.matchAll(/^builtin (\w+) (\w+)/gm)].filter(([, of]) => of === kind).map(([, , name = ""]) => name);
