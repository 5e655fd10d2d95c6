/** Fitted preprocessing → graph: raw columns in, what the network takes out. */
import type { Value } from "../onnx/graph.ts";
import { doubles, int64s } from "../onnx/tensor.ts";
import { converted, type Emitted } from "./emitted.ts";
import { emitterOf, type Emitter } from "./expression.ts";
import type { FittedInput, FittedPreprocessing, FittedScalar } from "./fitted.ts";
import { slotCount } from "./fitted.ts";
import type { Operators } from "./operators.ts";
import { hasRowPerRow, type DeclaredInputs } from "./raw-inputs.ts";
import { emitSlot } from "./slots.ts";

export interface Preprocessed {
  /** FLOAT [N, denseWidth]; null where the width is 0. */
  readonly dense: Value | null;
  /** INT64 [N], one per embedding. */
  readonly indices: readonly Value[];
}

/** A scaled number is held within ±this, so that sums of products stay within FLOAT. */
const largestScalar = 1e20;

export function emitPreprocessing(scope: DeclaredInputs, fitted: FittedPreprocessing): Preprocessed {
  const o = scope.operators;
  const emit = emitterOf(scope);
  const emitted = fitted.inputs.map((input) => ({ input, x: spread(scope, emit, input) }));
  const scalars = emitted.flatMap(({ input: { encoding }, x }) => (encoding.kind === "scalar" ? [{ encoding, x }] : []));
  const blocks = emitted.flatMap(({ input: { encoding }, x }) => (encoding.kind === "one-hot" ? [oneHot(o, emitSlot(o, encoding.slots, x), slotCount(encoding.slots))] : []));
  const dense = [...(scalars.length > 0 ? scalarColumns(o, scalars) : []), ...(blocks.length > 0 ? [o.cast(o.concat(blocks), "float")] : [])];
  const indices = emitted.flatMap(({ input: { encoding }, x }) =>
    encoding.kind === "embedding" ? [o.graph.node("Squeeze", [emitSlot(o, encoding.slots, x), o.graph.constant(int64s([1]))])] : []);
  return { dense: dense.length === 0 ? null : o.concat(dense), indices };
}

/** The input's value, with one row per row even if it is a constant. */
function spread(scope: DeclaredInputs, emit: Emitter, { value, encoding }: FittedInput): Emitted {
  const hashed = encoding.kind !== "scalar" && encoding.slots.kind === "hash" && value.type.kind === "string";
  const x = emit(value, hashed);
  return hasRowPerRow(value) ? x : { ...x, value: scope.operators.expand(x.value, scope.shape) };
}

/** BOOL [N, slots]. */
function oneHot(o: Operators, slot: Value, slots: number): Value {
  return o.equal(slot, o.graph.constant(int64s(Array.from({ length: slots }, (_, i) => i), [1, slots])));
}

interface Scalar {
  readonly encoding: FittedScalar;
  readonly x: Emitted;
}

/**
 * All scalars at once, as one matrix: a run costs about a microsecond per operator whatever its size. A missing value is
 * carried as NaN; whatever is not finite is missing.
 */
function scalarColumns(o: Operators, scalars: readonly Scalar[]): Value[] {
  const row = (pick: (encoding: FittedScalar) => number) => o.graph.constant(doubles(scalars.map(({ encoding }) => pick(encoding)), [1, scalars.length]));
  const x = o.concat(scalars.map(({ x }) => withNaN(o, x)));
  const there = o.isFinite(x);
  const scaled = o.mul(o.sub(x, row((e) => e.shift)), row((e) => e.scale));
  const held = o.min(o.max(scaled, row((e) => e.low ?? -largestScalar)), row((e) => e.high ?? largestScalar));
  const columns = [o.cast(o.select(there, held, o.double(0)), "float")];
  const indicators = scalars.flatMap(({ encoding }, i) => (encoding.indicator ? [i] : []));
  if (indicators.length === 0) return columns;
  const missing = o.graph.node("Gather", [o.not(there), o.graph.constant(int64s(indicators))], { axis: { int: 1 } });
  return [...columns, o.cast(missing, "float")];
}

function withNaN(o: Operators, x: Emitted): Value {
  const { value, present } = converted(o, x, "float");
  return present === null ? value : o.select(present, value, o.double(NaN));
}
