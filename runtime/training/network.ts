/** Emits a trained network into a graph that is being built: the part of `model.onnx` between preprocessing and prediction. */
import { unreachable } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import { floats } from "../onnx/tensor.ts";
import type { TrainedLayer, TrainedNetwork } from "./engine.ts";
import { activated, inputMatrix } from "./forward.ts";
import { dense as denseLayer } from "./operations.ts";
import { Tape } from "./tape.ts";

/**
 * `dense` [B, denseWidth] float (null when the network has no dense columns); `indices` [B] int64, one per embedding.
 * Gives the prediction, float: [B, 1], or [B, classes] of a multiclass network.
 */
export function emitNetwork(graph: GraphBuilder, network: TrainedNetwork, dense: Value | null, indices: readonly Value[]): Value {
  const tape = new Tape(graph);
  const tables = network.embeddings.map(({ name, rows, size, values }) => graph.initializer(`network/embedding/${name}`, floats(values, [rows, size])));
  const input = inputMatrix(tape, network, { dense, indices }, tables);
  return network.layers.reduce((x, layer, i) => {
    const weights = graph.initializer(`network/layer_${i + 1}/weights`, floats(layer.weights, [layer.in, layer.out]));
    const bias = graph.initializer(`network/layer_${i + 1}/bias`, floats(layer.bias));
    return activation(tape, layer, denseLayer(tape, x, weights, bias));
  }, input);
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
