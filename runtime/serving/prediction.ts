/** What a model answers for one row, read from its outputs. */
import type { Tensors } from "../onnx/session.ts";
import { MlspecError } from "../errors.ts";

export interface Prediction {
  /** Probability of true, the regression's value, or the probability of the most probable class (1 from a fallback). */
  readonly value: number;
  /** The class, of a multiclass model. */
  readonly label: string | null;
  /** Of a multiclass model's own answer. */
  readonly probabilities: Probabilities | null;
}

export interface Probabilities {
  /** Of the version that answered; another version may have others, or another order. */
  readonly classes: readonly string[];
  /** In the order of `classes`. */
  readonly values: readonly number[];
}

/** `names`: of the model's classes, in the order of its signature. By row; a row whose answer is no finite number has an error 'model-output-invalid' of its own. @throws MlspecError of that code when an output is missing. */
export function predictionsOf(outputs: Tensors, rows: number, names: readonly string[]): (Prediction | MlspecError)[] {
  const { prediction, probabilities, class: classes } = outputs;
  if (prediction !== undefined) {
    const data = prediction.data as ArrayLike<number>;
    return Array.from({ length: rows }, (_, row) => {
      const value = data[row];
      return value !== undefined && Number.isFinite(value) ? { value, label: null, probabilities: null } : notFinite(value);
    });
  }
  if (probabilities === undefined || classes === undefined) throw new MlspecError("model-output-invalid", "The model has neither `prediction` nor `probabilities` and `class`.");
  const width = probabilities.data.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const own = Array.from(probabilities.data.slice(row * width, (row + 1) * width) as ArrayLike<number>);
    const wrong = own.find((value) => !Number.isFinite(value));
    return wrong === undefined ? { value: Math.max(...own), label: String(classes.data[row]), probabilities: { classes: names, values: own } } : notFinite(wrong);
  });
}

function notFinite(value: number | undefined): MlspecError {
  return new MlspecError("model-output-invalid", `The model answered ${String(value)}, which is no prediction.`);
}

/** |a − b|, or 1 and 0 for different and equal classes. */
export function differenceOf(a: Prediction, b: Prediction): number {
  if (a.label !== null || b.label !== null) return a.label === b.label ? 0 : 1;
  return Math.abs(a.value - b.value);
}
