/** Runs ONNX models: the only importer of `onnxruntime-node`, which is loaded when the first session opens. */
import type * as Ort from "onnxruntime-node";
import { MlspecError, messageOf } from "../errors.ts";
import type { Tensor, TensorType } from "./tensor.ts";

export type Device = "cpu" | "gpu";

export interface SessionOptions {
  readonly device?: Device;
  /** Threads of one run; by default as many as the machine has cores. */
  readonly threads?: number;
  /** Threads that wait in a loop answer sooner and burn a core; off by default. */
  readonly spin?: boolean;
}

export interface SessionInput {
  readonly name: string;
  readonly type: TensorType;
  /** Names stand for sizes known at run time. */
  readonly shape: readonly (number | string)[];
}

export type Tensors = Readonly<Record<string, Tensor>>;

export interface Session {
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly SessionInput[];
  readonly device: Device;
  /** Runs the model; `outputs` restricts what is computed. A run occupies the thread that calls it until it is done. */
  run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  release(): Promise<void>;
}

/**
 * Opens a model given by its bytes or its path.
 * @throws MlspecError `model-unreadable` when ONNX Runtime refuses it.
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const { device = "cpu", threads, spin = false } = options;
  const ort = await loadRuntime();
  const session = await open(ort, model, {
    executionProviders: device === "gpu" ? ["webgpu", "cpu"] : ["cpu"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Not `set_denormal_as_zero`: ONNX Runtime would set it for the calling thread, and so for all of JavaScript's arithmetic.
    extra: { session: { intra_op: { allow_spinning: spin ? "1" : "0" } } },
  });
  return {
    inputs: session.inputMetadata.map(description),
    outputs: session.outputMetadata.map(description),
    device,
    run: (feeds, outputs) => run(ort, session, feeds, outputs),
    release: () => session.release(),
  };
}

export async function runtimeVersion(): Promise<string> {
  const { env } = await loadRuntime();
  return env.versions.node ?? "unknown";
}

let runtime: Promise<typeof Ort> | undefined;
function loadRuntime(): Promise<typeof Ort> {
  runtime ??= import("onnxruntime-node").then((module) => {
    module.env.logLevel = "error";
    return module;
  });
  return runtime;
}

async function open(ort: typeof Ort, model: Uint8Array | string, options: Ort.InferenceSession.SessionOptions): Promise<Ort.InferenceSession> {
  try {
    return typeof model === "string" ? await ort.InferenceSession.create(model, options) : await ort.InferenceSession.create(model, options);
  } catch (cause) {
    const name = typeof model === "string" ? `the model ${model}` : "the model";
    throw new MlspecError("model-unreadable", `ONNX Runtime cannot open ${name}: ${messageOf(cause)}`, { cause });
  }
}

async function run(ort: typeof Ort, session: Ort.InferenceSession, feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
  const inputs = mapValues(feeds, (tensor) => toRuntime(ort, tensor));
  let results: Ort.InferenceSession.OnnxValueMapType;
  try {
    results = outputs === undefined ? await session.run(inputs) : await session.run(inputs, outputs);
  } catch (cause) {
    throw new MlspecError("model-failed", `the model could not run: ${messageOf(cause)}`, { cause });
  }
  return mapValues(results, (value) => fromRuntime(value));
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, f: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));

function toRuntime(ort: typeof Ort, tensor: Tensor): Ort.Tensor {
  const { shape } = tensor;
  switch (tensor.type) {
    case "float": return new ort.Tensor("float32", tensor.data, shape);
    case "double": return new ort.Tensor("float64", tensor.data, shape);
    case "int64": return new ort.Tensor("int64", tensor.data, shape);
    case "int32": return new ort.Tensor("int32", tensor.data, shape);
    case "bool": return new ort.Tensor("bool", tensor.data, shape);
    case "string": return new ort.Tensor("string", tensor.data, shape);
  }
}

const domainTypes: Readonly<Partial<Record<Ort.Tensor.Type, TensorType>>> = {
  float32: "float", float64: "double", int64: "int64", int32: "int32", bool: "bool", string: "string",
};

function fromRuntime(value: Ort.Tensor): Tensor {
  return { type: domainType(value.type), shape: value.dims, data: value.data } as Tensor;
}

function domainType(type: Ort.Tensor.Type): TensorType {
  const known = domainTypes[type];
  if (known === undefined) throw new MlspecError("model-unsupported", `the model uses ${type} tensors, which MLSpec does not`);
  return known;
}

function description(meta: Ort.InferenceSession.ValueMetadata): SessionInput {
  if (!meta.isTensor) throw new MlspecError("model-unsupported", `the model's '${meta.name}' is not a tensor`);
  return { name: meta.name, type: domainType(meta.type), shape: meta.shape };
}
