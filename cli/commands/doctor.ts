/** `mlspec doctor`: tries what MLSpec is made of, one by one, rather than looking at version numbers. */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, freemem, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../runtime/errors.ts";
import { exit } from "../exit.ts";
import type { Call } from "../call.ts";
import { version } from "../version.ts";

interface Finding {
  readonly name: string;
  /** `missing` is fine: it is optional, and `detail` says how to have it. */
  readonly outcome: "works" | "missing" | "broken";
  readonly detail: string;
}

/** `go` gives what it found, or throws. It may use a folder that is removed afterwards. */
interface Probe {
  readonly name: string;
  readonly optional?: true;
  readonly go: (folder: string) => Promise<string>;
}

const probes: readonly Probe[] = [
  { name: "Node", go: probeNode },
  { name: "machine", go: async () => `${availableParallelism()} cores, ${gib(totalmem())} GiB memory, ${gib(freemem())} GiB free` },
  { name: "DuckDB", go: probeDuckDb },
  { name: "ONNX Runtime", go: async () => `${await (await import("../../runtime/onnx/probe.ts")).probeOnnxRuntime()}, runs a model on the CPU` },
  { name: "SQLite", go: async () => (await import("../../runtime/state/probe.ts")).probeSqlite() },
  { name: "LMDB", go: async (folder) => (await import("../../runtime/online/probe.ts")).probeLmdb(folder) },
  { name: "GPU", optional: true, go: probeGpu },
];

async function probeNode(): Promise<string> {
  if (Number(process.versions.node.split(".")[0]) < 22) throw new Error(`this is ${process.versions.node}; 22 or later is needed`);
  return `${process.versions.node}, ${process.platform}-${process.arch}`;
}

async function probeDuckDb(): Promise<string> {
  const { openDatabase } = await import("../../runtime/data/database.ts");
  using database = await openDatabase();
  const [row] = await database.rows("SELECT version() AS version, sum(range)::BIGINT AS total FROM range(1000)");
  if (Number(row?.["total"]) !== 499_500) throw new Error("it adds wrongly");
  return `${row?.["version"] as string}`;
}

async function probeGpu(): Promise<string> {
  const { gpuAvailable } = await import("../../runtime/onnx/gpu.ts");
  const gpu = await gpuAvailable();
  if (!gpu.available) throw new Error(`${gpu.reason}: it needs a Vulkan, Metal or Direct3D 12 driver. Models train on the CPU`);
  const times = gpu.timesCpu.toFixed(gpu.timesCpu < 10 ? 1 : 0);
  return gpu.timesCpu > 1 ? `WebGPU multiplies matrices ${times} times as fast as the CPU` : `WebGPU works, at ${times} times the CPU's speed (a software renderer?): models train on the CPU unless a spec says \`device: gpu\``;
}

export async function doctor({ options, terminal }: Call<{ json?: boolean }>): Promise<number> {
  const findings: Finding[] = [];
  for (const probe of probes) findings.push(await examine(probe));
  const broken = findings.some((finding) => finding.outcome === "broken");
  if (options.json) terminal.out(`${JSON.stringify({ version, healthy: !broken, findings }, null, 2)}\n`);
  else {
    const { colors } = terminal;
    const marks = { works: colors.green("✓"), missing: colors.dim("–"), broken: colors.red("✗") };
    terminal.out(`mlspec ${version}\n`);
    for (const { name, outcome, detail } of findings) terminal.out(`${marks[outcome]} ${name.padEnd(13)} ${detail}\n`);
    terminal.out(broken ? "Something that MLSpec needs does not work here.\n" : "Everything that MLSpec needs works here.\n");
  }
  return broken ? exit.no : exit.ok;
}

async function examine({ name, optional, go }: Probe): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-doctor-"));
  try {
    return { name, outcome: "works", detail: await go(folder) };
  } catch (error) {
    return { name, outcome: optional ? "missing" : "broken", detail: messageOf(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
