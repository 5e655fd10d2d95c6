import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import type { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { Registry } from "../../../runtime/registry/registry.ts";
import type { NewVersion } from "../../../runtime/registry/registry.ts";

const spec: CompiledSpec = {
  version: compiledSpecVersion, files: [], entities: [], sources: [], features: [], labels: [], datasets: [], models: [], evaluations: [],
  services: [], slos: [], rollouts: [], policies: [], roles: [], suppressions: [],
};

const entry = (changes: Partial<NewVersion> = {}): NewVersion => ({
  model: "ranker", spec, dataset: "d".repeat(64), code: { version: "0.1.0", libraries: { "onnxruntime-node": "1.30.0" } },
  training: { engine: "onnxruntime", device: "cpu", seed: 42 }, signature: { inputs: [] }, preprocessing: { inputs: [] },
  onnx: Buffer.from("the model's bytes"),
  record: {
    created: "2026-01-01T00:00:00.000Z", parent: null, run: "r1", datasetReport: { examples: 100 }, evaluation: "quality",
    metrics: [{ slice: null, rows: 100, metrics: { auc: 0.75 } }], baselines: [], gates: [],
  },
  ...changes,
});

let folder: string;
let registry: Registry;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlspec-registry-"));
  registry = new Registry(folder);
});
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

describe("a registered version", () => {
  it("is loaded as it was put", async () => {
    const { version, fresh } = await registry.put(entry());
    const loaded = await registry.load("ranker", version);
    expect(fresh).toBe(true);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(loaded.onnx.toString()).toBe("the model's bytes");
    expect(loaded.spec).toEqual(spec);
    expect(loaded.manifest.record.metrics[0]?.metrics).toEqual({ auc: 0.75 });
    expect(loaded.manifest.identity.onnx.bytes).toBe(17);
  });

  it("is the same version when the same content is registered at another time", async () => {
    const first = await registry.put(entry());
    const again = await registry.put(entry({ record: { ...entry().record, created: "2027-01-01T00:00:00.000Z", parent: first.version } }));
    expect(again).toMatchObject({ version: first.version, fresh: false });
    expect(again.manifest.record.created).toBe("2026-01-01T00:00:00.000Z");
  });

  it.each([
    ["weights", { onnx: Buffer.from("other") }],
    ["data", { dataset: "e".repeat(64) }],
    ["seed", { training: { engine: "onnxruntime", device: "cpu", seed: 43 } }],
    ["a library", { code: { version: "0.1.0", libraries: { "onnxruntime-node": "1.31.0" } } }],
  ])("is another version with other %s", async (_, changes) => {
    const first = await registry.put(entry());
    const second = await registry.put(entry(changes));
    expect(second.version).not.toBe(first.version);
    expect((await registry.list("ranker")).map((each) => each.version).sort()).toEqual([first.version, second.version].sort());
  });

  it("does not depend on the order of keys", async () => {
    const one = await registry.put(entry({ signature: { a: 1, b: [2, { c: 3, d: 4 }] } }));
    const two = await registry.put(entry({ signature: { b: [2, { d: 4, c: 3 }], a: 1 } }));
    expect(two.version).toBe(one.version);
  });
});

