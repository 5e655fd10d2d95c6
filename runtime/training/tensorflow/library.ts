/**
 * Finds and loads TensorFlow.js: the only module that does. It is the user's to install, and is looked for from MLSpec's own
 * installation, never from the folder of a spec: opening somebody's project must not run their code.
 */
import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import { messageOf, MlspecError } from "../../errors.ts";
import type { TensorFlow } from "./api.ts";

export interface Place {
  /** Folder of an installed package to use before all others (`MLSPEC_TENSORFLOW`). */
  readonly named: string | null;
  /** The file from which packages are looked for. */
  readonly from: string;
}

export interface Library {
  readonly tf: TensorFlow;
  readonly device: "cpu" | "gpu";
  /** Neither a native library nor a GPU: a hundred times slower. */
  readonly plainJavaScript: boolean;
  /** Packages that are there but do not load. */
  readonly broken: readonly string[];
}

/** What is loaded, in order, for one TensorFlow.js; the first module has the interface. */
type Candidate = readonly [string, ...string[]];
const CUDA: Candidate = ["@tensorflow/tfjs-node-gpu"];
const ON_CPU: readonly Candidate[] = [["@tensorflow/tfjs-node"], ["@tensorflow/tfjs"], ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu"]];

/** @throws MlspecError `engine-not-installed` */
export async function loadTensorFlow(wanted: "cpu" | "gpu", place: Place): Promise<Library> {
  const load = createRequire(place.from);
  const broken: string[] = [];
  for (const candidate of candidates(wanted, place.named)) {
    if (!candidate.every((name) => isInstalled(load, name))) continue;
    try {
      return { ...(await started(load, candidate, wanted)), broken };
    } catch (error) {
      const problem = `${candidate[0]} does not load: ${messageOf(error).split("\n", 1)[0]?.trim()}`;
      if (candidate[0] === place.named) throw notInstalled([problem], error);
      broken.push(problem);
    }
  }
  throw notInstalled(place.named === null ? broken : [`there is no package at ${place.named}`]);
}

/** Where the CPU is asked for, the package for CUDA comes last: it can compute on the CPU too, but occupies the GPU. */
function candidates(wanted: "cpu" | "gpu", named: string | null): readonly Candidate[] {
  if (named === null) return wanted === "gpu" ? [CUDA, ...ON_CPU] : [...ON_CPU, CUDA];
  if (!isAbsolute(named)) throw notInstalled([`MLSPEC_TENSORFLOW is ${named}, which is not an absolute path`]);
  return [[named]];
}

function isInstalled(load: NodeJS.Require, name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function started(load: NodeJS.Require, [main, ...backends]: Candidate, wanted: "cpu" | "gpu"): Promise<Omit<Library, "broken">> {
  bringBack(load);
  const tf = load(main) as TensorFlow;
  for (const backend of backends) load(backend);
  tf.enableProdMode();
  await tf.ready();
  if (wanted === "cpu" && usesGpu(tf)) await tf.setBackend("cpu");
  await multiplies(tf);
  return { tf, device: usesGpu(tf) ? "gpu" : "cpu", plainJavaScript: tf.getBackend() === "cpu" };
}

/**
 * `@tensorflow/tfjs-node` 4.22.0, the latest, calls what Node 23 took out of `util` (github.com/tensorflow/tfjs/issues/8609), and
 * what later ones warn about.
 */
function bringBack(load: NodeJS.Require): void {
  const util = load("node:util") as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/** A library can load and yet fail in its first operation. */
async function multiplies(tf: TensorFlow): Promise<void> {
  const product = tf.tidy(() => tf.mul(tf.scalar(2), tf.scalar(3)));
  const [six] = await product.data();
  product.dispose();
  if (six !== 6) throw new Error(`2 · 3 is ${six} there`);
}

/** The package for CUDA computes on the CPU where it finds no GPU, and says so in this property of its backend. */
const usesGpu = (tf: TensorFlow): boolean =>
  tf.getBackend() === "webgpu" || (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;

function notInstalled(reasons: readonly string[], cause?: unknown): MlspecError {
  const why = reasons.length === 0 ? "which is not installed" : `and none can be used: ${reasons.join("; ")}`;
  return new MlspecError("engine-not-installed", `the engine \`tensorflow\` needs TensorFlow.js, ${why}`, {
    cause,
    hint: "Run `npm install @tensorflow/tfjs-node` (for CUDA, `@tensorflow/tfjs-node-gpu`) where MLSpec is installed, or set MLSPEC_TENSORFLOW to the folder of such a package. " +
      "Or leave `engine` out: `onnxruntime`, the default, trains the same networks on CPU and GPU.",
  });
}
