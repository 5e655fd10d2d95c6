/** Whoever holds all connections that there is room for must not keep others out, nor take the descriptors of the server's own files. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { get, openShop, post, wool, type Shop } from "./shop.ts";

const sockets: Socket[] = [];
let shop: Shop | undefined;
let child: ChildProcess | undefined;
let folder = "";
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  if (child !== undefined) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  await shop?.close();
  [shop, child] = [undefined, undefined];
});

const portOf = (url: string): number => Number(new URL(url).port);
async function opened(url: string, says = ""): Promise<Socket> {
  const socket = connect({ port: portOf(url), host: "127.0.0.1" }).on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  if (says !== "") socket.write(says);
  return socket;
}
/** A request whose body does not come; the server has told that it waits for it. */
async function asking(url: string): Promise<Socket> {
  const socket = await opened(url, "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  expect((await once(socket, "data")).toString()).toMatch(/^HTTP\/1\.1 100 /);
  return socket;
}
/** On a connection that is open already: the newcomer's own must not be what frees a place, or is refused. */
async function ask(socket: Socket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return ((await once(socket, "data")) as [Buffer]).toString();
}
const counted = (metrics: string, what: string): number => Number(new RegExp(`mlspec_connections_lost_total\\{what="${what}"[^}]*\\} (\\d+)`).exec(metrics)?.[1] ?? 0);

it("a process with few descriptors serves newcomers though more silent clients come than it has descriptors, and has some left for its files", async () => {
  folder = mkdtempSync(join(tmpdir(), "mlspec-few-"));
  child = spawn("bash", ["-c", 'ulimit -n 256 && exec "$0" "$@"', process.execPath, join(import.meta.dirname, "limited-process.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! });
  const [url] = (await once(lines, "line")) as [string];
  for (let i = 0; i < 400; i++) await opened(url);
  expect((await get(`${url}/v2/health/live`)).status).toBe(200);
  expect((await post(`${url}/predict`, wool)).status).toBe(200);
  const metrics = (await get(`${url}/metrics`)).body as string;
  expect(counted(metrics, "quiet")).toBeGreaterThan(200);
  expect(Number(/mlspec_connections_most\{[^}]*\} (\d+)/.exec(metrics)?.[1])).toBeLessThan(256 - 64);
});

describe("with room for eight", () => {
  it("those that were quiet for longest give way, never one that is asking", async () => {
    shop = await openShop();
    const { url } = await shop.serve([await shop.register(0.1)], { limits: { connections: 8, requestTimeoutMs: 600_000 } });
    const busy = await asking(url);
    const kept = await opened(url);
    const first = await opened(url);
    const gone = once(first, "close");
    first.resume();
    expect(await ask(kept, "/v2/health/live")).toContain("200 OK");
    for (let i = 0; i < 20; i++) {
      await opened(url);
      expect(await ask(kept, "/v2/health/live")).toContain("200 OK"); // it has asked since the others came
    }
    await gone;
    expect(busy.destroyed || kept.destroyed).toBe(false);
    busy.write(`{${" ".repeat(998)}}`);
    expect((await once(busy, "data")).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("those give way, too, that asked for more than one thing at once", async () => {
    shop = await openShop();
    const { url } = await shop.serve([], { limits: { connections: 8, requestTimeoutMs: 600_000 } });
    const live = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const twice = await opened(url, `${live}${live}`);
    let answers = "";
    twice.on("data", (data: Buffer) => { answers += data.toString(); });
    await expect.poll(() => answers.match(/200 OK/g)).toHaveLength(2);
    const kept = await opened(url);
    for (let i = 0; i < 20; i++) {
      expect(await ask(kept, "/v2/health/live")).toContain("200 OK");
      await opened(url);
    }
    await expect.poll(() => twice.closed, { timeout: 30_000 }).toBe(true); // long before it is closed as one that was kept alive in vain
  });

  it("refuses a newcomer when all are asking, counts it, tells it once, and takes the next when there is room again", async () => {
    shop = await openShop();
    const told: string[] = [];
    const { url, server } = await shop.serve([], { limits: { connections: 8, requestTimeoutMs: 600_000, bodyPace: { everyMs: 1e9, bytes: 1 } }, onTrouble: (error, doing) => { told.push(`${doing}: ${String(error)}`); } });
    const busy: Socket[] = [];
    for (let i = 0; i < 8; i++) busy.push(await asking(url));
    for (let i = 0; i < 5; i++) {
      const refused = connect({ port: portOf(url), host: "127.0.0.1" }).on("error", () => undefined);
      sockets.push(refused);
      await once(refused, "close");
    }
    expect(counted(await server.metrics.register.metrics(), "refused")).toBe(5);
    expect(told).toEqual([expect.stringContaining("All 8 connections that there is room for are taken: a newcomer was refused")]);
    busy[0]!.destroy();
    await expect.poll(() => get(`${url}/v2/health/live`).then(({ status }) => status, () => 0)).toBe(200);
  });
});
