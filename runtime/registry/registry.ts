/** Versions of models: put, load (always verified), list, verify, and removal of what nothing refers to. */
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { packed, unpacked, type CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import { BlobStore, unreadable, type BlobRef } from "./blobs.ts";
import { canonicalJson } from "./canonical.ts";
import { codeOf, readPlainFile, temporarySuffix, writeAtomically } from "./files.ts";
import { createManifest, readManifest } from "./manifest.ts";
import type { Identity, Json, JsonObject, Manifest, Record } from "./manifest.ts";
import { readSpec } from "./spec.ts";

export interface NewVersion {
  readonly model: string;
  readonly spec: CompiledSpec;
  /** Content hash of the dataset (`datasets/<hash>`). */
  readonly dataset: string;
  readonly code: Identity["code"];
  readonly training: Identity["training"];
  readonly signature: Json;
  readonly preprocessing: JsonObject;
  readonly onnx: Uint8Array;
  readonly record: Record;
}

export interface LoadedVersion {
  readonly manifest: Manifest;
  readonly spec: CompiledSpec;
  readonly preprocessing: JsonObject;
  readonly onnx: Buffer;
}

/** A version as it stands in the registry; `problem` when its manifest cannot be trusted. */
export type ListedVersion =
  | { readonly model: string; readonly version: string; readonly manifest: Manifest; readonly problem: null }
  | { readonly model: string; readonly version: string; readonly manifest: null; readonly problem: MlspecError };

export class Registry {
  readonly folder: string;
  readonly blobs: BlobStore;

  constructor(folder: string) {
    this.folder = folder;
    this.blobs = new BlobStore(join(folder, "blobs"));
  }

  /** Blobs first, the manifest last: a version exists from the moment its manifest does. `fresh`: it was not there before. `mended`: files of it that were gone or damaged. */
  async put(entry: NewVersion): Promise<{ readonly version: string; readonly fresh: boolean; readonly manifest: Manifest; readonly mended: readonly string[] }> {
    checkModelName(entry.model);
    const now = new Date(entry.record.created);
    const text = (value: object): Buffer => Buffer.from(canonicalJson(packed(value)));
    const written: string[] = [];
    const put = (content: Uint8Array): Promise<BlobRef> => this.blobs.put(content, now, (path) => written.push(path));
    const identity: Identity = {
      model: entry.model,
      spec: await put(text(entry.spec)),
      dataset: entry.dataset,
      code: entry.code,
      training: entry.training,
      signature: entry.signature,
      preprocessing: await put(text(entry.preprocessing)),
      onnx: await put(entry.onnx),
    };
    // Through JSON once, so that what is hashed is what a reader will see (no `undefined`, no -0).
    const manifest = JSON.parse(JSON.stringify(createManifest(identity, entry.record))) as Manifest;
    const before = await this.manifest(entry.model, manifest.version).catch(() => null);
    if (before !== null) return { version: before.version, fresh: false, manifest: before, mended: written };
    const path = this.manifestPath(entry.model, manifest.version);
    const damaged = existsSync(path);
    await writeAtomically(path, `${JSON.stringify(manifest, null, 2)}\n`);
    return { version: manifest.version, fresh: !damaged, manifest, mended: damaged ? [...written, path] : [] };
  }

  /** Everything of a version, every hash checked. */
  async load(model: string, version: string): Promise<LoadedVersion> {
    const manifest = await this.manifest(model, version);
    const { spec, preprocessing, onnx } = manifest.identity;
    const what = (part: string): string => `${part} of ${model} ${version}`;
    const [specText, preprocessingText, bytes] = await Promise.all([
      this.blobs.get(spec.sha256, what("compiled spec")),
      this.blobs.get(preprocessing.sha256, what("fitted preprocessing")),
      this.blobs.get(onnx.sha256, what("model.onnx")),
    ]);
    return {
      manifest,
      spec: readSpec(parsed(specText, what("compiled spec")), what("compiled spec")),
      preprocessing: unpacked(parsed(preprocessingText, what("fitted preprocessing")) as JsonObject),
      onnx: bytes,
    };
  }

  /** The hashes of everything of a version, as `load`, without keeping any of it. */
  async check(model: string, version: string): Promise<void> {
    const { spec, preprocessing, onnx } = (await this.manifest(model, version)).identity;
    for (const [part, blob] of [["compiled spec", spec], ["fitted preprocessing", preprocessing], ["model.onnx", onnx]] as const) {
      await this.blobs.check(blob.sha256, `${part} of ${model} ${version}`);
    }
  }

  /** The paths of everything of a version. */
  filesOf({ version, identity: { model, spec, preprocessing, onnx } }: Manifest): readonly string[] {
    return [this.manifestPath(model, version), ...[spec, preprocessing, onnx].map((blob) => this.blobs.pathOf(blob.sha256))];
  }

  async manifest(model: string, version: string): Promise<Manifest> {
    checkModelName(model);
    const path = this.manifestPath(model, version);
    const text = /^[0-9a-f]{12}$/.test(version) ? await textOf(path).catch((error: unknown) => absent(error, `manifest of ${model} ${version}`, path)) : null;
    if (text === null) {
      const known = (await this.list(model)).map((entry) => entry.version);
      throw new MlspecError("version-unknown", `There is no version ${version} of model ${model} in the registry.`, {
        hint: known.length === 0 ? "Register one with `mlspec run`." : `Known, newest first: ${known.slice(0, 5).join(", ")}.`,
      });
    }
    return readManifest(text, path, model, version);
  }

  async exists(model: string, version: string): Promise<boolean> {
    return this.manifest(model, version).then(() => true, () => false);
  }

  /** Newest first. Manifests that cannot be trusted are listed with their problem, last. */
  async list(model?: string): Promise<readonly ListedVersion[]> {
    if (model !== undefined) checkModelName(model);
    const models = model === undefined ? await readdir(join(this.folder, "models")).catch(() => []) : [model];
    const listed = await Promise.all(models.map((name) => this.listModel(name)));
    const time = (entry: ListedVersion): string => entry.manifest?.record.created ?? "";
    return listed.flat().sort((a, b) => (time(a) < time(b) ? 1 : time(a) > time(b) ? -1 : a.version < b.version ? -1 : 1));
  }

  private async listModel(model: string): Promise<ListedVersion[]> {
    const names = await readdir(join(this.folder, "models", model)).catch(() => []);
    const versions = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    return Promise.all(versions.map(async (version): Promise<ListedVersion> => {
      const path = this.manifestPath(model, version);
      try {
        return { model, version, manifest: readManifest(await textOf(path), path, model, version), problem: null };
      } catch (error) {
        const problem = error instanceof MlspecError ? error : unreadable(`manifest of ${model} ${version}`, path, error);
        return { model, version, manifest: null, problem };
      }
    }));
  }

  /** Reads everything and reports what is damaged or missing. */
  async verify(model?: string): Promise<readonly { readonly model: string; readonly version: string; readonly problem: MlspecError }[]> {
    const problems: { model: string; version: string; problem: MlspecError }[] = [];
    for (const entry of await this.list(model)) {
      if (entry.problem !== null) problems.push({ model: entry.model, version: entry.version, problem: entry.problem });
      else {
        await this.load(entry.model, entry.version).catch((error: unknown) => {
          if (!(error instanceof MlspecError)) throw error;
          problems.push({ model: entry.model, version: entry.version, problem: error });
        });
      }
    }
    return problems;
  }

  /** Forgets a version. Its blobs stay until `removeUnreferenced`. */
  async remove(model: string, version: string): Promise<void> {
    await this.manifest(model, version);
    await rm(this.manifestPath(model, version));
  }

  /**
   * Deletes blobs that no manifest refers to, and abandoned temporary files. Younger ones than `graceMs` are spared: a `put`
   * in another process writes its blobs before its manifest. Refuses while a manifest is unreadable, since its blobs are unknown.
   */
  async removeUnreferenced(now: Date, graceMs = 3_600_000): Promise<{ readonly files: number; readonly bytes: number }> {
    const entries = await this.list();
    const damaged = entries.find((entry) => entry.problem !== null);
    if (damaged?.problem) throw damaged.problem;
    const used = new Set(entries.flatMap(({ manifest }) =>
      manifest === null ? [] : [manifest.identity.spec, manifest.identity.preprocessing, manifest.identity.onnx].map((blob) => blob.sha256)));
    const old = (modifiedMs: number): boolean => modifiedMs <= now.getTime() - graceMs;
    const blobs = (await this.blobs.list()).filter((blob) => !used.has(blob.sha256) && old(blob.modifiedMs));
    for (const blob of blobs) await this.blobs.remove(blob.sha256);
    await this.removeTemporaryManifests(old);
    return { files: blobs.length, bytes: blobs.reduce((sum, blob) => sum + blob.bytes, 0) };
  }

  private async removeTemporaryManifests(old: (modifiedMs: number) => boolean): Promise<void> {
    const names = await readdir(join(this.folder, "models"), { recursive: true }).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(temporarySuffix))) {
      const path = join(this.folder, "models", name);
      const facts = await stat(path).catch(() => null);
      if (facts !== null && old(facts.mtimeMs)) await rm(path, { force: true });
    }
  }

  private manifestPath(model: string, version: string): string {
    return join(this.folder, "models", model, `${version}.json`);
  }
}

/** A model's name becomes a folder's name: nothing that could climb out of the registry. */
function checkModelName(model: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(model)) return;
  throw new MlspecError("model-name-invalid", `${JSON.stringify(model)} cannot be a model's name in the registry.`, {
    hint: "Use letters, digits, _ and -, beginning with a letter.",
  });
}

const textOf = async (path: string): Promise<string> => (await readPlainFile(path)).toString("utf8");

function absent(error: unknown, what: string, path: string): null {
  if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
  throw unreadable(what, path, error);
}

/** A blob has the bytes of its name; that these are JSON was up to whoever wrote them. */
function parsed(blob: Buffer, what: string): unknown {
  try {
    return JSON.parse(blob.toString("utf8"));
  } catch (cause) {
    throw new MlspecError("artifact-corrupt", `The ${what} is no JSON: ${messageOf(cause)}`, { cause, hint: "Register the model again with `mlspec run`." });
  }
}
