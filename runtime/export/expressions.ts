/** Expressions over a dataset's columns as an ONNX model of their own: fallbacks when serving, and the test against SQL. */
import type { DatasetColumn, Expression, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { GraphBuilder } from "../onnx/graph.ts";
import type { Tensor } from "../onnx/tensor.ts";
import { emitterOf } from "../preprocess/expression.ts";
import { tensorTypeOf } from "../preprocess/operators.ts";
import { declareInputs } from "../preprocess/raw-inputs.ts";
import type { RawValue } from "../preprocess/feeds.ts";
import { modelFormat } from "../preprocess/format.ts";
import { rawInputsOf, type SignatureInput } from "./signature.ts";

export interface ExpressionModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly SignatureInput[];
  readonly outputs: readonly { readonly name: string; readonly kind: ScalarKind }[];
}

/**
 * Two outputs per expression: `output.<name>` ([N, 1]) and `output.<name>.present` (BOOL).
 * @throws MlspecError `expression-not-servable`; `model-without-inputs` when no expression reads a column.
 */
export function exportExpressions(
  expressions: readonly { readonly name: string; readonly value: Expression }[], columns: readonly DatasetColumn[], reader: string,
): ExpressionModel {
  const inputs = rawInputsOf(expressions.map(({ value }) => ({ value, hashed: false })), columns, reader, expressions.flatMap(({ name }) => [`output.${name}`, `output.${name}.present`]));
  const graph = new GraphBuilder(reader);
  const scope = declareInputs(graph, inputs);
  const [o, emit] = [scope.operators, emitterOf(scope)];
  const outputs = expressions.map(({ name, value: expression }) => {
    const { kind, value, present } = emit(expression);
    // Names of outputs must differ from those of inputs, which are columns.
    graph.output(o.expand(value, scope.shape), `output.${name}`, tensorTypeOf(kind), ["N", 1]);
    graph.output(o.expand(present ?? o.bool(true), scope.shape), `output.${name}.present`, "bool", ["N", 1]);
    return { name, kind };
  });
  return { bytes: graph.toModel(modelFormat), inputs, outputs };
}

/** An output of an `ExpressionModel`'s run as plain values. */
export function valuesOf(results: Readonly<Record<string, Tensor>>, name: string): RawValue[] {
  const [value, present] = [results[`output.${name}`], results[`output.${name}.present`]];
  if (value === undefined || present === undefined) return [];
  return Array.from(value.data as ArrayLike<RawValue>, (x, row) => (present.data[row] === 0 ? null : value.type === "bool" ? x === 1 : x));
}
