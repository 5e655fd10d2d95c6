/** The part of TensorFlow.js that training uses: js.tensorflow.org/api/4.22.0. All TensorFlow.js packages have it. */
export interface Tensor {
  readonly shape: number[];
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
  dispose(): void;
}

export type Numbers = Float32Array | Int32Array;

/** T is the library's own class where the compiler compares this with it. */
export interface TensorFlow<T extends Tensor = Tensor> {
  /** Without checks of every operation, and without advertisements on the console. */
  enableProdMode(): void;
  ready(): Promise<void>;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  backend(): object;
  /** Frees what `f` makes, except what it returns. */
  tidy<R extends T | T[]>(f: () => R): R;
  dispose(tensors: T[]): void;

  tensor(values: Numbers, shape: number[], type: "float32" | "int32"): T;
  scalar(value: number): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  sqrt(x: T): T;
  neg(x: T): T;
  exp(x: T): T;
  relu(x: T): T;
  /** 1 where x > 0, else 0. */
  step(x: T): T;
  tanh(x: T): T;
  sigmoid(x: T): T;
  softplus(x: T): T;
  logSoftmax(x: T, axis: number): T;
  sum(x: T, axis?: number): T;
  matMul(a: T, b: T, transposeA?: boolean, transposeB?: boolean): T;
  concat(parts: T[], axis: number): T;
  split(x: T, sizes: number[], axis: number): T[];
  slice(x: T, begin: number[], size: number[]): T;
  stack(parts: T[]): T;
  reshape(x: T, shape: number[]): T;
  gather(x: T, indices: T): T;
  /** Adds up updates of equal indices. */
  scatterND(indices: T, updates: T, shape: number[]): T;
  oneHot(indices: T, depth: number): T;
  cast(x: T, type: "float32" | "int32"): T;
}
