/**
 * Reverse-mode differentiation, from graph to graph. Operations are recorded as they are emitted, each with the rule that
 * gives the gradient of an input from the gradient of the output; `gradients` then walks backwards and emits only what
 * the asked-for gradients need.
 */
import type { GraphBuilder, Value } from "../onnx/graph.ts";

export interface Dependency {
  readonly value: Value;
  /** Emits d loss / d value from d loss / d output; shapes as the value's. */
  readonly gradient: (output: Value) => Value;
}

interface Operation {
  readonly output: Value;
  readonly inputs: readonly Dependency[];
}

export class Tape {
  readonly graph: GraphBuilder;
  readonly #operations: Operation[] = [];

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  record(output: Value, inputs: readonly Dependency[]): Value {
    this.#operations.push({ output, inputs });
    return output;
  }

  /** Gradients of Σ seed · output with respect to `wanted`, each of which must influence `output`. */
  gradients(output: Value, seed: Value, wanted: readonly Value[]): Value[] {
    const influenced = this.#influencedBy(wanted);
    const found = new Map<Value, Value>([[output, seed]]);
    for (const operation of this.#operations.toReversed()) {
      const gradient = found.get(operation.output);
      if (gradient === undefined) continue;
      for (const input of operation.inputs) {
        if (!influenced.has(input.value)) continue;
        const part = input.gradient(gradient);
        const others = found.get(input.value);
        found.set(input.value, others === undefined ? part : this.graph.node("Add", [others, part]));
      }
    }
    return wanted.map((value) => {
      const gradient = found.get(value);
      if (gradient === undefined) throw new Error(`no gradient reaches ${value}`);
      return gradient;
    });
  }

  #influencedBy(sources: readonly Value[]): ReadonlySet<Value> {
    const influenced = new Set(sources);
    for (const { output, inputs } of this.#operations)
      if (inputs.some(({ value }) => influenced.has(value))) influenced.add(output);
    return influenced;
  }
}