describe("a damaged registry", () => {
  it("names the file, what was expected and what was found", async () => {
    const { version, manifest } = await registry.put(entry());
    const path = join(folder, "blobs", manifest.identity.onnx.sha256);
    await writeFile(path, "the model's bytez");
    const error = await registry.load("ranker", version).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "artifact-corrupt", where: { file: path } });
    expect((error as Error).message).toContain(manifest.identity.onnx.sha256.slice(0, 16));
    expect((await registry.verify()).map((each) => each.problem.code)).toEqual(["artifact-corrupt"]);
  });

  it("is mended by registering the same model again", async () => {
    const { version, manifest } = await registry.put(entry());
    await writeFile(join(folder, "blobs", manifest.identity.onnx.sha256), "");
    await registry.put(entry());
    expect(await registry.verify()).toEqual([]);
    expect((await registry.load("ranker", version)).onnx.toString()).toBe("the model's bytes");
  });

  it("refuses a manifest whose measurements were edited", async () => {
    const { version } = await registry.put(entry());
    const path = join(folder, "models", "ranker", `${version}.json`);
    await writeFile(path, (await readFile(path, "utf8")).replace("0.75", "0.95"));
    await expect(registry.load("ranker", version)).rejects.toMatchObject({ code: "artifact-corrupt", where: { file: path } });
  });

  it("refuses a manifest under another version's or model's name", async () => {
    const { version } = await registry.put(entry());
    await rename(join(folder, "models", "ranker", `${version}.json`), join(folder, "models", "ranker", "0123456789ab.json"));
    await expect(registry.load("ranker", "0123456789ab")).rejects.toMatchObject({ code: "artifact-corrupt" });
    await mkdir(join(folder, "models", "other"));
    await copyFile(join(folder, "models", "ranker", "0123456789ab.json"), join(folder, "models", "other", `${version}.json`));
    await expect(registry.load("other", version)).rejects.toMatchObject({ code: "artifact-corrupt" });
  });

  it.each(["", "{", "[]", "null", '{"manifestVersion":1}'])("refuses the manifest %j and still lists the others", async (text) => {
    const { version } = await registry.put(entry());
    await writeFile(join(folder, "models", "ranker", "0123456789ab.json"), text);
    await expect(registry.load("ranker", "0123456789ab")).rejects.toMatchObject({ code: "artifact-corrupt" });
    expect((await registry.list("ranker")).map((each) => [each.version, each.problem?.code])).toEqual([[version, undefined], ["0123456789ab", "artifact-corrupt"]]);
  });

  it("says that a version is unknown, and which are known", async () => {
    const { version } = await registry.put(entry());
    const error = await registry.load("ranker", "ffffffffffff").catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "version-unknown" });
    expect((error as { hint: string }).hint).toContain(version);
    await expect(registry.load("ranker", "../../etc/passwd")).rejects.toMatchObject({ code: "version-unknown" });
    await expect(registry.load("../ranker", version)).rejects.toMatchObject({ code: "model-name-invalid" });
  });

  it("says when a file is missing", async () => {
    const { version, manifest } = await registry.put(entry());
    await rm(join(folder, "blobs", manifest.identity.onnx.sha256));
    await expect(registry.load("ranker", version)).rejects.toMatchObject({ code: "artifact-missing" });
  });
});

describe("removing what nothing refers to", () => {
  const muchLater = new Date("2100-01-01");

  it("keeps what a manifest refers to and deletes the rest", async () => {
    const kept = await registry.put(entry());
    const dropped = await registry.put(entry({ onnx: Buffer.from("another model") }));
    await registry.remove("ranker", dropped.version);
    expect(await registry.removeUnreferenced(muchLater)).toEqual({ files: 1, bytes: 13 });
    expect(await registry.verify()).toEqual([]);
    expect((await registry.list()).map((each) => each.version)).toEqual([kept.version]);
  });

  it("spares young files, which another process may be about to refer to", async () => {
    await registry.blobs.put(Buffer.from("in flight"), new Date());
    expect(await registry.removeUnreferenced(new Date(), 3_600_000)).toEqual({ files: 0, bytes: 0 });
    expect(await registry.removeUnreferenced(muchLater)).toMatchObject({ files: 1 });
  });

  it("deletes nothing while a manifest is unreadable", async () => {
    await registry.put(entry());
    await writeFile(join(folder, "models", "ranker", "0123456789ab.json"), "{");
    await expect(registry.removeUnreferenced(muchLater)).rejects.toMatchObject({ code: "artifact-corrupt" });
  });
});

describe("a full disk", () => {
  it("is 'disk-full', shows nothing half-written, and works again once there is room", async (context) => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", folder], { stdio: "ignore" });
    } catch {
      return context.skip("a tmpfs cannot be mounted here (needs root)");
    }
    try {
      const big = entry({ onnx: Buffer.alloc(1_000_000, 7) });
      await expect(registry.put(big)).rejects.toMatchObject({ code: "disk-full" });
      expect(await registry.list()).toEqual([]);
      expect((await readdir(join(folder, "blobs"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      await registry.put(entry());
      expect(await registry.verify()).toEqual([]);
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  it("reports a folder that cannot be written as such", async () => {
    // Not by its permissions, which do not stop root: a file stands where the folder should.
    await writeFile(join(folder, "taken"), "");
    await expect(new Registry(join(folder, "taken", "registry")).put(entry())).rejects.toMatchObject({ code: "file-not-written" });
  });
});
