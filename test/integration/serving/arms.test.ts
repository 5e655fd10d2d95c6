import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { createRouter } from "../../../runtime/rollout/router.ts";
import { noObserver, rolloutRouter } from "../../../runtime/serving/routing.ts";
import type { Observer, Router } from "../../../runtime/serving/routing.ts";
import { longestPieceMs } from "../../../runtime/serving/turns.ts";
import type { Observation } from "../../../runtime/rollout/exposure.ts";
import { get, openShop, post, wool } from "./shop.ts";
import type { Shop, ShopOptions } from "./shop.ts";

let shop: Shop;
afterEach(async () => { await shop.close(); });

const shoppers = (request: number, count = 250) => ({ rows: Array.from({ length: count }, (_, i) => ({ ...wool, shopper_id: `${request} ${i}` })) });

/** A server in a rollout at a share of `traffic`, and what the rollout was told so far. */
async function inRollout(options: ShopOptions, models: readonly Parameters<Shop["register"]>[], traffic: number): Promise<{ url: string; seen: Observation[]; next: () => Promise<Observation>; leftOut: () => number }> {
  shop = await openShop(options);
  const [live = "", candidate = ""] = [await shop.register(...(models[0] ?? [0.1])), await shop.register(...(models[1] ?? [0.2]))];
  const router = createRouter("recommend");
  router.publish({ service: "recommend", live, rollout: { id: "release-1", candidate, stage: 0, traffic, unit: "shopper_id", isUnitPersonal: null, draw: "release-1", tolerances: [], mirrored: traffic === 0 ? [0] : [] } });
  const seen: Observation[] = [];
  const waiting: ((observation: Observation) => void)[] = [];
  let leftOut = 0;
  const observer: Observer = {
    ...noObserver,
    observe: (observation) => {
      seen.push(observation);
      waiting.shift()?.(observation);
    },
    uncounted: () => undefined,
    leftOut: (_exposure, requests) => { leftOut += requests; },
  };
  const { url } = await shop.serve([live, candidate], { router: rolloutRouter(router), observer });
  return { url, seen, next: () => new Promise((resolve) => { waiting.push(resolve); }), leftOut: () => leftOut };
}

describe("a request of many shoppers is one piece of evidence", () => {
  it("each arm is told of it once, and one of its shoppers stands for it", async () => {
    const { url, seen } = await inRollout({}, [[0.1], [0.2]], 0.1);
    for (let request = 0; request < 20; request++) expect((await post(`${url}/predict`, shoppers(request))).status).toBe(200);
    expect(seen.filter(({ exposure }) => exposure.arm === "control")).toHaveLength(20);
    expect(seen.filter(({ exposure }) => exposure.arm === "candidate")).toHaveLength(20);
    expect(seen.filter(({ standsForRequest }) => standsForRequest === true)).toHaveLength(20);
    expect(seen.reduce((sum, { predictions = 0 }) => sum + predictions, 0)).toBe(20 * shoppers(0).rows.length);
  });

  it("when its candidate fails, that is one failure", async () => {
    const { url, seen } = await inRollout({}, [[0.1], [2e38]], 0.1);
    const { body } = await post(`${url}/predict`, shoppers(0));
    expect((body.predictions as { fallback: string | null }[]).filter(({ fallback }) => fallback === "model-output-invalid").length).toBeGreaterThan(5);
    expect(seen.map(({ exposure, failed }) => [exposure.arm, failed]).sort()).toEqual([["candidate", true], ["control", false]]);
  });

  it("a shopper whose values break the model breaks it for nobody else", async () => {
    const { url } = await inRollout({}, [[1e38], [1e38]], 0.1);
    const rows = [wool, { ...wool, position: 9 }, wool].map((row, i) => ({ ...row, position: i === 1 ? 9 : 1, shopper_id: String(i) }));
    const { body } = await post(`${url}/predict`, { rows });
    expect((body.predictions as { fallback: string | null }[]).map(({ fallback }) => fallback)).toEqual([null, "model-output-invalid", null]);
  });
});

