/** Tensors as plain data: what goes into graphs as constants and in and out of sessions. Row-major. */
import { MlspecError } from "../errors.ts";

interface Shaped {
  readonly shape: readonly number[];
}
export type Tensor = Shaped &
  (
    | { readonly type: "float"; readonly data: Float32Array }
    | { readonly type: "double"; readonly data: Float64Array }
    | { readonly type: "int64"; readonly data: BigInt64Array }
    | { readonly type: "int32"; readonly data: Int32Array }
    /** One byte per element, 0 or 1. */
    | { readonly type: "bool"; readonly data: Uint8Array }
    | { readonly type: "string"; readonly data: readonly string[] }
  );
export type TensorType = Tensor["type"];

type Numbers = ArrayLike<number> & Iterable<number>;
type Integers = Iterable<number | bigint>;

const sized = <T extends Tensor>(tensor: T): T => {
  const expected = tensor.shape.reduce((product, size) => product * size, 1);
  if (expected !== tensor.data.length)
    throw new MlspecError("tensor-shape", `a tensor of shape [${tensor.shape.join(", ")}] needs ${expected} values, but ${tensor.data.length} were given`);
  return tensor;
};

/** A missing `shape` means one dimension; `[]` is a scalar. */
export const floats = (data: Float32Array | Numbers, shape: readonly number[] = [data.length]): Tensor & { type: "float" } =>
  sized({ type: "float", shape, data: data instanceof Float32Array ? data : Float32Array.from(data) });

export const doubles = (data: Float64Array | Numbers, shape: readonly number[] = [data.length]): Tensor & { type: "double" } =>
  sized({ type: "double", shape, data: data instanceof Float64Array ? data : Float64Array.from(data) });

export function int64s(data: BigInt64Array | Integers, shape?: readonly number[]): Tensor & { type: "int64" } {
  const values = data instanceof BigInt64Array ? data : BigInt64Array.from([...data].map(BigInt));
  return sized({ type: "int64", shape: shape ?? [values.length], data: values });
}

export const int32s = (data: Int32Array | Numbers, shape: readonly number[] = [data.length]): Tensor & { type: "int32" } =>
  sized({ type: "int32", shape, data: data instanceof Int32Array ? data : Int32Array.from(data) });

export const bools = (data: Uint8Array | readonly boolean[], shape: readonly number[] = [data.length]): Tensor & { type: "bool" } =>
  sized({ type: "bool", shape, data: data instanceof Uint8Array ? data : Uint8Array.from(data, (value) => (value ? 1 : 0)) });

export const strings = (data: readonly string[], shape: readonly number[] = [data.length]): Tensor & { type: "string" } =>
  sized({ type: "string", shape, data });

/** Scalars: shape []. */
export const float = (value: number) => floats([value], []);
export const int64 = (value: number | bigint) => int64s([value], []);
export const bool = (value: boolean) => bools([value], []);
