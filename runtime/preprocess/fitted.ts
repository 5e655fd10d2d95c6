/**
 * What preprocessing learned from the train part, as plain JSON: it goes into the manifest, and `emit.ts` turns it into a
 * graph. Nothing else is learned before training.
 *
 * The dense matrix has, in this order: the scalars of all inputs, their missing-indicators, then the one-hot blocks, each in
 * the order of the inputs. `denseNames` says what each column is.
 */
import type { Expression, ScalarKind, Task } from "../../grammar/compiled-spec/index.ts";

/** A number: (value − shift) × scale, in doubles, held within [low, high] where given, then cut to FLOAT; 0 where missing. */
export interface FittedScalar {
  readonly kind: "scalar";
  readonly shift: number;
  readonly scale: number;
  readonly low: number | null;
  readonly high: number | null;
  /** A further column is 1 where the value is missing. */
  readonly indicator: boolean;
}

/** Rising boundaries b₁ < b₂ < …: value < b₁ is slot 0, b₁ ≤ value < b₂ slot 1, …; missing is the last slot. */
export interface FittedBuckets {
  readonly kind: "buckets";
  readonly boundaries: readonly number[];
}

/**
 * Slot i is `values[i]`; then come one slot for all other values and one for missing. Values are texts: ints in decimal digits,
 * timestamps and dates as microseconds, bools as `true`, floats as JavaScript writes them.
 */
export interface FittedVocabulary {
  readonly kind: "vocabulary";
  readonly values: readonly string[];
}

/** Slot is the hash modulo `buckets` (see `hashSlot`); missing is the last slot. */
export interface FittedHash {
  readonly kind: "hash";
  readonly buckets: number;
}

export type FittedSlots = FittedBuckets | FittedVocabulary | FittedHash;

export type FittedEncoding =
  | FittedScalar
  /** One dense column per slot, 1 in the value's. */
  | { readonly kind: "one-hot"; readonly slots: FittedSlots }
  /** The slot is the row of a learned table. */
  | { readonly kind: "embedding"; readonly size: number; readonly slots: FittedSlots };

export interface FittedInput {
  readonly name: string;
  /** Over the raw inputs. */
  readonly value: Expression;
  readonly encoding: FittedEncoding;
}

export interface FittedLabel {
  readonly name: string;
  readonly task: Task;
  readonly kind: ScalarKind;
  /** Multiclass: texts, the most frequent first, ties by name; the network's output i is `classes[i]`. Else empty. */
  readonly classes: readonly string[];
}

export interface FittedPreprocessing {
  readonly version: 1;
  readonly inputs: readonly FittedInput[];
  readonly label: FittedLabel;
  /** Of the train part. */
  readonly rows: number;
}

export function slotCount(slots: FittedSlots): number {
  switch (slots.kind) {
    case "buckets": return slots.boundaries.length + 2;
    case "vocabulary": return slots.values.length + 2;
    case "hash": return slots.buckets + 1;
  }
}

export function denseWidth(fitted: FittedPreprocessing): number {
  return fitted.inputs.reduce((width, { encoding }) => {
    switch (encoding.kind) {
      case "scalar": return width + (encoding.indicator ? 2 : 1);
      case "one-hot": return width + slotCount(encoding.slots);
      case "embedding": return width;
    }
  }, 0);
}

/** The learned tables that the network needs, in the order of the indices that preprocessing gives. */
export function embeddingsOf(fitted: FittedPreprocessing): { name: string; rows: number; size: number }[] {
  return fitted.inputs.flatMap(({ name, encoding }) =>
    encoding.kind === "embedding" ? [{ name, rows: slotCount(encoding.slots), size: encoding.size }] : []);
}

/** What each column of the dense matrix is: `age`, `age is missing`, `sex = Male`. */
export function denseNames({ inputs }: FittedPreprocessing): string[] {
  const scalars = inputs.flatMap(({ name, encoding }) => (encoding.kind === "scalar" ? [{ name, indicator: encoding.indicator }] : []));
  return [
    ...scalars.map(({ name }) => name),
    ...scalars.filter(({ indicator }) => indicator).map(({ name }) => `${name} is missing`),
    ...inputs.flatMap(({ name, encoding }) => (encoding.kind === "one-hot" ? slotNames(name, encoding.slots) : [])),
  ];
}

function slotNames(name: string, slots: FittedSlots): string[] {
  const missing = `${name} is missing`;
  switch (slots.kind) {
    case "buckets": {
      const { boundaries } = slots;
      const between = boundaries.slice(1).map((high, i) => `${boundaries[i]} <= ${name} < ${high}`);
      return boundaries.length === 0 ? [name, missing] : [`${name} < ${boundaries[0]}`, ...between, `${name} >= ${boundaries.at(-1)}`, missing];
    }
    case "vocabulary": return [...slots.values.map((value) => `${name} = ${value}`), `${name} is another`, missing];
    case "hash": return [...Array.from({ length: slots.buckets }, (_, i) => `hash(${name}) = ${i}`), missing];
  }
}
