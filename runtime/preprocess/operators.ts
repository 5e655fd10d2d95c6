/**
 * ONNX operators in a notation that reads like arithmetic. Tensors are [N, 1] or [1, 1] and broadcast.
 * Which types each operator takes: https://onnx.ai/onnx/operators/ (and ONNX Runtime's CPU kernels: no `Where` over BOOL).
 */
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import { bools, doubles, int64s, strings, type TensorType } from "../onnx/tensor.ts";

/** The numbers of `TensorProto.DataType`, for `Cast`. */
const castTo = { float: 1, int64: 7, bool: 9, double: 11 } as const;

export type Operators = ReturnType<typeof operatorsOf>;

export function operatorsOf(graph: GraphBuilder) {
  const unary = (operator: string) => (x: Value) => graph.node(operator, [x]);
  const binary = (operator: string) => (a: Value, b: Value) => graph.node(operator, [a, b]);
  const double = (value: number) => graph.constant(doubles([value], [1, 1]));
  const int = (value: number | bigint) => graph.constant(int64s([value], [1, 1]));
  const bool = (value: boolean) => graph.constant(bools([value], [1, 1]));
  const text = (value: string) => graph.constant(strings([value], [1, 1]));

  const add = binary("Add"), sub = binary("Sub"), mul = binary("Mul"), div = binary("Div");
  const and = binary("And"), or = binary("Or"), not = unary("Not");
  const equal = binary("Equal"), less = binary("Less"), atMost = binary("LessOrEqual");
  const abs = unary("Abs"), floor = unary("Floor");
  const select = (when: Value, yes: Value, no: Value) => graph.node("Where", [when, yes, no]);
  const cast = (x: Value, to: keyof typeof castTo) => graph.node("Cast", [x], { to: { int: castTo[to] } });

  return {
    graph, double, int, bool, text,
    add, sub, mul, and, or, not, equal, less, atMost, abs, floor, select, cast,
    /** Integers: cut toward zero; never by zero or by −1 (the smallest integer has no opposite). */
    div,
    neg: unary("Neg"), exp: unary("Exp"), log: unary("Log"), sqrt: unary("Sqrt"), sin: unary("Sin"), cos: unary("Cos"), sign: unary("Sign"),
    ceil: unary("Ceil"), pow: binary("Pow"), /** Of doubles only. */
    min: binary("Min"), max: binary("Max"), xor: binary("Xor"),
    /** Doubles, with the sign of the dividend, as C's `fmod`. */
    fmod: (a: Value, b: Value) => graph.node("Mod", [a, b], { fmod: { int: 1 } }),
    /** Integers, with the sign of the divisor. */
    mod: binary("Mod"),
    selectBool: (when: Value, yes: Value, no: Value) => or(and(when, yes), and(not(when), no)),
    /** NaN compares false with everything. */
    isFinite: (x: Value) => atMost(abs(x), double(Number.MAX_VALUE)),
    /** Integer division that rounds down, by a positive constant: for times before 1970. */
    floorDiv: (x: Value, by: number) => {
      const divisor = int(by);
      return div(sub(x, graph.node("Mod", [x, divisor])), divisor);
    },
    /** Toward zero. */
    truncate: (x: Value) => mul(graph.node("Sign", [x]), floor(abs(x))),
    /** Halves away from zero; `floor(|x| + 0.5)` would round 0.49999999999999994 up. */
    round: (x: Value) => {
      const size = abs(x);
      const whole = floor(size);
      const up = cast(atMost(double(0.5), sub(size, whole)), "double");
      return mul(graph.node("Sign", [x]), add(whole, up));
    },
    concat: (values: readonly Value[]) => (values.length === 1 ? (values[0] as Value) : graph.node("Concat", values, { axis: { int: 1 } })),
    /** [N, K] → [N, 1], of numbers. */
    sumRows: (x: Value) => graph.node("ReduceSum", [x, graph.constant(int64s([1]))], { keepdims: { int: 1 } }),
    expand: (x: Value, shape: Value) => graph.node("Expand", [x, shape]),
  };
}

/** The tensor type that carries a kind of value, where text stays text. */
export function tensorTypeOf(kind: string): TensorType {
  switch (kind) {
    case "bool": return "bool";
    case "float": return "double";
    case "string": return "string";
    default: return "int64";
  }
}
