import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Router } from "../../../runtime/serving/routing.ts";
import { LoadedFiles } from "../../../runtime/serving/loaded-files.ts";
import type { OpenVersion } from "../../../runtime/serving/versions.ts";
import { get, openShop, post, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

let shop: Shop;
afterEach(async () => { await shop.close(); });

async function corruptModel(version: string): Promise<string> {
  const { identity } = await shop.registry.manifest("ranker", version);
  const path = join(shop.folder, "registry", "blobs", identity.onnx.sha256);
  const bytes = readFileSync(path);
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  return path;
}

describe("starting", () => {
  it("is refused with a model file that is damaged, naming it; nothing is left behind", async () => {
    shop = await openShop();
    const [good, bad] = [await shop.register(0.1), await shop.register(0.2)];
    const path = await corruptModel(bad);
    await expect(shop.serve([bad])).rejects.toMatchObject({ code: "artifact-corrupt", where: { file: path } });
    await expect(shop.serve(["0123456789ab"])).rejects.toMatchObject({ code: "version-unknown" });
    expect((await post(`${(await shop.serve([good])).url}/predict`, wool)).status).toBe(200);
  });

  it("takes a spec of an earlier day with a timeout that no timer can wait for", async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => { warnings.push(name); };
    process.on("warning", note);
    shop = await openShop({ service: { timeoutMs: 30 * 86_400_000, log: { flushMs: 60 * 86_400_000, hashPii: true, retainMs: null } } });
    const { url } = await shop.serve([await shop.register(0.1)]);
    expect((await post(`${url}/predict`, wool)).status).toBe(200);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("is refused on a port that is in use", async () => {
    shop = await openShop();
    const version = await shop.register(0.1);
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { server } = await shop.serve([version]);
    await expect(server.listen({ port })).rejects.toBeDefined(); // this one listens already
    await server.close();
    const { createServer } = await import("../../../runtime/serving/server.ts");
    const { fixedRouter, noObserver } = await import("../../../runtime/serving/routing.ts");
    const { access, wallClock } = await import("./shop.ts");
    const second = await createServer({
      spec: shop.spec, service: "recommend", registry: shop.registry, online: shop.online, router: fixedRouter(version), observer: noObserver, versions: [version],
      logFolder: shop.logFolder, access, clock: wallClock, newId: () => "x",
    });
    await expect(second.listen({ port })).rejects.toMatchObject({ code: "port-in-use", hint: expect.stringContaining("--port") });
    await second.close();
    other.close();
  });

  it("is refused for a service or a fallback that is not declared", async () => {
    shop = await openShop({ service: { otherwise: "unheard" } });
    await expect(shop.serve([])).rejects.toMatchObject({ code: "fallback-unknown" });
    await expect(shop.serve([], { service: "other" })).rejects.toMatchObject({ code: "service-unknown" });
  });
});

describe("a version that cannot be loaded while serving", () => {
  it("changes nothing: the version before goes on", async () => {
    shop = await openShop();
    const [good, bad] = [await shop.register(0.1), await shop.register(0.2)];
    await corruptModel(bad);
    const { url, server } = await shop.serve([good]);
    await expect(server.load(bad)).rejects.toMatchObject({ code: "artifact-corrupt" });
    expect(server.loaded()).toEqual([good]);
    expect((await post(`${url}/predict`, wool)).body).toMatchObject({ version: good, fallback: null });
  });
});

describe("stopping", () => {
  it("answers what is under way, refuses what comes after, and then closes the port", async () => {
    shop = await openShop({ service: { timeoutMs: 60_000 } });
    const version = await shop.register(0.1, { spins: 10_000 });
    const asked = Promise.withResolvers<void>();
    const router: Router = { unit: () => null, route: () => { asked.resolve(); return { serve: version, shadow: null, exposure: null, shadowExposure: null }; } };
    const { url, server } = await shop.serve([version], { router });
    const slow = post(`${url}/predict`, wool);
    await asked.promise;
    const closed = server.close();
    const late = await fetch(`${url}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(wool) });
    expect([late.status, await late.json(), late.headers.get("connection")]).toEqual([503, expect.objectContaining({ code: "draining" }), "close"]);
    expect(await get(`${url}/v2/health/ready`)).toEqual({ status: 503, body: { live: true, ready: false, degraded: false, live_version: version, answering_version: version, problems: ["shutting down"] } });
    expect((await get(`${url}/v2/health/live`)).status).toBe(200);
    expect(await slow).toMatchObject({ status: 200, body: { fallback: null } });
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("the files of a version that is served", () => {
  const files = (version: string): Promise<Record<"manifest" | "onnx", string>> => shop.registry.manifest("ranker", version).then((manifest) => {
    const [path = "", , , onnx = ""] = shop.registry.filesOf(manifest);
    return { manifest: path, onnx };
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it.each([
    ["the model is gone", "onnx", (path: string) => rmSync(path), /model\.onnx .* is not in the registry/],
    ["the model is another", "onnx", (path: string) => writeFileSync(path, "another"), /model\.onnx .* is damaged/],
    ["a folder is in its place", "onnx", (path: string) => { rmSync(path); mkdirSync(path); }, /model\.onnx .* cannot be read/],
    ["the manifest is gone", "manifest", (path: string) => rmSync(path), /There is no version/],
  ] as const)("are looked at while it is: %s", async (_what, part, damage, told) => {
    shop = await openShop();
    const version = await shop.register(0.1);
    const { url, server } = await shop.serve([version], { lookMs: 10 });
    const path = (await files(version))[part];
    const sound = readFileSync(path);
    damage(path);
    await until(() => server.health().degraded);
    expect(server.health()).toMatchObject({ ready: true, answering: version, problems: [expect.stringMatching(new RegExp(`^version ${version} answers from memory, and could not be loaded again: .*${told.source}`))] });
    expect((await get(`${url}/metrics`)).body).toMatch(new RegExp(`^mlspec_model_files_damaged_info\\{version="${version}".*\\} 1$`, "m"));
    expect((await post(`${url}/predict`, wool)).body).toMatchObject({ version, fallback: null });
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, sound);
    await until(() => !server.health().degraded);
    expect((await get(`${url}/metrics`)).body).not.toContain("mlspec_model_files_damaged_info{");
  });

  it("may be touched, or written again as they are: that is no damage", async () => {
    shop = await openShop();
    const version = await shop.register(0.1);
    const { onnx } = await files(version);
    const opened = { version, files: Object.values(await files(version)) } as unknown as OpenVersion;
    const loaded = new LoadedFiles(shop.registry, "ranker", () => [opened]);
    await loaded.look();
    utimesSync(onnx, new Date(), new Date());
    await loaded.look();
    writeFileSync(onnx, readFileSync(onnx));
    await loaded.look();
    expect([...loaded.problems()]).toEqual([]);
    writeFileSync(onnx, "another");
    await loaded.look();
    expect([...loaded.problems().keys()]).toEqual([version]);
  });
});
