/** A trained network in plain arithmetic (doubles): slow, and independent of ONNX. Pure. */
import type { TrainedLayer, TrainedNetwork } from "../training/engine.ts";

/** `dense` [rows, denseWidth]; `indices` [rows] per embedding. Gives [rows, outputs], row-major. */
export function forward(network: TrainedNetwork, dense: Float32Array, indices: readonly BigInt64Array[], rows: number): Float64Array {
  const outputs = network.layers.at(-1)?.out ?? 0;
  const result = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++) result.set(inOwnUnit(network, network.layers.reduce(applied, inputOf(network, dense, indices, row))), row * outputs);
  return result;
}

function inputOf({ denseWidth, embeddings }: TrainedNetwork, dense: Float32Array, indices: readonly BigInt64Array[], row: number): number[] {
  const embedded = embeddings.map(({ values, size }, k) => {
    const at = Number(indices[k]?.[row] ?? 0n) * size;
    return [...values.subarray(at, at + size)];
  });
  return [...dense.subarray(row * denseWidth, (row + 1) * denseWidth), ...embedded.flat()];
}

const inOwnUnit = ({ target }: TrainedNetwork, outputs: readonly number[]): readonly number[] => (target === null ? outputs : outputs.map((x) => target.deviation * x + target.mean));

function applied(input: readonly number[], { weights, bias, out, activation }: TrainedLayer): number[] {
  const sums = Array.from(bias, (start, j) => input.reduce((sum, x, i) => sum + x * (weights[i * out + j] as number), start));
  switch (activation) {
    case "relu": return sums.map((x) => Math.max(0, x));
    case "tanh": return sums.map(Math.tanh);
    case "sigmoid": return sums.map((x) => 1 / (1 + Math.exp(-x)));
    case "linear": return sums;
    case "softmax": {
      const largest = Math.max(...sums);
      const powers = sums.map((x) => Math.exp(x - largest));
      const total = powers.reduce((a, b) => a + b, 0);
      return powers.map((x) => x / total);
    }
  }
}
