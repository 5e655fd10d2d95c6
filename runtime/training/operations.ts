/** Differentiable operations: what is emitted forward, and the rule for each gradient. B is the batch's number of rows. */
import type { Value } from "../onnx/graph.ts";
import { float, floats, int64s } from "../onnx/tensor.ts";
import type { Tape } from "./tape.ts";

/** x [B, in] · weights [in, out] + bias [out] */
export function dense(tape: Tape, x: Value, weights: Value, bias: Value): Value {
  const g = tape.graph;
  return tape.record(g.node("Gemm", [x, weights, bias]), [
    { value: x, gradient: (d) => g.node("Gemm", [d, weights], { transB: { int: 1 } }) },
    { value: weights, gradient: (d) => g.node("Gemm", [x, d], { transA: { int: 1 } }) },
    { value: bias, gradient: (d) => sumOverRows(tape, d) },
  ]);
}

const sumOverRows = (tape: Tape, x: Value): Value =>
  tape.graph.node("ReduceSum", [x, tape.graph.constant(int64s([0]))], { keepdims: { int: 0 } });

/**
 * The derivative is 1 where y > 0, and 0 elsewhere. A hard sigmoid with a vast slope gives just that, and is a fifth of the
 * cost of `Sign` or of a comparison and `Where` in ONNX Runtime, whose kernels for these are not vectorised.
 */
export function relu(tape: Tape, x: Value): Value {
  const g = tape.graph;
  const y = g.node("Relu", [x]);
  const slope = () => g.node("HardSigmoid", [y], { alpha: { float: 3e38 }, beta: { float: 0 } });
  return tape.record(y, [{ value: x, gradient: (d) => g.node("Mul", [d, slope()]) }]);
}

/** tanh′ = 1 − tanh² */
export function tanh(tape: Tape, x: Value): Value {
  const g = tape.graph;
  const y = g.node("Tanh", [x]);
  const slope = () => g.node("Sub", [g.constant(float(1)), g.node("Mul", [y, y])]);
  return tape.record(y, [{ value: x, gradient: (d) => g.node("Mul", [d, slope()]) }]);
}

/** σ′ = σ (1 − σ) */
export function sigmoid(tape: Tape, x: Value): Value {
  const g = tape.graph;
  const y = g.node("Sigmoid", [x]);
  const slope = () => g.node("Mul", [y, g.node("Sub", [g.constant(float(1)), y])]);
  return tape.record(y, [{ value: x, gradient: (d) => g.node("Mul", [d, slope()]) }]);
}

/** x · mask: dropout, whose mask holds 0 and 1 / (1 − rate). */
export function masked(tape: Tape, x: Value, mask: Value): Value {
  const g = tape.graph;
  return tape.record(g.node("Mul", [x, mask]), [{ value: x, gradient: (d) => g.node("Mul", [d, mask]) }]);
}

/**
 * Rows of table [rows, size] by indices [B]: gives [B, size]. Gradients of equal indices add up, by `ScatterElements`:
 * `ScatterND` is faster, but adds equal indices from several threads at once and loses some (seen in ONNX Runtime 1.30).
 */
export function lookup(tape: Tape, table: Value, indices: Value, shape: { readonly rows: number; readonly size: number }): Value {
  const g = tape.graph;
  const scatter = (d: Value): Value => {
    const zeros = g.node("ConstantOfShape", [g.constant(int64s([shape.rows, shape.size]))], { value: { tensor: floats([0]) } });
    const places = g.node("Expand", [g.node("Unsqueeze", [indices, g.constant(int64s([1]))]), g.constant(int64s([1, shape.size]))]);
    return g.node("ScatterElements", [zeros, places, d], { axis: { int: 0 }, reduction: { string: "add" } });
  };
  return tape.record(g.node("Gather", [table, indices]), [{ value: table, gradient: scatter }]);
}

/** Columns side by side: [B, w₁], [B, w₂] … gives [B, w₁ + w₂ + …]. */
export function columns(tape: Tape, parts: readonly { readonly value: Value; readonly width: number }[]): Value {
  const g = tape.graph;
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first.value;
  let end = 0;
  const dependencies = parts.map(({ value, width }) => {
    const [from, to] = [end, (end += width)];
    const slice = (d: Value) => g.node("Slice", [d, g.constant(int64s([from])), g.constant(int64s([to])), g.constant(int64s([1]))]);
    return { value, gradient: slice };
  });
  return tape.record(g.node("Concat", parts.map(({ value }) => value), { axis: { int: 1 } }), dependencies);
}

/** A vector cut into pieces of the given shapes, in order. Its gradient is the pieces' gradients end to end. */
export function pieces(graph: Tape["graph"], vector: Value, shapes: readonly (readonly number[])[]): Value[] {
  const sizes = shapes.map((shape) => shape.reduce((product, size) => product * size, 1));
  const cuts = graph.nodes("Split", [vector, graph.constant(int64s(sizes))], sizes.length, { axis: { int: 0 } });
  return cuts.map((cut, i) => graph.node("Reshape", [cut, graph.constant(int64s(shapes[i] ?? []))]));
}

/** The inverse of `pieces`. */
export function endToEnd(graph: Tape["graph"], values: readonly Value[]): Value {
  const flat = values.map((value) => graph.node("Reshape", [value, graph.constant(int64s([-1]))]));
  return graph.node("Concat", flat, { axis: { int: 0 } });
}
