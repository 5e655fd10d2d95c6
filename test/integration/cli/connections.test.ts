/** `mlspec serve` and clients that connect and then say nothing, too little, or go: they cost nothing once they are gone, and keep no server from ending. */
import { readdir, readlink } from "node:fs/promises";
import { request } from "node:https";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { selfSigned } from "../serving/certificate.ts";
import { start, type Started } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

type Listening = Extract<ServeEvent, { type: "listening" }>;

let shop: Project;
const { cert, key } = selfSigned();
const running: Started[] = [];
beforeAll(async () => {
  shop = await project();
  await shop.write("cert.pem", cert);
  await shop.write("key.pem", key);
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => shop.remove());

type Serving = Started & { readonly url: string; readonly port: number };
async function serve(...args: string[]): Promise<Serving> {
  const started = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...args]);
  running.push(started);
  const { url } = await started.event<Listening>("listening");
  return { ...started, url, port: Number(new URL(url).port) };
}
const serveTls = (): Promise<Serving> => serve("--tls-cert", "cert.pem", "--tls-key", "key.pem");

const health = (url: string): Promise<number> => url.startsWith("https:")
  ? new Promise((resolve, reject) => { request(`${url}/v2/health/live`, { ca: cert, agent: false }, (response) => { resolve(response.resume().statusCode ?? 0); }).on("error", reject).end(); })
  : fetch(`${url}/v2/health/live`, { headers: { connection: "close" } }).then(({ status }) => status);

/** What the server said to a client before the connection was closed. */
const said = new WeakMap<Socket, string>();
const listening = (socket: Socket): Socket => socket.on("error", () => undefined).on("data", (piece: Buffer) => said.set(socket, (said.get(socket) ?? "") + piece.toString("latin1")));

async function opened(port: number, bytes?: string | Buffer): Promise<Socket> {
  const socket = listening(connect({ port, host: "127.0.0.1" }));
  await new Promise((resolve) => socket.once("connect", resolve));
  if (bytes !== undefined) await new Promise((resolve) => socket.write(bytes, resolve));
  return socket;
}

/** What a client sends first in TLS. */
async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const { createServer } = await import("node:net");
  const listener = createServer((socket) => { socket.once("data", resolve); }).listen(0, "127.0.0.1");
  await new Promise((listening) => listener.once("listening", listening));
  const client = connectTls({ port: (listener.address() as { port: number }).port, host: "127.0.0.1", rejectUnauthorized: false }).on("error", () => undefined);
  const hello = await promise;
  client.destroy();
  listener.close();
  return hello;
}

const socketsOf = async (pid: number): Promise<number> => {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "")));
  return targets.filter((target) => target.startsWith("socket:")).length;
};

describe.skipIf(process.platform !== "linux")("a client that goes leaves nothing behind, with TLS", () => {
  test("before its ClientHello, in it, after it", async () => {
    const server = await serveTls();
    const hello = await clientHello();
    await health(server.url);
    const before = await socketsOf(server.child.pid!);
    for (const bytes of [undefined, hello.subarray(0, 1), hello.subarray(0, hello.length >> 1), hello, Buffer.from("GET / HTTP/1.1\r\n\r\n")]) {
      for (let i = 0; i < 10; i++) (await opened(server.port, bytes)).end();
    }
    expect(await health(server.url)).toBe(200); // whoever came before was met before
    await expect.poll(() => socketsOf(server.child.pid!), { timeout: 20_000 }).toBeLessThanOrEqual(before);
  });
});

describe("SIGTERM ends a server, whatever is connected to it", () => {
  const halfHead = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-";

  test("with TLS: silent, in the middle of a handshake, with half a request, idle, gone", async () => {
    const server = await serveTls();
    const secure = (): Promise<Socket> => new Promise((resolve) => {
      const socket = connectTls({ port: server.port, host: "127.0.0.1", ca: cert }, () => { resolve(listening(socket)); });
    });
    const sockets = [await opened(server.port), await opened(server.port, Buffer.from([0x16])), await secure(), await secure()];
    sockets[2]!.write(halfHead);
    (await opened(server.port, Buffer.from([0x16]))).end();
    expect(await health(server.url)).toBe(200);
    await endsFor(server, sockets);
  });

  test("without: silent, with half a request, idle", async () => {
    const server = await serve();
    const sockets = [await opened(server.port), await opened(server.port, halfHead), await opened(server.port, "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")];
    await new Promise((resolve) => sockets[2]!.once("data", resolve));
    await endsFor(server, sockets);
  });

  /** Because it was told to, not because the time for a request was over (which is told: 408). */
  async function endsFor({ child, ended }: Serving, sockets: readonly Socket[]): Promise<void> {
    child.kill("SIGTERM");
    const { code, out, err } = await ended;
    for (const socket of sockets) socket.destroy();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ type: "stopped" });
    expect(sockets.filter((socket) => said.get(socket)?.includes(" 408 "))).toEqual([]);
  }
});
