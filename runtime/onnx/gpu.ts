/**
 * Is there a GPU that ONNX Runtime's WebGPU provider can use, and is it worth it? Asked by doing it, in a child process: a broken
 * graphics driver may end the process that loads it.
 */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { GraphBuilder } from "./graph.ts";

/** A driver that hangs is given up. A software renderer on a busy machine needs half a minute to begin. */
const PROBE_TIMEOUT_MS = 90_000;
/** Matrices multiplied in a row: enough work that moving the first to the device and the last back weighs little. */
const PRODUCTS = 8;

/**
 * Runs in the child: the same products on WebGPU and on the CPU, and prints the best time of each. The first run, which compiles shaders,
 * does not count. Small matrices tell a software renderer, a thousand times slower than the CPU, at once; only then large ones are worth
 * trying. All of x is 1 and every column of w sums to 1, so the result is 1.
 */
const probe = `
const [library, model] = process.argv.slice(1);
const ort = require(library);
ort.env.logLevel = "fatal";
const matrix = (n, value) => new ort.Tensor("float32", new Float32Array(n * n).fill(value), [n, n]);
async function time(session, n) {
  const feeds = { x: matrix(n, 1), w: matrix(n, 1 / n) };
  const { y } = await session.run(feeds);
  if (!y.data.every((value) => Math.abs(value - 1) < 1e-3)) throw new Error("it multiplies wrongly");
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
(async () => {
  const open = (provider) => ort.InferenceSession.create(Buffer.from(model, "base64"), { executionProviders: [provider], logSeverityLevel: 4 });
  const [gpu, cpu] = [await open("webgpu"), await open("cpu")];
  let times = { gpu: await time(gpu, 64), cpu: await time(cpu, 64) };
  if (times.gpu < 20 || times.gpu < 20 * times.cpu) times = { gpu: await time(gpu, 512), cpu: await time(cpu, 512) };
  process.stdout.write(JSON.stringify(times), () => process.exit(0));
})().catch((error) => { process.stderr.write(String(error.message), () => process.exit(1)); });
`;

function products(): Uint8Array {
  const graph = new GraphBuilder("probe");
  const x = graph.input("x", "float", ["n", "n"]);
  const w = graph.input("w", "float", ["n", "n"]);
  let product = x;
  for (let i = 0; i < PRODUCTS; i++) product = graph.node("MatMul", [product, w]);
  graph.output(product, "y", "float", ["n", "n"]);
  return graph.toModel();
}

export type GpuAnswer =
  /** How many times the CPU's speed it has at multiplying matrices; below 1 for a software renderer such as SwiftShader or lavapipe. */
  | { readonly available: true; readonly timesCpu: number }
  | { readonly available: false; readonly reason: string };

let answer: Promise<GpuAnswer> | undefined;

/** Takes a second or less the first time; remembered for the life of the process. */
export function gpuAvailable(): Promise<GpuAnswer> {
  answer ??= probeGpu();
  return answer;
}

function probeGpu(): Promise<GpuAnswer> {
  const library = createRequire(import.meta.url).resolve("onnxruntime-node");
  const model = Buffer.from(products()).toString("base64");
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", probe, library, model], { timeout: PROBE_TIMEOUT_MS }, (error, stdout) => {
      resolve(error === null ? measured(stdout) : { available: false, reason: error.killed ? "the GPU does not answer" : NO_GPU });
    });
  });
}

/** What the driver or the library said is of no use to a reader: it names their source files. */
const NO_GPU = "no GPU that WebGPU can use";

function measured(stdout: string): GpuAnswer {
  const { gpu, cpu } = JSON.parse(stdout) as { gpu: number; cpu: number };
  return { available: true, timesCpu: cpu / gpu };
}
