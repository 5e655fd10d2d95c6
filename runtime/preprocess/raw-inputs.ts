/** The raw inputs of a graph: columns as they come, texts as they are or by their hash. */
import { fold, partsOf, type Expression, type ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import type { TensorType } from "../onnx/tensor.ts";
import type { Emitted } from "./emitted.ts";
import type { ExpressionScope } from "./expression.ts";
import { operatorsOf, tensorTypeOf } from "./operators.ts";

/**
 * Its tensors have shape [N, 1]: `name` (where `text`), `name.hash` (INT64, where `hash`) and, when it may be null,
 * `name.present` (BOOL).
 */
export interface RawInput {
  readonly name: string;
  readonly kind: ScalarKind;
  readonly nullable: boolean;
  /** The tensor `name` is an input. False for a text that is only hashed. */
  readonly text: boolean;
  /** The tensor `name.hash` is an input: `hashText` of the value. */
  readonly hash: boolean;
}

interface RawTensor {
  readonly name: string;
  readonly type: TensorType;
}

/** The ONNX inputs that a raw input stands for. */
function tensorsOf({ name, kind, nullable, text, hash }: RawInput): RawTensor[] {
  return [
    ...(text ? [{ name, type: tensorTypeOf(kind) }] : []),
    ...(hash ? [{ name: `${name}.hash`, type: "int64" as const }] : []),
    ...(nullable ? [{ name: `${name}.present`, type: "bool" as const }] : []),
  ];
}

/** Of the tensors that a raw input stands for. */
export const tensorNames = (input: RawInput): readonly string[] => tensorsOf(input).map(({ name }) => name);

export interface DeclaredInputs extends ExpressionScope {
  /** [N, 1] as a shape. */
  readonly shape: Value;
}

/** Declares the inputs in `graph`. @throws MlspecError `model-without-inputs` when there are none: a graph must know its N. */
export function declareInputs(graph: GraphBuilder, inputs: readonly RawInput[]): DeclaredInputs {
  const values = new Map<string, Value>();
  for (const { name, type } of inputs.flatMap(tensorsOf)) values.set(name, graph.input(name, type, ["N", 1]));
  const first = values.values().next().value;
  if (first === undefined) throw new MlspecError("model-without-inputs", "The model reads no column at all.", { hint: "Give it at least one input that depends on a feature." });
  const kinds = new Map(inputs.map((input) => [input.name, input.kind]));
  return {
    operators: operatorsOf(graph),
    shape: graph.node("Shape", [first]),
    column: (name, hashed): Emitted => {
      const value = values.get(hashed ? `${name}.hash` : name);
      const kind = kinds.get(name);
      if (value === undefined || kind === undefined) throw new MlspecError("unknown-column", `The model reads '${name}', which is not among its inputs.`);
      return { kind, value, present: values.get(`${name}.present`) ?? null, ...(hashed ? { hashed: true as const } : {}) };
    },
  };
}

/**
 * True when the expression's tensor certainly has a row per row; else it may be [1, 1], because nothing in it depends on the
 * row (as `coalesce(1, x)`), and must be expanded before it stands beside others.
 */
export const hasRowPerRow: (expression: Expression) => boolean = fold((part, of) => {
  switch (part.op) {
    case "literal": case "aggregate": return false;
    case "column": return true;
    case "if": return partsOf(part).some(of);
    case "call": {
      const { fn, args: [first] } = part;
      if (first === undefined) return false;
      if (fn === "coalesce") return of(first);
      // A null in the argument alone would settle it for all rows.
      if (fn === "is_null") return first.op === "column";
      return part.args.some(of);
    }
  }
});
