/** Emits a trained network into a graph that is being built: the part of `model.onnx` between preprocessing and prediction. */
import { unreachable } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import { doubles, floats } from "../onnx/tensor.ts";
import type { TargetScale, TrainedLayer, TrainedNetwork } from "./engine.ts";
import { activated, inputMatrix } from "./forward.ts";
import { dense as denseLayer } from "./operations.ts";
import { Tape } from "./tape.ts";

/**
 * `dense` [B, denseWidth] float (null when the network has no dense columns); `indices` [B] int64, one per embedding.
 * Gives the prediction, float: [B, 1], or [B, classes] of a multiclass network; of a regression double, since a float keeps seven digits of 1,700,000,060.
 */
export function emitNetwork(graph: GraphBuilder, network: TrainedNetwork, dense: Value | null, indices: readonly Value[]): Value {
  const tape = new Tape(graph);
  const tables = network.embeddings.map(({ name, rows, size, values }) => graph.initializer(`network/embedding/${name}`, floats(values, [rows, size])));
  const input = inputMatrix(tape, network, { dense, indices }, tables);
  const output = network.layers.reduce((x, layer, i) => {
    const weights = graph.initializer(`network/layer_${i + 1}/weights`, floats(layer.weights, [layer.in, layer.out]));
    const bias = graph.initializer(`network/layer_${i + 1}/bias`, floats(layer.bias));
    return activation(tape, layer, denseLayer(tape, x, weights, bias));
  }, input);
  return network.target === null ? output : inOwnUnit(graph, output, network.target);
}

/** `TensorProto.DataType.DOUBLE` */
const DOUBLE = 11;

function inOwnUnit(graph: GraphBuilder, output: Value, { mean, deviation }: TargetScale): Value {
  const scaled = graph.node("Mul", [graph.node("Cast", [output], { to: { int: DOUBLE } }), graph.initializer("network/target/deviation", doubles([deviation], [1, 1]))]);
  return graph.node("Add", [scaled, graph.initializer("network/target/mean", doubles([mean], [1, 1]))]);
}

function activation(tape: Tape, layer: TrainedLayer, x: Value): Value {
  switch (layer.activation) {
    case "softmax": return tape.graph.node("Softmax", [x], { axis: { int: 1 } });
    case "relu":
    case "tanh":
    case "sigmoid":
    case "linear": return activated(tape, layer.activation, x);
    default: return unreachable(layer.activation);
  }
}
