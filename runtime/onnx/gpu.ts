/**
 * Is there a GPU that ONNX Runtime's WebGPU provider can use? Asked by doing it, in a child process: a broken graphics
 * driver may end the process that loads it.
 */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { GraphBuilder } from "./graph.ts";
import { floats } from "./tensor.ts";

const PROBE_TIMEOUT_MS = 30_000;

/** Runs in the child: a model of one multiplication, on WebGPU alone. */
const probe = `
const [library, model] = process.argv.slice(1);
const ort = require(library);
ort.env.logLevel = "fatal";
(async () => {
  const options = { executionProviders: ["webgpu"], logSeverityLevel: 4 };
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), options);
  const { y } = await session.run({ x: new ort.Tensor("float32", new Float32Array([1, 2, 3, 4]), [2, 2]) });
  process.stdout.write(y.data.join() === "7,10,15,22" ? "works" : "wrong", () => process.exit(0));
})().catch((error) => { process.stderr.write(String(error.message), () => process.exit(1)); });
`;

function square(): Uint8Array {
  const graph = new GraphBuilder("probe");
  const x = graph.input("x", "float", [2, 2]);
  const zero = graph.constant(floats([0, 0]));
  graph.output(graph.node("Gemm", [x, x, zero]), "y", "float", [2, 2]);
  return graph.toModel();
}

export type GpuAnswer = { readonly available: true } | { readonly available: false; readonly reason: string };

let answer: Promise<GpuAnswer> | undefined;

/** Takes a fraction of a second the first time; remembered for the life of the process. */
export function gpuAvailable(): Promise<GpuAnswer> {
  answer ??= probeGpu();
  return answer;
}

function probeGpu(): Promise<GpuAnswer> {
  const library = createRequire(import.meta.url).resolve("onnxruntime-node");
  const model = Buffer.from(square()).toString("base64");
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", probe, library, model], { timeout: PROBE_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null && stdout === "works") resolve({ available: true });
      else resolve({ available: false, reason: reasonOf(stderr) });
    });
  });
}

function reasonOf(stderr: string): string {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return `no GPU can be used here: WebGPU needs a Vulkan, Metal or Direct3D 12 driver${said === "" ? "" : ` (${said.slice(0, 200)})`}`;
}
