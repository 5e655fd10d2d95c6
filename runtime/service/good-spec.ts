/**
 * The compiled spec that a service was last served with, kept in the state: a typing error in the file and a restart are then no outage.
 * Content-addressed like the registry's files, and verified when it is read.
 */
import { basename } from "node:path";
import { packed, type CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { StateFolder } from "../pipeline/state-folder.ts";
import { BlobStore } from "../registry/blobs.ts";
import { canonicalJson } from "../registry/canonical.ts";
import { readSpec } from "../registry/spec.ts";
import type { State } from "../state/state.ts";

export interface GoodSpec {
  readonly service: string;
  readonly spec: CompiledSpec;
  /** When it was last served; milliseconds since 1970. */
  readonly at: number;
}

export async function keepGoodSpec(state: State, folder: StateFolder, service: string, spec: CompiledSpec, now: number): Promise<void> {
  const blobs = new BlobStore(folder.specs);
  const { sha256 } = await blobs.put(Buffer.from(canonicalJson(packed(spec))), new Date(now));
  state.servedSpecs.set(service, { sha256, at: now });
  const used = new Set([...state.servedSpecs.all().values()].map((each) => each.sha256));
  for (const blob of await blobs.list()) if (!used.has(blob.sha256)) await blobs.remove(blob.sha256);
}

/** The name of the file that it was, beside which the state lies. */
export const fileOf = ({ spec }: GoodSpec): string => basename(spec.files[0]?.path ?? "");

/** Every service's. @throws MlspecError 'artifact-corrupt', 'artifact-missing', 'manifest-too-new' */
export async function goodSpecs(state: State, folder: StateFolder): Promise<readonly GoodSpec[]> {
  const blobs = new BlobStore(folder.specs);
  return Promise.all([...state.servedSpecs.all()].map(async ([service, { sha256, at }]) => {
    const what = `spec that ${service} was last served with`;
    return { service, at, spec: readSpec(JSON.parse((await blobs.get(sha256, what)).toString("utf8")), what) };
  }));
}
