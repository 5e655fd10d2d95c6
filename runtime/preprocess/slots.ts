/** A value → its slot among the fitted ones, as INT64 [N, 1]. Slots are numbered as `fitted.ts` says. */
import type { Value } from "../onnx/graph.ts";
import { doubles, int64s } from "../onnx/tensor.ts";
import { allPresent, converted, type Emitted } from "./emitted.ts";
import type { FittedBuckets, FittedHash, FittedSlots, FittedVocabulary } from "./fitted.ts";
import { slotCount } from "./fitted.ts";
import { mix } from "./hash.ts";
import type { Operators } from "./operators.ts";

export function emitSlot(o: Operators, slots: FittedSlots, x: Emitted): Value {
  const slot = slotOfPresent(o, slots, x);
  const there = allPresent(o, x.present, x.kind === "float" ? o.isFinite(x.value) : null);
  return there === null ? slot : o.select(there, slot, o.int(slotCount(slots) - 1));
}

function slotOfPresent(o: Operators, slots: FittedSlots, x: Emitted): Value {
  switch (slots.kind) {
    case "buckets": return bucketOf(o, slots, converted(o, x, "float").value);
    case "vocabulary": return x.kind === "float" ? floatEntry(o, slots, x.value) : entryOf(o, slots, x);
    case "hash": return hashOf(o, slots, x);
  }
}

/** How many boundaries the value has reached. */
function bucketOf(o: Operators, { boundaries }: FittedBuckets, x: Value): Value {
  if (boundaries.length === 0) return zeros(o, x);
  const reached = o.atMost(o.graph.constant(doubles(boundaries, [1, boundaries.length])), x);
  return o.sumRows(o.cast(reached, "int64"));
}

function entryOf(o: Operators, { values }: FittedVocabulary, { kind, value }: Emitted): Value {
  if (values.length === 0) return zeros(o, value);
  const found = { values_int64s: { ints: values.map((_, i) => i) }, default_int64: { int: values.length } };
  if (kind === "string") return o.graph.node("ai.onnx.ml.LabelEncoder", [value], { keys_strings: { strings: values }, ...found });
  const keys = kind === "bool" ? values.map((text) => (text === "true" ? 1n : 0n)) : values.map(BigInt);
  const integer = kind === "bool" ? o.cast(value, "int64") : value;
  return o.graph.node("ai.onnx.ml.LabelEncoder", [integer], { keys_int64s: { ints: keys }, ...found });
}

/** ONNX Runtime's LabelEncoder maps no DOUBLE to INT64 in the operator set that we ask for. */
function floatEntry(o: Operators, { values }: FittedVocabulary, x: Value): Value {
  const count = values.length;
  if (count === 0) return zeros(o, x);
  const hits = o.cast(o.equal(x, o.graph.constant(doubles(values.map(Number), [1, count]))), "int64");
  // `other` is slot `count`; the entry i takes count − i off it.
  const off = o.mul(hits, o.graph.constant(int64s(values.map((_, i) => count - i), [1, count])));
  return o.sub(o.int(count), o.sumRows(off));
}

function hashOf(o: Operators, { buckets }: FittedHash, x: Emitted): Value {
  const { int, mod } = o;
  if (x.hashed === true) return mod(x.value, int(buckets));
  const id = x.kind === "bool" ? o.cast(x.value, "int64") : x.value;
  const higher = o.floorDiv(id, mix.digit);
  // Of the highest digit's 20 bits one is the sign.
  const digits = [mod(id, int(mix.digit)), mod(higher, int(mix.digit)), o.add(o.floorDiv(higher, mix.digit), int(2 ** 19))];
  const sum = digits.reduce((all, digit, i) => o.add(all, o.mul(digit, int(mix.factors[i] as number))), int(mix.offset));
  return mod(mod(sum, int(mix.prime)), int(buckets));
}

/** 0 in the shape of `x`. */
function zeros(o: Operators, x: Value): Value {
  return o.expand(o.int(0), o.graph.node("Shape", [x]));
}
