/** The part of TensorFlow.js that training uses: js.tensorflow.org/api/4.22.0. All TensorFlow.js packages have it. */
export interface Tensor {
  readonly shape: number[];
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
  dispose(): void;
}

export type Numbers = Float32Array | Int32Array;

export interface TensorFlow {
  /** Without checks of every operation, and without advertisements on the console. */
  enableProdMode(): void;
  ready(): Promise<void>;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  backend(): object;
  /** Frees what `f` makes, except what it returns. */
  tidy<T extends Tensor | Tensor[]>(f: () => T): T;
  dispose(tensors: Tensor[]): void;

  tensor(values: Numbers, shape: number[], type: "float32" | "int32"): Tensor;
  scalar(value: number): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** 1 where x > 0, else 0. */
  step(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  logSoftmax(x: Tensor, axis: number): Tensor;
  sum(x: Tensor, axis?: number): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  concat(parts: Tensor[], axis: number): Tensor;
  split(x: Tensor, sizes: number[], axis: number): Tensor[];
  slice(x: Tensor, begin: number[], size: number[]): Tensor;
  stack(parts: Tensor[]): Tensor;
  reshape(x: Tensor, shape: number[]): Tensor;
  gather(x: Tensor, indices: Tensor): Tensor;
  /** Adds up updates of equal indices. */
  scatterND(indices: Tensor, updates: Tensor, shape: number[]): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  cast(x: Tensor, type: "float32" | "int32"): Tensor;
}
