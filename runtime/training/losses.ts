/** Losses per row, [B], from logits: stable for any logit, since no probability is formed before its logarithm. */
import { unreachable } from "../errors.ts";
import type { Value } from "../onnx/graph.ts";
import { floats, int64, int64s } from "../onnx/tensor.ts";
import type { Task } from "../../grammar/compiled-spec/index.ts";
import type { Tape } from "./tape.ts";

/** `logits` [B, outputs]; `labels` [B], for regression standardised. */
export function rowLosses(tape: Tape, task: Task, logits: Value, labels: Value, classes: number): Value {
  switch (task) {
    case "binary": return crossEntropyOfTwo(tape, logits, labels);
    case "multiclass": return crossEntropy(tape, logits, labels, classes);
    case "regression": return squaredError(tape, logits, labels);
    default: return unreachable(task);
  }
}

/** −y log σ(z) − (1 − y) log(1 − σ(z)) = softplus(z) − y z; its derivative by z is σ(z) − y. */
function crossEntropyOfTwo(tape: Tape, logits: Value, labels: Value): Value {
  const g = tape.graph;
  const z = vector(tape, logits);
  const loss = g.node("Sub", [g.node("Softplus", [z]), g.node("Mul", [labels, z])]);
  const slope = () => g.node("Sub", [g.node("Sigmoid", [z]), labels]);
  return tape.record(loss, [{ value: logits, gradient: (d) => column(tape, g.node("Mul", [slope(), d])) }]);
}

/** −log softmax(z)[y]; its derivative by z is softmax(z) − one-hot(y). */
function crossEntropy(tape: Tape, logits: Value, labels: Value, classes: number): Value {
  const g = tape.graph;
  const chosen = g.node("OneHot", [g.node("Cast", [labels, ], { to: { int: INT64 } }), g.constant(int64(classes)), g.constant(floats([0, 1]))]);
  const logs = g.node("LogSoftmax", [logits], { axis: { int: 1 } });
  const picked = g.node("ReduceSum", [g.node("Mul", [logs, chosen]), g.constant(int64s([1]))], { keepdims: { int: 0 } });
  const slope = () => g.node("Sub", [g.node("Exp", [logs]), chosen]);
  return tape.record(g.node("Neg", [picked]), [{ value: logits, gradient: (d) => g.node("Mul", [slope(), column(tape, d)]) }]);
}

/** (z − y)²; its derivative by z is 2 (z − y). */
function squaredError(tape: Tape, logits: Value, labels: Value): Value {
  const g = tape.graph;
  const error = g.node("Sub", [vector(tape, logits), labels]);
  const slope = () => g.node("Add", [error, error]);
  return tape.record(g.node("Mul", [error, error]), [{ value: logits, gradient: (d) => column(tape, g.node("Mul", [slope(), d])) }]);
}

/** `TensorProto.DataType.INT64` */
const INT64 = 7;
const vector = (tape: Tape, x: Value) => tape.graph.node("Reshape", [x, tape.graph.constant(int64s([-1]))]);
const column = (tape: Tape, x: Value) => tape.graph.node("Reshape", [x, tape.graph.constant(int64s([-1, 1]))]);
