import { afterEach, describe, expect, it } from "vitest";
import type { Route } from "../../../runtime/rollout/exposure.ts";
import type { Router } from "../../../runtime/serving/routing.ts";
import { call, column, get, literal, openShop, post, tensors, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

let shop: Shop;
afterEach(async () => { await shop.close(); });

/** 64 × 64 matrices, multiplied this often: a few tenths of a second. */
const slow = 8_000;

describe("when the model cannot answer", () => {
  it("in time, the fallback does, and says so; the server goes on answering meanwhile", async () => {
    shop = await openShop({ service: { timeoutMs: 30 } });
    const version = await shop.register(0.1, { spins: slow });
    const { url } = await shop.serve([version]);
    const slowAnswer = post(`${url}/v2/models/ranker/infer`, tensors([wool, { ...wool, sku: "silk" }]));
    expect((await get(`${url}/v2/health/live`)).status).toBe(200);
    const { status, body } = await slowAnswer;
    expect(status).toBe(200);
    expect(body.parameters).toEqual({ version, arm: "live", fallback: true, fallback_reason: "timeout" });
    expect(body.outputs[0].data).toEqual([expect.closeTo(0.3, 6), expect.closeTo(0.07, 6)]);
  });

  it("in time, and there is no fallback: 504", async () => {
    shop = await openShop({ otherwise: null, service: { timeoutMs: 30 } });
    const { url } = await shop.serve([await shop.register(0.1, { spins: slow })]);
    expect(await post(`${url}/predict`, wool)).toMatchObject({ status: 504, body: { code: "timeout", hint: expect.stringContaining("otherwise") } });
  });

  it("because its answer is no number, the fallback does, and the failure is counted", async () => {
    shop = await openShop();
    const version = await shop.register(2e38);
    const { url } = await shop.serve([version]);
    expect((await post(`${url}/predict`, { ...wool, position: 3 })).body).toMatchObject({ prediction: expect.closeTo(0.3, 6), fallback: "model-output-invalid" });
    expect((await get(`${url}/metrics`)).body).toMatch(/mlspec_model_failures_total\{[^}]*code="model-output-invalid"[^}]*\} 1/);
  });

  it("because none is live, the fallback does", async () => {
    shop = await openShop();
    const { url } = await shop.serve([]);
    expect((await post(`${url}/predict`, { sku: "wool" })).body).toMatchObject({ prediction: expect.closeTo(0.3, 6), version: null, fallback: "no-version" });
    expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
    expect((await get(`${url}/v2/models/ranker`)).body.inputs).toEqual([
      { name: "sku", datatype: "BYTES", shape: [-1, 1], optional: false }, { name: "shopper_id", datatype: "BYTES", shape: [-1, 1], optional: true },
      { name: "popularity.sales", datatype: "INT64", shape: [-1, 1], optional: true },
    ]);
  });

  it("because none is live, and there is no fallback: 503, and not ready", async () => {
    shop = await openShop({ otherwise: null });
    const { url } = await shop.serve([]);
    expect(await post(`${url}/predict`, wool)).toMatchObject({ status: 503, body: { code: "no-version" } });
    expect((await get(`${url}/v2/health/ready`)).status).toBe(503);
  });

  it("because none is live, and the fallback has no value whatever is asked: not ready", async () => {
    shop = await openShop({ otherwise: call("divide", "float", literal(1), literal(0)) });
    const { url } = await shop.serve([]);
    expect(await get(`${url}/v2/health/ready`)).toMatchObject({ status: 503, body: { ready: false, problems: ["no version is loaded, and the fallback popular has no value for any request"] } });
    expect(await post(`${url}/predict`, wool)).toMatchObject({ status: 503, body: { code: "fallback-null" } });
  });

  it("because none is live, and the fallback has had no value so far: degraded, until it has one", async () => {
    shop = await openShop({ otherwise: column("price", "float") });
    const { url } = await shop.serve([]);
    const ready = async (): Promise<unknown> => (await get(`${url}/v2/health/ready`)).body as unknown;
    expect(await ready()).toMatchObject({ ready: true, degraded: false, problems: [] });
    expect(await post(`${url}/predict`, { sku: "wool" })).toMatchObject({ status: 503, body: { code: "fallback-null" } });
    expect(await ready()).toMatchObject({ ready: true, degraded: true, problems: ["no version is loaded, and the fallback popular had no value for any of the 1 rows that it was asked about"] });
    expect(await post(`${url}/predict`, { sku: "wool", price: 3 })).toMatchObject({ status: 200, body: { prediction: 3 } });
    expect(await ready()).toMatchObject({ ready: true, degraded: false, problems: [] });
  });

  it.each([
    ["a constant", literal(0.25), wool, 0.25],
    ["a text's condition", { op: "if", type: { kind: "float", nullable: false }, when: call("equal", "bool", column("country", "string", true), literal("NZ", "string")), then: literal(0.9), else: literal(0.1) } as const, wool, 0.9],
    ["a bool", call("greater", "bool", column("price", "float"), literal(10)), wool, 1],
    ["a column that is missing, with a default", call("coalesce", "float", column("popularity.rating", "float", true), literal(3)), { ...wool, sku: "silk" }, 3],
    ["a feature that the store has and the request says is missing", call("coalesce", "float", column("popularity.rating", "float", true), literal(3)), { ...wool, "popularity.rating": null }, 3],
    ["a feature that is never missing, with a null in its place", call("coalesce", "float", column("popularity.sales", "int"), literal(3)), { ...wool, "popularity.sales": null }, 30],
    ["a feature that the store has and the request does not name", call("coalesce", "float", column("popularity.rating", "float", true), literal(3)), wool, 4.5],
  ])("the fallback may be %s", async (_, otherwise, request, expected) => {
    shop = await openShop({ otherwise });
    const { url } = await shop.serve([]);
    expect((await post(`${url}/predict`, request)).body.prediction).toBeCloseTo(expected, 6);
  });

  it("and the fallback has no value either: 503", async () => {
    shop = await openShop({ otherwise: column("popularity.rating", "float", true) });
    const { url } = await shop.serve([]);
    expect(await post(`${url}/predict`, { sku: "silk" })).toMatchObject({ status: 503, body: { code: "fallback-null" } });
  });

  it("because the router names a version that is not loaded, the fallback does", async () => {
    shop = await openShop();
    const version = await shop.register(0.1);
    const route: Route = { serve: "0123456789ab", shadow: null, exposure: null, shadowExposure: null };
    const { url } = await shop.serve([version], { router: { unit: () => null, route: () => route } });
    expect((await post(`${url}/predict`, wool)).body).toMatchObject({ fallback: "version-not-loaded" });
  });
});

