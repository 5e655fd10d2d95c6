/**
 * Checkpoints: one file per epoch in the safetensors format (github.com/huggingface/safetensors: header length as 64-bit
 * integer, JSON header, tensors), with the SHA-256 of everything else in the header. Written to a temporary name, synced and
 * renamed: a checkpoint is whole or absent. Each holds the best weights so far too, so that any single file is enough.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readPlainFile } from "../registry/files.ts";
import type { EpochResult } from "./engine.ts";

export type FloatArray = Float32Array<ArrayBuffer>;

export interface Checkpoint {
  /** Hash of what must be equal for the training to be the same. */
  readonly problem: string;
  readonly history: readonly EpochResult[];
  /** Steps of the optimiser so far. */
  readonly steps: number;
  /** Weights and optimiser state by name. */
  readonly state: Readonly<Record<string, FloatArray>>;
  /** Weights of the best epoch by name. */
  readonly best: Readonly<Record<string, FloatArray>>;
}

const KEPT = 2;
const fileOf = (epoch: number): string => `epoch-${String(epoch).padStart(5, "0")}.safetensors`;
const isCheckpoint = (name: string): boolean => /^epoch-\d+\.safetensors$/.test(name);

export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = fileOf(checkpoint.history.length);
  const temporary = join(folder, `${name}.tmp`);
  const file = await open(temporary, "w");
  try {
    await file.writeFile(encodeCheckpoint(checkpoint));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  const old = (await readdir(folder)).filter(isCheckpoint).sort().slice(0, -KEPT);
  for (const surplus of old) await rm(join(folder, surplus), { force: true });
}

export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint | null;
  /** Files that were passed over, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: "damaged" | "other-problem" }[];
}

/** The newest sound checkpoint of the problem. */
export async function latestCheckpoint(folder: string, problem: string): Promise<FoundCheckpoint> {
  const skipped: { file: string; reason: "damaged" | "other-problem" }[] = [];
  const files = (await filesOf(folder)).filter(isCheckpoint).sort().toReversed();
  for (const file of files) {
    const checkpoint = decodeCheckpoint(await readPlainFile(join(folder, file)));
    if (checkpoint?.problem === problem) return { checkpoint, skipped };
    skipped.push({ file, reason: checkpoint === null ? "damaged" : "other-problem" });
  }
  return { checkpoint: null, skipped };
}

/** A training that begins anew leaves nothing of an older one to be resumed by mistake. */
export async function clearCheckpoints(folder: string): Promise<void> {
  for (const file of await filesOf(folder)) if (file.startsWith("epoch-")) await rm(join(folder, file), { force: true });
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

interface Header {
  readonly __metadata__: Readonly<Record<"mlspec" | "sha256", string>>;
  readonly [tensor: string]: unknown;
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { state, best, ...facts } = checkpoint;
  const tensors = [...prefixed("state/", state), ...prefixed("best/", best)];
  const data = Buffer.concat(tensors.map(([, values]) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)));
  let at = 0;
  const layout = tensors.map(([name, values]) => [name, { dtype: "F32", shape: [values.length], data_offsets: [at, (at += values.byteLength)] }] as const);
  const mlspec = JSON.stringify({ ...facts, layout });
  const header: Header = { __metadata__: { mlspec, sha256: hashOf(mlspec, data) }, ...Object.fromEntries(layout) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Null when the bytes are not exactly what was written. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | null {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Header;
    const data = bytes.subarray(8 + length);
    const { mlspec, sha256 } = header.__metadata__;
    if (hashOf(mlspec, data) !== sha256) return null;
    const { layout, ...facts } = JSON.parse(mlspec) as Omit<Checkpoint, "state" | "best"> & { layout: [string, { data_offsets: [number, number] }][] };
    const tensors = layout.map(([name, { data_offsets: [from, to] }]) => [name, new Float32Array(new Uint8Array(data.subarray(from, to)).buffer)] as const);
    const withPrefix = (prefix: string) => Object.fromEntries(tensors.filter(([name]) => name.startsWith(prefix)).map(([name, values]) => [name.slice(prefix.length), values]));
    return { ...facts, state: withPrefix("state/"), best: withPrefix("best/") };
  } catch {
    return null; // cut off, or not JSON: damaged
  }
}

const prefixed = (prefix: string, tensors: Readonly<Record<string, FloatArray>>): [string, FloatArray][] =>
  Object.entries(tensors).map(([name, values]) => [prefix + name, values]);

const hashOf = (facts: string, data: Uint8Array): string => createHash("sha256").update(facts).update("\0").update(data).digest("hex");
