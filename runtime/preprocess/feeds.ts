/**
 * Raw values → the tensors that a model's graph asks for. Evaluation, serving and tests all feed through here, so that a value means
 * the same everywhere. Serving calls it for every request: columns in, plain loops, nothing allocated per cell.
 */
import { MlspecError } from "../errors.ts";
import { tensorTypeOf } from "./operators.ts";
import { hashText } from "./hash.ts";
import type { Tensor } from "../onnx/tensor.ts";
import type { RawInput } from "./raw-inputs.ts";
import { microsecondsOf } from "./timestamp.ts";

/**
 * Timestamps and dates: ISO-8601 text (UTC unless it names an offset), or integer microseconds since 1970. Durations: integer
 * milliseconds. `undefined` is null. A float that is not finite counts as missing (the graph sees to it).
 */
export type RawValue = number | bigint | string | boolean | null | undefined;

export interface RawColumn {
  readonly values: ArrayLike<RawValue>;
  /** 0 where the value is missing, as in a `BatchColumn`; without it, null and undefined are. */
  readonly valid?: Uint8Array | null;
}

export type RawRow = Readonly<Record<string, RawValue>>;

/** @throws MlspecError `input-missing` or `input-invalid`, naming the input and the row (from 0). */
export function feedsFromRows(inputs: readonly RawInput[], rows: readonly RawRow[]): Record<string, Tensor> {
  return feedsFromColumns(inputs, (name) => ({ values: rows.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined)) }), rows.length);
}

/** As `feedsFromRows`; `column` gives a raw input's values by its name, or undefined where there are none. */
export function feedsFromColumns(
  inputs: readonly RawInput[], column: (name: string) => RawColumn | undefined, rows: number,
): Record<string, Tensor> {
  // Entries, since assigning to a plain object's `__proto__` would add no property.
  const feeds: [string, Tensor][] = [];
  const shape = [rows, 1];
  for (const input of inputs) {
    const raw = column(input.name) ?? { values: new Array<RawValue>(rows) };
    const present = presenceOf(input, raw, rows);
    if (input.text) feeds.push([input.name, tensorOf(input, raw.values, present, shape)]);
    if (input.hash) feeds.push([`${input.name}.hash`, { type: "int64", shape, data: hashes(input, raw.values, present, rows) }]);
    if (input.nullable) feeds.push([`${input.name}.present`, { type: "bool", shape, data: present }]);
  }
  return Object.fromEntries(feeds);
}

function presenceOf(input: RawInput, { values, valid }: RawColumn, rows: number): Uint8Array {
  const present = new Uint8Array(rows).fill(1);
  for (let row = 0; row < rows; row++) {
    if (valid ? valid[row] === 1 : values[row] !== null && values[row] !== undefined) continue;
    if (!input.nullable) {
      throw new MlspecError("input-missing", `The input '${input.name}' has no value in row ${row}.`, { hint: `Send a ${input.kind} for '${input.name}', or declare it nullable (${input.kind}?) and train again.` });
    }
    present[row] = 0;
  }
  return present;
}

function tensorOf(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array, shape: readonly number[]): Tensor {
  const type = tensorTypeOf(input.kind);
  switch (type) {
    case "double": return { type, shape, data: doublesOf(input, values, present) };
    case "bool": return { type, shape, data: boolsOf(input, values, present) };
    case "string": return { type, shape, data: textsOf(input, values, present) };
    default: return { type: "int64", shape, data: integersOf(input, values, present) };
  }
}

function doublesOf(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array): Float64Array {
  if (values instanceof Float64Array && values.length === present.length) return values;
  const data = new Float64Array(present.length);
  for (let row = 0; row < data.length; row++) {
    if (present[row] === 0) continue;
    const value = values[row];
    if (typeof value === "number") data[row] = value;
    else if (typeof value === "bigint") data[row] = Number(value);
    else throw invalid(input, row, value, "a number");
  }
  return data;
}

function boolsOf(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array): Uint8Array {
  if (values instanceof Uint8Array && values.length === present.length) return values;
  const data = new Uint8Array(present.length);
  for (let row = 0; row < data.length; row++) {
    if (present[row] === 0) continue;
    const value = values[row];
    if (typeof value !== "boolean") throw invalid(input, row, value, "true or false");
    data[row] = value ? 1 : 0;
  }
  return data;
}

function textsOf(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array): string[] {
  const data = new Array<string>(present.length).fill("");
  for (let row = 0; row < data.length; row++) {
    if (present[row] === 0) continue;
    const value = values[row];
    if (typeof value !== "string") throw invalid(input, row, value, "a text");
    data[row] = value;
  }
  return data;
}

function hashes(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array, rows: number): BigInt64Array {
  const data = new BigInt64Array(rows);
  // Categories repeat: within a batch each text is hashed once.
  const known = new Map<string, bigint>();
  for (let row = 0; row < rows; row++) {
    if (present[row] === 0) continue;
    const value = values[row];
    if (typeof value !== "string") throw invalid(input, row, value, "a text");
    let hash = known.get(value);
    if (hash === undefined) known.set(value, (hash = hashText(value)));
    data[row] = hash;
  }
  return data;
}

function integersOf(input: RawInput, values: ArrayLike<RawValue>, present: Uint8Array): BigInt64Array {
  if (values instanceof BigInt64Array && values.length === present.length) return values;
  const data = new BigInt64Array(present.length);
  const isTime = input.kind === "timestamp" || input.kind === "date";
  for (let row = 0; row < data.length; row++) {
    if (present[row] === 0) continue;
    const value = values[row];
    if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) data[row] = value;
    else if (typeof value === "number" && Number.isSafeInteger(value)) data[row] = BigInt(value);
    else if (isTime && typeof value === "string") data[row] = microsecondsOf(value) ?? fail(invalid(input, row, value, "a time such as 2026-11-20T09:30:00Z"));
    else throw invalid(input, row, value, isTime ? "an ISO-8601 time in text, or whole microseconds since 1970" : input.kind === "duration" ? "whole milliseconds" : "a whole number");
  }
  return data;
}

function fail(error: Error): never {
  throw error;
}

function invalid(input: RawInput, row: number, value: RawValue, wanted: string): MlspecError {
  const shown = typeof value === "string" ? JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value) : typeof value === "object" ? "an object" : String(value);
  return new MlspecError("input-invalid", `The input '${input.name}' must be ${wanted}, but row ${row} has ${shown}.`);
}