describe("a late answer", () => {
  it("is the version's failure when its own computing took too long", async () => {
    // Some 0.2 s of computing.
    const { url, seen } = await inRollout({ service: { timeoutMs: 100 } }, [[0.1], [0.2, { spins: 60_000 }]], 1);
    // A busy machine may leave it no time at all, and then it is not the version's: sooner or later it has some.
    for (let request = 0; request < 50 && seen.length === 0; request++) expect((await post(`${url}/predict`, wool)).body.fallback).toBe("timeout");
    expect(seen[0]).toMatchObject({ exposure: { arm: "candidate" }, failed: true });
  });

  it("counts in no arm when the request waited for the server, and its wait is measured from the socket", async () => {
    const { url, seen } = await inRollout({ service: { timeoutMs: 200 } }, [[0.1], [0.2]], 0.5);
    await post(`${url}/predict`, wool);
    const before = seen.length;
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, "connect");
    // Let the server accept it, so that what waits is the request.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const body = JSON.stringify(wool);
    socket.write(`POST /predict HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const stalledAt = performance.now();
    while (performance.now() - stalledAt < 600); // everything stands still: a collection of garbage, a busy machine
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/"fallback":"timeout"/);
    expect(seen).toHaveLength(before);
    const { body: metrics } = await get(`${url}/metrics`);
    expect(metrics).toMatch(/mlspec_uncounted_total\{[^}]*code="server"[^}]*\} 1/);
    expect(Number(/mlspec_request_seconds_sum\{[^}]*\} (\S+)/.exec(metrics as string)?.[1])).toBeGreaterThan(0.5);
  });
});

describe("a version that is new", () => {
  it("answers its first request of a few rows in one run, as it does later", async () => {
    // Some 40 ms for a run, whatever its rows: with what one row takes alone it would be four runs of one.
    const { url } = await inRollout({ service: { timeoutMs: 1_000 } }, [[0.1, { spins: 8_000 }], [0.2, { spins: 8_000 }]], 1);
    await post(`${url}/predict`, shoppers(0, 4));
    const { body } = await get(`${url}/metrics`);
    expect(body).toMatch(/mlspec_batch_rows_count\{[^}]*\} 1\n/);
  });
});

describe("a shadow", () => {
  it("that fails disagrees, and says so in a few words", async () => {
    const { url, next } = await inRollout({}, [[0.1], [2e38]], 0);
    const requests = 30;
    for (let request = 0; request < requests; request++) {
      const both = [next(), next()];
      await post(`${url}/predict`, { ...wool, shopper_id: String(request) });
      const [first, second] = await Promise.all(both);
      const mirrored = [first, second].find((each) => each?.exposure.arm === "candidate");
      expect(mirrored).toMatchObject({ failed: true, difference: Infinity });
    }
    // The 1st and the 10th time.
    expect(shop.trouble).toHaveLength(2);
  });

  const ofCandidate = (seen: readonly Observation[]): readonly Observation[] => seen.filter(({ exposure }) => exposure.arm === "candidate");
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  /** That many connections, and on each of them a request, all sent before the server can look at one. */
  async function atOnce(url: string, count: number): Promise<void> {
    const { hostname, port } = new URL(url);
    const sockets = await Promise.all(Array.from({ length: count }, async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      return socket;
    }));
    const body = JSON.stringify(wool);
    const answers = sockets.map((socket) => once(socket, "data"));
    for (const socket of sockets) socket.write(`POST /predict HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    for (const [answer] of await Promise.all(answers)) expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of sockets) socket.destroy();
  }

  it("has more time than an answer while the server is busy, since nobody waits for it", async () => {
    const { url, seen, leftOut } = await inRollout({ service: { timeoutMs: 50 } }, [[0.1], [0.2]], 0);
    // No round of the loop is shorter than the timeout.
    let busy = setImmediate(function hold() {
      const heldUntil = performance.now() + 60;
      while (performance.now() < heldUntil);
      busy = setImmediate(hold);
    });
    for (let request = 0; request < 3; request++) await post(`${url}/predict`, wool);
    await until(() => ofCandidate(seen).length + leftOut() === 3);
    clearImmediate(busy);
    expect(leftOut()).toBe(0);
  });

  it("waits until nobody waits for an answer", async () => {
    shop = await openShop();
    const [live, candidate] = [await shop.register(0.1), await shop.register(0.2)];
    const events: string[] = [];
    const exposure = { rollout: "release-1", stage: 0, arm: "control" } as const;
    const router: Router = {
      unit: () => null,
      route: () => {
        events.push("begun");
        const heldUntil = performance.now() + longestPieceMs + 1;
        while (performance.now() < heldUntil);
        return { serve: live, shadow: candidate, exposure, shadowExposure: { ...exposure, arm: "candidate" } };
      },
    };
    const { url } = await shop.serve([live, candidate], { router, observer: { ...noObserver, observe: ({ exposure: { arm } }) => { events.push(arm); } } });
    await atOnce(url, 20);
    await until(() => events.filter((event) => event === "candidate").length === 20);
    expect(events.indexOf("candidate")).toBeGreaterThan(events.lastIndexOf("begun"));
  });

  it("that is slow by itself fails, though nobody waits for it", async () => {
    const { url, next } = await inRollout({ service: { timeoutMs: 30 } }, [[0.1], [0.2, { spins: 20_000 }]], 0);
    const both = [next(), next()];
    await post(`${url}/predict`, wool);
    expect(ofCandidate(await Promise.all(both))).toMatchObject([{ failed: true, difference: Infinity }]);
  });
});
