/** Values with nulls in a graph, and what every function does with them. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { Value } from "../onnx/graph.ts";
import type { Operators } from "./operators.ts";

/** A value in a graph: tensors of shape [N, 1], or [1, 1] where it is the same for all rows. */
export interface Emitted {
  readonly kind: ScalarKind;
  readonly value: Value;
  /** BOOL; null where the value is always there. */
  readonly present: Value | null;
  /** A number that is known while the graph is built. */
  readonly literal?: number;
  /** The value is the INT64 hash of a text. */
  readonly hashed?: boolean;
}

/** How a function runs in a graph: its arguments, and the kind that it gives. */
export type Emit = (o: Operators, args: readonly Emitted[], result: ScalarKind) => Emitted;

export const microsecondsPerDay = 86_400_000_000;

/** `yes` where `holds`, else `no`; both of one kind. */
export function choose(o: Operators, holds: Value, yes: Emitted, no: Emitted): Emitted {
  const value = yes.kind === "bool" ? o.selectBool(holds, yes.value, no.value) : o.select(holds, yes.value, no.value);
  const present = yes.present === null && no.present === null ? null : o.selectBool(holds, yes.present ?? o.bool(true), no.present ?? o.bool(true));
  return { kind: yes.kind, value, present, ...hashMark(yes) };
}

export const hashMark = (emitted: Emitted): { hashed?: true } => (emitted.hashed === true ? { hashed: true } : {});

/** Present where all are. */
export function allPresent(o: Operators, ...presences: readonly (Value | null)[]): Value | null {
  return presences.reduce((all, one) => (all === null ? one : one === null || one === all ? all : o.and(all, one)), null);
}

/** From one kind to another that holds its values, as `castSql`; a float is cut toward zero, and null beyond 64 bits. */
export function converted(o: Operators, from: Emitted, to: ScalarKind): Emitted {
  if (from.kind === to) return from;
  if (to === "float") return { ...from, kind: to, value: o.cast(from.value, "double") };
  if (from.kind === "float") return wholeNumber(o, o.truncate(from.value), from.present, to);
  if (to === "date" && from.kind === "timestamp") return { ...from, kind: to, value: o.mul(o.floorDiv(from.value, microsecondsPerDay), o.int(microsecondsPerDay)) };
  return { ...from, kind: to };
}

/** A double without fraction as an integer; null where 64 bits do not hold it. */
export function wholeNumber(o: Operators, x: Value, present: Value | null, kind: ScalarKind): Emitted {
  const fits = o.and(o.atMost(o.double(-(2 ** 63)), x), o.less(x, o.double(2 ** 63)));
  return { kind, value: o.cast(o.select(fits, x, o.double(0)), "int64"), present: allPresent(o, present, fits) };
}
