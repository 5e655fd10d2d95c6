/**
 * A session in a thread of its own. ONNX Runtime runs a model on the thread that asks for it, which then answers nothing else:
 * fine for a run of microseconds, not for one of a hundred milliseconds in a server with timeouts.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { MlspecError } from "../errors.ts";
import type { Session, SessionInput, Tensors } from "./session.ts";

/** Runs in the thread; a text, so that it needs no file of its own in a bundle. Tensors travel as in `tensor.ts`. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const ort = require(workerData.library);
ort.env.logLevel = "error";
const toRuntime = { float: "float32", double: "float64", int64: "int64", int32: "int32", bool: "bool", string: "string" };
const toDomain = Object.fromEntries(Object.entries(toRuntime).map(([ours, theirs]) => [theirs, ours]));
const describe = ({ name, type, shape }) => ({ name, type: toDomain[type], shape });
const mapValues = (record, f) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
const message = (error) => (error instanceof Error ? error.message : String(error));
ort.InferenceSession.create(workerData.model, workerData.options).then((session) => {
  parentPort.postMessage({ inputs: session.inputMetadata.map(describe), outputs: session.outputMetadata.map(describe) });
  parentPort.on("message", async ({ id, feeds, outputs }) => {
    try {
      const inputs = mapValues(feeds, ({ type, shape, data }) => new ort.Tensor(toRuntime[type], data, shape));
      const before = process.threadCpuUsage();
      const began = performance.now();
      const results = outputs ? await session.run(inputs, outputs) : await session.run(inputs);
      const wallMs = performance.now() - began;
      const { user, system } = process.threadCpuUsage(before);
      const tensors = mapValues(results, (value) => ({ type: toDomain[value.type], shape: [...value.dims], data: value.data }));
      parentPort.postMessage({ id, timed: { tensors, wallMs, processorMs: (user + system) / 1000 } });
    } catch (error) {
      parentPort.postMessage({ id, failure: message(error) });
    }
  });
}, (error) => { parentPort.postMessage({ failure: message(error) }); });
`;

interface Opened { readonly inputs: readonly SessionInput[]; readonly outputs: readonly SessionInput[] }
interface Reply { readonly id: number; readonly timed?: TimedRun; readonly failure?: string }
interface Waiting { readonly resolve: (timed: TimedRun) => void; readonly reject: (error: Error) => void }

/** Milliseconds on the clock, and of processor time of the thread that ran. */
export interface TimedRun { readonly tensors: Tensors; readonly wallMs: number; readonly processorMs: number }

export interface ThreadedSession extends Session {
  timed(feeds: Tensors, outputs?: readonly string[]): Promise<TimedRun>;
}

/** As `openSession`, on the CPU. Runs follow one another. */
export async function openThreadedSession(model: Uint8Array, { threads = 1 }: { readonly threads?: number } = {}): Promise<ThreadedSession> {
  const library = createRequire(import.meta.url).resolve("onnxruntime-node");
  const options = {
    executionProviders: ["cpu"], graphOptimizationLevel: "all", logSeverityLevel: 3, intraOpNumThreads: threads,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
  const worker = new Worker(program, { eval: true, workerData: { library, model, options } });
  const { inputs, outputs } = await opened(worker);
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  worker.on("message", ({ id, timed: run, failure }: Reply) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref(); // an idle thread does not keep the process alive; one that computes does
    if (run !== undefined) asker?.resolve(run);
    else asker?.reject(new MlspecError("model-failed", `the model could not run: ${failure ?? "no answer"}`));
  });
  const ended = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new MlspecError("model-failed", `the model's thread ended: ${why}`));
    waiting.clear();
  };
  worker.on("error", (error: unknown) => { ended(String(error)); });
  worker.on("exit", (code) => { ended(`exit code ${code}`); });
  worker.unref();
  const timed = (feeds: Tensors, wanted?: readonly string[]): Promise<TimedRun> => new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    worker.ref();
    worker.postMessage({ id: asked, feeds, outputs: wanted });
  });
  return {
    inputs, outputs, device: "cpu", timed,
    run: async (feeds, wanted) => (await timed(feeds, wanted)).tensors,
    release: async () => { await worker.terminate(); },
  };
}

function opened(worker: Worker): Promise<Opened> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (reply: Opened | { readonly failure: string }) => {
      worker.off("error", reject);
      if ("inputs" in reply) resolve(reply);
      else reject(new MlspecError("model-unreadable", `ONNX Runtime cannot open the model: ${reply.failure}`));
    });
  });
}
