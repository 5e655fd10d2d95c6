/** Connections below the requests that come on them: their limits, and what becomes of them when the server ends. */
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { fixedRouter } from "../../../runtime/serving/routing.ts";
import { readTls } from "../../../runtime/serving/access/tls.ts";
import { selfSigned } from "./certificate.ts";
import { access, get, openShop, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

let shop: Shop;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await shop.close();
});

const { cert, key } = selfSigned();
function tlsOf({ folder }: Shop): ReturnType<typeof readTls> {
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return readTls(files, Date.now);
}
const kept = <S extends Socket>(socket: S): S => (sockets.push(socket.on("error", () => undefined)), socket);
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => { socket.resume().once("close", () => { resolve(); }); });
const portOf = (url: string): number => Number(new URL(url).port);
const body = JSON.stringify(wool);
const head = (length: number): string => `POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
const connections = async (url: string): Promise<number> => Number(/mlspec_in_flight\{what="connections"[^}]*\} (\d+)/.exec((await get(`${url}/metrics`)).body as string)?.[1]);

describe("with TLS", () => {
  it("a handshake that is not done in time is given up, and the client need not go for that", async () => {
    shop = await openShop();
    const { url } = await shop.serve([], { access: { ...access, tls: tlsOf(shop) }, limits: { requestTimeoutMs: 300 } });
    const silent = kept(connect({ port: portOf(url), host: "127.0.0.1", allowHalfOpen: true }));
    const begun = kept(connect({ port: portOf(url), host: "127.0.0.1", allowHalfOpen: true }));
    begun.write(Buffer.from([0x16]));
    const ends = [silent, begun].map((socket) => new Promise((resolve) => { socket.resume().once("end", resolve); }));
    await Promise.all(ends);
  });

  it("a client that has ended its side after the request is answered", async () => {
    shop = await openShop();
    const { url } = await shop.serve([await shop.register(0.1)], { access: { ...access, tls: tlsOf(shop) } });
    const half = { port: portOf(url), host: "127.0.0.1", ca: cert, allowHalfOpen: true };
    const socket = kept(connectTls(half));
    let answer = "";
    socket.on("data", (piece: Buffer) => { answer += piece.toString(); });
    socket.once("secureConnect", () => { socket.end(head(Buffer.byteLength(body)) + body); });
    await closed(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it("connections are counted, whatever they carry", async () => {
  shop = await openShop();
  const { url } = await shop.serve([]);
  const silent = Array.from({ length: 10 }, () => kept(connect({ port: portOf(url), host: "127.0.0.1" })));
  await expect.poll(() => connections(url)).toBeGreaterThanOrEqual(10);
  for (const socket of silent) socket.destroy();
  await expect.poll(() => connections(url)).toBeLessThan(10);
});

describe("a server that ends", () => {
  it("waits so long and no longer for a body that does not come", async () => {
    shop = await openShop();
    const { url, server } = await shop.serve([], { lingerMs: 50, limits: { bodyPace: { everyMs: 1e9, bytes: 1 }, requestTimeoutMs: 1e9 } });
    const slow = kept(connect({ port: portOf(url), host: "127.0.0.1" }));
    slow.write(`${head(1_000)}{`);
    await expect.poll(async () => /what="requests"[^}]*\} 1/.test((await get(`${url}/metrics`)).body as string)).toBe(true);
    const broken = closed(slow);
    await server.close();
    await broken;
  });

  it("gives whoever was asking their answer first", async () => {
    shop = await openShop({ service: { timeoutMs: 60_000 } });
    const version = await shop.register(0.1, { spins: 10_000 });
    const asked = Promise.withResolvers<void>();
    const { url, server } = await shop.serve([version], { router: { unit: () => null, route: (unit, id) => { asked.resolve(); return fixedRouter(version).route(unit, id); } } });
    const [busy, silent] = [kept(connect({ port: portOf(url), host: "127.0.0.1" })), kept(connect({ port: portOf(url), host: "127.0.0.1" }))];
    let answer = "";
    busy.on("data", (piece: Buffer) => { answer += piece.toString(); });
    busy.write(head(Buffer.byteLength(body)) + body);
    await asked.promise;
    const ends = [closed(busy), closed(silent)];
    await server.close();
    await Promise.all(ends);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
