import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Router } from "../../../runtime/serving/routing.ts";
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
