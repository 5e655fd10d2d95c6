/**
 * The name of a dataset's content: a hash of everything that decides it. Two runs with the same key would write the same files.
 * Files up to 64 MiB in total are hashed whole; beyond that path, size and modification time stand for the content.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { Database } from "./database.ts";
import { datasetParts } from "./dataset-parts.ts";
import { sourceFiles, type SourceFile } from "./source-files.ts";

/** Raised when the same inputs would give other files. */
const layoutVersion = 1;
const hashedWhole = 64 * 2 ** 20;

export interface DatasetKey {
  readonly hash: string;
  /** False when a file cannot be fingerprinted (a URL): an equal key does not prove equal content. */
  readonly certain: boolean;
}

export interface DatasetKeyOptions {
  readonly spec: CompiledSpec;
  readonly dataset: string;
  readonly database: Database;
  readonly dataFolder?: string | undefined;
  readonly seed: number;
}

export async function datasetKey(options: DatasetKeyOptions): Promise<DatasetKey> {
  const { dataset, label, views, sources } = datasetParts(options.spec, options.dataset);
  const files: SourceFile[][] = [];
  for (const source of sources) files.push(await sourceFiles(options.database, source, options));
  const all = files.flat();
  const whole = all.reduce((sum, file) => sum + (file.bytes ?? Infinity), 0) <= hashedWhole;
  const prints: unknown[] = [];
  for (const group of files) prints.push(await Promise.all(group.map((file) => fingerprint(file, whole))));
  const content = { layoutVersion, seed: options.seed, dataset, label, views, sources: sources.map(({ folder: _, ...source }) => source), prints };
  const hash = createHash("sha256").update(JSON.stringify(content, withoutPlaces)).digest("hex").slice(0, 32);
  return { hash, certain: all.every((file) => file.bytes !== null) };
}

/** Where something is written and what is said about it does not change the data. */
function withoutPlaces(key: string, value: unknown): unknown {
  return key === "origin" || key === "at" || key === "doc" || key === "owner" ? undefined : value;
}

async function fingerprint(file: SourceFile, whole: boolean): Promise<unknown> {
  if (!whole || file.bytes === null) return [file.path, file.bytes, file.modifiedMs];
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file.path)) hash.update(chunk as Buffer);
  return [basename(file.path), hash.digest("hex")];
}
