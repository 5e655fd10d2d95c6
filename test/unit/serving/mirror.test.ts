import { afterEach, describe, expect, it } from "vitest";
import { createMetrics } from "../../../runtime/serving/metrics.ts";
import { Mirror } from "../../../runtime/serving/mirror.ts";
import type { PredictorParts } from "../../../runtime/serving/parts.ts";
import { noObserver } from "../../../runtime/serving/routing.ts";
import { Turns } from "../../../runtime/serving/turns.ts";

const exposure = { rollout: "release-1", stage: 0, arm: "candidate" } as const;
const idle: (() => void)[] = [];
afterEach(() => { for (const end of idle.splice(0)) end(); });

/** Of a server where somebody always waits for an answer, until `end`: so what is sent waits. The version is unloaded by then: nothing of it is computed. */
function busyMirror() {
  const turns = new Turns(() => performance.now());
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const left = { out: 0 };
  const observer = { ...noObserver, leftOut: (_: unknown, requests: number) => { left.out += requests; } };
  const metrics = createMetrics("recommend", "ranker");
  const mirror = new Mirror({ turns, clock, metrics, observer, versions: { get: () => undefined }, onTrouble: () => undefined } as unknown as PredictorParts);
  let isBusy = true;
  void (async () => { while (isBusy) await turns.next(); })();
  const end = (): void => { isBusy = false; };
  idle.push(end);
  const send = (rows: number, size: number): void => {
    const request = { id: null, rows, columns: new Map(), besides: [], outputs: null, container: () => "body" };
    mirror.send({ request, size, rows: Array.from({ length: rows }, (_, i) => i), unit: null, standsForRequest: true, version: "0123456789ab", exposure, live: [] });
  };
  return { send, left, end, counted: async () => (await metrics.shadows.get()).values };
}

describe("the mirror, while the server is busy", () => {
  it("keeps many small requests", () => {
    const { send, left } = busyMirror();
    for (let i = 0; i < 20_000; i++) send(1, 100);
    expect(left.out).toBe(0);
    send(1, 100);
    expect(left.out).toBe(1);
  });

  it("keeps few large ones: memory is bounded by rows and by what bodies weigh", () => {
    const { send, left } = busyMirror();
    send(1, 5 * 2 ** 20);
    send(1, 5 * 2 ** 20);
    expect(left.out).toBe(1);
    send(19_999, 2 ** 20);
    expect(left.out).toBe(1);
    send(1, 1);
    expect(left.out).toBe(2);
  });

  it("has room again when it has got to them, and tells of those that it kept in vain", async () => {
    const { send, left, end, counted } = busyMirror();
    send(20_000, 100);
    end();
    while (left.out === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    send(20_000, 100);
    expect(left.out).toBe(1);
    expect(await counted()).toMatchObject([{ labels: { outcome: "left out" }, value: 1 }]);
  });
});