describe("old features", () => {
  it("are used, and named in the answer and the metrics", async () => {
    shop = await openShop();
    await shop.online.replaceView({ view: "popularity", columns: ["sales", "rating"], asOfMs: Date.now() - 7_200_000, maxAgeMs: 3_600_000, rows: [{ key: "wool", values: { sales: 30, rating: 4 } }] });
    const { url } = await shop.serve([await shop.register(0.1)]);
    expect((await post(`${url}/predict`, wool)).body).toMatchObject({ prediction: expect.closeTo(0.33, 6), stale: ["popularity"] });
    expect((await get(`${url}/metrics`)).body).toMatch(/mlspec_online_stale_total\{[^}]*view="popularity"[^}]*\} 1/);
  });
});

describe("a rollout", () => {
  const exposure = (arm: "candidate" | "control") => ({ rollout: "r1", stage: 1, arm });
  const split = (live: string, candidate: string): Router => ({
    unit: () => "shopper_id",
    route: (unit) => (unit === "ada"
      ? { serve: candidate, shadow: null, exposure: exposure("candidate"), shadowExposure: null }
      : { serve: live, shadow: null, exposure: exposure("control"), shadowExposure: null }),
  });

  it("answers each unit by its arm, even within one request, and reports what happened", async () => {
    shop = await openShop();
    const [live, candidate] = [await shop.register(0.1), await shop.register(0.2)];
    const { url } = await shop.serve([live, candidate], { router: split(live, candidate) });
    const { body } = await post(`${url}/predict`, { rows: [wool, { ...wool, shopper_id: "bob" }, wool] });
    expect((body.predictions as { version: string; arm: string }[]).map(({ version, arm }) => [version, arm])).toEqual([[candidate, "r1/1/candidate"], [live, "r1/1/control"], [candidate, "r1/1/candidate"]]);
    expect(shop.observations.map(({ exposure: { arm }, unit, failed }) => [arm, unit, failed]).sort()).toEqual([["candidate", "ada", false], ["control", "bob", false]]);
  });

  it("counts a failing candidate's failures although the fallback answers", async () => {
    shop = await openShop();
    const [live, candidate] = [await shop.register(0.1), await shop.register(2e38)];
    const { url } = await shop.serve([live, candidate], { router: split(live, candidate) });
    expect((await post(`${url}/predict`, wool)).body.fallback).toBe("model-output-invalid");
    expect(shop.observations).toMatchObject([{ exposure: { arm: "candidate" }, failed: true }]);
  });

  it("blames a candidate, not its users, when it asks for more than they send", async () => {
    const { shopSpec } = await import("./shop.ts");
    const reads = [column("position", "int"), column("popularity.sales", "int")];
    shop = await openShop({ reads });
    const live = await shop.register(0.1);
    const candidate = await shop.register(0.1, { spec: shopSpec({ reads: [...reads, column("price", "float")] }) });
    const { url } = await shop.serve([live, candidate], { router: split(live, candidate) });
    const without = { sku: "wool", shopper_id: "ada", position: 3 };
    expect(await post(`${url}/predict`, without)).toMatchObject({ status: 200, body: { fallback: "field-missing" } });
    expect(shop.observations).toMatchObject([{ exposure: { arm: "candidate" }, failed: true }]);
    expect((await post(`${url}/predict`, { shopper_id: "ada" })).status).toBe(400);
  });

  it("mirrors to a shadow beside the answer and reports the difference", async () => {
    shop = await openShop();
    const [live, candidate] = [await shop.register(0.1), await shop.register(0.2)];
    const seen = Promise.withResolvers<void>();
    const router: Router = { unit: () => null, route: () => ({ serve: live, shadow: candidate, exposure: exposure("control"), shadowExposure: exposure("candidate") }) };
    const observer = { observe: (o: (typeof shop.observations)[number]) => { shop.observations.push(o); if (shop.observations.length === 2) seen.resolve(); }, outcome: () => undefined, leftOut: () => undefined, uncounted: () => undefined, settled: () => Promise.resolve() };
    const { url } = await shop.serve([live, candidate], { router, observer });
    expect((await post(`${url}/predict`, wool)).body).toMatchObject({ version: live, prediction: expect.closeTo(0.33, 6) });
    await seen.promise;
    expect(shop.observations).toMatchObject([
      { exposure: { arm: "control" }, failed: false, difference: null }, { exposure: { arm: "candidate" }, failed: false, difference: expect.closeTo(0.3, 5) },
    ]);
  });

  it("loads and unloads versions without a dropped request", async () => {
    shop = await openShop({ otherwise: null });
    const versions = [await shop.register(0.1), await shop.register(0.2)];
    let live = versions[0] ?? "";
    const { url, server } = await shop.serve([live], { router: { unit: () => null, route: () => ({ serve: live, shadow: null, exposure: null, shadowExposure: null }) } });
    let going = true;
    const clients = Array.from({ length: 8 }, async () => {
      const seen = new Set<string>();
      while (going) {
        const { status, body } = await post(`${url}/predict`, wool);
        seen.add(status === 200 ? "answered" : `${status} ${body.code}`);
      }
      return [...seen];
    });
    for (let round = 1; round <= 10; round++) {
      const next = versions[round % 2] ?? "";
      const before = live;
      await server.load(next);
      live = next;
      await server.unload(before);
      await post(`${url}/predict`, wool);
    }
    going = false;
    expect((await Promise.all(clients)).flat()).toEqual(new Array(8).fill("answered"));
    expect(server.loaded()).toEqual([live]);
  });
});
