/**
 * The name of a dataset's content: a hash of everything that decides it. Two runs with the same key would write the same files.
 * Sources are known by their bytes: a size and a time of change prove nothing, and hashing is quicker than reading them as data.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { packed, type CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { sha256OfFile } from "../registry/files.ts";
import { MlspecError } from "../errors.ts";
import type { Database } from "./database.ts";
import { datasetParts } from "./dataset-parts.ts";
import { partitionOf } from "./path-columns.ts";
import { sourceFiles, type FileOptions, type SourceFile } from "./source-files.ts";

/** Raised when the same inputs would give other files. */
const layoutVersion = 4;

export interface DatasetKeyOptions {
  readonly spec: CompiledSpec;
  readonly dataset: string;
  readonly database: Database;
  readonly dataFolder?: string | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onDownload?: FileOptions["onDownload"];
}

export async function datasetKey(options: DatasetKeyOptions): Promise<string> {
  const { dataset, label, views, sources } = datasetParts(options.spec, options.dataset);
  const files: (readonly SourceFile[])[] = [];
  for (const source of sources) files.push((await sourceFiles(options.database, source, options)).files);
  const prints: unknown[] = [];
  for (const [i, group] of files.entries()) {
    const ofGroup: unknown[] = [];
    const partitioned = sources[i]?.read.partitions === true;
    for (const file of group) ofGroup.push([...(await fingerprint(file, options.signal)), ...(partitioned ? [partitionOf(file.path)] : [])]);
    prints.push(ofGroup);
  }
  const content = { layoutVersion, seed: options.seed, dataset, label, views, sources: sources.map(({ folder: _, ...source }) => source), prints };
  return createHash("sha256").update(JSON.stringify(packed(content), withoutPlaces)).digest("hex").slice(0, 32);
}

/** Where something is written and what is said about it does not change the data. */
function withoutPlaces(key: string, value: unknown): unknown {
  return key === "origin" || key === "at" || key === "doc" || key === "owner" ? undefined : value;
}

async function fingerprint({ path, at }: SourceFile, signal?: AbortSignal): Promise<readonly unknown[]> {
  try {
    return [basename(path), await sha256OfFile(at, signal)];
  } catch (error) {
    if (signal?.aborted) throw new MlspecError("cancelled", "cancelled");
    throw error;
  }
}
