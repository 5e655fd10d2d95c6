/** Losses per row, [B], from logits, and their derivatives by the logits, [B, outputs]: the formulas of `../losses.ts`. */
import { unreachable } from "../../errors.ts";
import type { Task } from "../../../grammar/compiled-spec/index.ts";
import type { Tensor, TensorFlow } from "./api.ts";

export interface RowLosses {
  readonly losses: Tensor;
  readonly slope: Tensor;
}

/** `logits` [B, outputs]; `labels` [B], for regression standardised. */
export function rowLosses(tf: TensorFlow, task: Task, logits: Tensor, labels: Tensor, classes: number): RowLosses {
  switch (task) {
    case "binary": return crossEntropyOfTwo(tf, tf.reshape(logits, [-1]), labels);
    case "multiclass": return crossEntropy(tf, logits, labels, classes);
    case "regression": return squaredError(tf, tf.reshape(logits, [-1]), labels);
    default: return unreachable(task);
  }
}

/** softplus(z) − y z; by z: σ(z) − y. */
function crossEntropyOfTwo(tf: TensorFlow, z: Tensor, labels: Tensor): RowLosses {
  return { losses: tf.sub(tf.softplus(z), tf.mul(labels, z)), slope: column(tf, tf.sub(tf.sigmoid(z), labels)) };
}

/** −log softmax(z)[y]; by z: softmax(z) − one-hot(y). */
function crossEntropy(tf: TensorFlow, logits: Tensor, labels: Tensor, classes: number): RowLosses {
  const chosen = tf.cast(tf.oneHot(tf.cast(labels, "int32"), classes), "float32");
  const logs = tf.logSoftmax(logits, 1);
  return { losses: tf.neg(tf.sum(tf.mul(logs, chosen), 1)), slope: tf.sub(tf.exp(logs), chosen) };
}

/** (z − y)²; by z: 2 (z − y). */
function squaredError(tf: TensorFlow, z: Tensor, labels: Tensor): RowLosses {
  const error = tf.sub(z, labels);
  return { losses: tf.mul(error, error), slope: column(tf, tf.add(error, error)) };
}

const column = (tf: TensorFlow, x: Tensor): Tensor => tf.reshape(x, [-1, 1]);
