/** What a client can do on a bare socket: promise bytes that never come, end its side early, write what is no request. */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixedRouter } from "../../../runtime/serving/routing.ts";
import { get, openShop, post, tensors, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

let shop: Shop;
let url: string;
let port: number;
beforeAll(async () => {
  shop = await openShop();
  const version = await shop.register(0.1);
  ({ url } = await shop.serve([version], { limits: { bodyBytes: 200_000, inFlight: { requests: 4_096, rows: 40_000, bytes: 1_000_000 } } }));
  port = Number(new URL(url).port);
});
afterAll(async () => {
  expect(shop.trouble).toEqual([]);
  await shop.close();
});

interface Reply {
  readonly status: number;
  readonly headers: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** All that comes back until the other side ends. */
function everything(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => { text += piece; }).on("end", () => { resolve(text); }).on("error", reject);
  });
}

function replyIn(text: string): Reply {
  const [headers = "", body = ""] = text.split("\r\n\r\n");
  return { status: Number(headers.split(" ")[1]), headers, body: body.startsWith("{") ? JSON.parse(body) as Record<string, unknown> : { text: body } };
}

/** What the server says to exactly these bytes. `half`: the sending side is ended with them. */
async function say(bytes: string | Buffer, { half = false, to = port } = {}): Promise<Reply> {
  const socket = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
  const text = everything(socket);
  if (half) socket.end(bytes);
  else socket.write(bytes);
  const reply = replyIn(await text);
  socket.destroy();
  return reply;
}

const head = (length: number, more = ""): string => `POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
const inFlight = async (what: string): Promise<number> => Number(new RegExp(`mlspec_in_flight\\{what="${what}"[^}]*\\} (\\d+)`).exec((await get(`${url}/metrics`)).body as string)?.[1]);
const counted = async (status: string): Promise<number> => Number(new RegExp(`mlspec_requests_total\\{status="${status}"[^}]*\\} (\\d+)`).exec((await get(`${url}/metrics`)).body as string)?.[1] ?? 0);

describe("bodies that are promised and do not come", () => {
  it("take no room: what counts are bytes that are there", async () => {
    const slow = Array.from({ length: 34 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => undefined));
    const ends = slow.map((socket) => new Promise((resolve) => socket.on("close", resolve)));
    try {
      for (const socket of slow) socket.write(`${head(190_000)}{`);
      await expect.poll(() => inFlight("requests")).toBeGreaterThanOrEqual(34);
      expect(await inFlight("bytes")).toBe(34);
      expect((await post(`${url}/predict`, wool)).status).toBe(200);
    } finally {
      for (const socket of slow) socket.destroy();
      await Promise.all(ends);
    }
  });

  it("are given up when they come too slowly, with a reason", async () => {
    const other = await shop.serve([], { limits: { bodyPace: { everyMs: 300, bytes: 1_000 } } });
    const reply = await say(`${head(190_000)}{`, { to: Number(new URL(other.url).port) });
    expect(reply).toMatchObject({ status: 408, body: { code: "body-too-slow", where: "body", hint: expect.any(String) as string } });
    await expect.poll(() => get(`${other.url}/metrics`)).toMatchObject({ body: expect.stringMatching(/mlspec_in_flight\{what="bytes"[^}]*\} 0/) as string });
  });
});

describe("a client that has ended its side after the request", () => {
  const body = JSON.stringify({ rows: [wool] });

  it("is answered", async () => {
    expect(await say(head(Buffer.byteLength(body)) + body, { half: true })).toMatchObject({ status: 200, body: { predictions: [{ prediction: expect.closeTo(0.33, 6) as number }] } });
  });

  it("and is really gone is not counted as answered", async () => {
    let route = (): void => undefined;
    const routed = new Promise<void>((resolve) => { route = resolve; });
    const { resolve: settle, promise: settled } = Promise.withResolvers<void>();
    const version = await shop.register(0.1);
    const other = await shop.serve([version], {
      router: { unit: () => null, route: (unit, id) => { route(); return fixedRouter(version).route(unit, id); } },
      observer: { observe: () => undefined, outcome: () => undefined, leftOut: () => undefined, uncounted: () => undefined, settled: () => settled },
    });
    const socket = connect({ port: Number(new URL(other.url).port), host: "127.0.0.1" });
    socket.write(head(Buffer.byteLength(body)) + body);
    await routed;
    socket.resetAndDestroy();
    const metrics = async (): Promise<string> => (await get(`${other.url}/metrics`)).body as string;
    await expect.poll(metrics).toMatch(/mlspec_in_flight\{what="requests"[^}]*\} 0/);
    settle();
    await expect.poll(metrics).toMatch(/mlspec_requests_total\{status="gone"[^}]*\} 1/);
    expect(await metrics()).not.toMatch(/mlspec_requests_total\{status="200"/);
  });
});

describe("what is no request", () => {
  it.each<[string, string | Buffer, number, string]>([
    ["what is not HTTP", "\x00\x01\x02\r\n\r\n", 400, "request-invalid"],
    ["a negative length", "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400, "request-invalid"],
    ["a chunk that is none", "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400, "request-invalid"],
    ["headers without end", `GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`, 431, "headers-too-large"],
    ["no Host", "GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "host-missing"],
    ["an expectation that nobody meets", `${head(2, "Expect: a-miracle\r\nConnection: close\r\n")}{}`, 417, "expectation-failed"],
    ["a coding that nobody undoes", "POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501, "transfer-coding-unknown"],
    ["two types", `${head(2, "Content-Type: text/plain\r\nConnection: close\r\n")}{}`, 400, "header-repeated"],
    ["two codings of the content", `${head(2, "Content-Encoding: gzip\r\nContent-Encoding: identity\r\nConnection: close\r\n")}{}`, 400, "header-repeated"],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method-not-allowed"],
    ["a path that is no URL", "GET /v2/models/%/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400, "request-invalid"],
    ["a body in UTF-16", Buffer.concat([Buffer.from("POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 4\r\n\r\n"), Buffer.from("{}", "utf16le")]), 415, "charset-not-supported"],
    ["a body that is no UTF-8", Buffer.concat([Buffer.from(head(10, "Connection: close\r\n")), Buffer.from('{"a":"\xff\xfe"}', "latin1")]), 400, "body-not-utf8"],
  ])("%s: refused in the form of every error", async (_, bytes, status, code) => {
    const reply = await say(bytes);
    expect([reply.status, reply.body["code"]]).toEqual([status, code]);
    expect(reply.body).toMatchObject({ error: expect.any(String) as string, where: expect.any(String) as string, hint: expect.any(String) as string });
    expect(reply.headers.toLowerCase()).toContain("content-type: application/json");
    expect(await counted(String(status))).toBeGreaterThan(0);
  });

  it("Expect: 100-continue is met, and utf-8 by any spelling is taken", async () => {
    const body = JSON.stringify(wool);
    const bytes = `POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json; charset="UTF-8"\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const socket = connect({ port, host: "127.0.0.1" });
    const text = everything(socket);
    socket.write(bytes);
    expect(await text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });
});

describe("a client that asks before it sends its body", () => {
  const asking = (more: string, length = 2): string => `POST /predict HTTP/1.1\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;

  it.each<[string, string, number, string]>([
    ["that calls another", asking("Host: evil.example\r\n"), 403, "host-not-allowed"],
    ["without a token", asking("Host: localhost\r\nmlspec-show: arm\r\n"), 401, "token-missing"],
    ["with a body too large", asking("Host: localhost\r\n", 300_000), 413, "body-too-large"],
  ])("is refused before it has sent it, and is not asked for it: %s", async (_, bytes, status, code) => {
    const reply = await say(bytes);
    expect([reply.status, reply.body["code"]]).toEqual([status, code]);
    expect(reply.headers.toLowerCase()).toContain("connection: close");
  });

  it("may go on with the same connection when it was let in", async () => {
    const body = JSON.stringify(wool);
    const socket = connect({ port, host: "127.0.0.1" });
    const text = everything(socket);
    socket.write(asking("Host: localhost\r\n", Buffer.byteLength(body)));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(`${body}${head(Buffer.byteLength(body), "Connection: close\r\n")}${body}`);
    expect(await text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*HTTP\/1\.1 200 /);
  });
});

describe("POST /predict with one flat object", () => {
  it("takes its id as the request's", async () => {
    const { status, body } = await post(`${url}/predict`, { id: "page", ...wool });
    expect([status, body.id, body.ignored]).toEqual([200, "page", undefined]);
    expect(await post(`${url}/predict`, { id: 7, ...wool })).toMatchObject({ status: 400, body: { code: "id-invalid", where: "id" } });
  });

  it("leaves id to a model that has a field of that name", async () => {
    const { readPredictRequest } = await import("../../../runtime/serving/convenience.ts");
    const { Turns } = await import("../../../runtime/serving/turns.ts");
    const pace = new Turns(() => 0).pace();
    const request = await readPredictRequest({ id: 7, age: 30 }, { mostRows: 10, isField: (name) => name === "id", pace });
    expect([request.id, request.columns.get("id")?.at(0)]).toEqual([null, 7]);
  });

  it("names what stands beside rows and means nothing", async () => {
    expect((await post(`${url}/predict`, { rows: [wool], age: 4 })).body.ignored).toEqual(["age"]);
    expect((await post(`${url}/predict`, { id: "page", rows: [wool] })).body.ignored).toBeUndefined();
  });
});

describe("GET /v2/models/ranker", () => {
  it("lists what clients may send in a rollout: its unit, and what only the candidate reads as optional", async () => {
    const { column, everything: all, shopSpec } = await import("./shop.ts");
    const old = await shop.register(0.1, { spec: shopSpec({ reads: all.filter((each) => !("column" in each) || (each.column !== "member" && each.column !== "country")) }) });
    const candidate = await shop.register(0.2, { spec: shopSpec({ reads: [...all.filter((each) => !("column" in each) || each.column !== "country"), column("member", "bool")] }) });
    const other = await shop.serve([candidate, old], { router: fixedRouter(old), standing: () => ({ live: old, answering: old, problem: null }) });
    const inputs = async (path: string): Promise<Record<string, boolean>> => Object.fromEntries(((await get(`${other.url}${path}`)).body.inputs as { name: string; optional: boolean }[]).map(({ name, optional }) => [name, optional]));
    const listed = await inputs("/v2/models/ranker");
    expect(listed).toMatchObject({ position: false, price: false, member: true, shopper_id: true });
    expect(await inputs(`/v2/models/ranker/versions/${candidate}`)).toMatchObject({ member: false });
    const plain = Object.fromEntries(Object.entries(wool).filter(([name]) => listed[name] === false));
    expect((await post(`${other.url}/predict`, plain)).status).toBe(200);
    expect((await post(`${other.url}/v2/models/ranker/infer`, tensors([plain]))).status).toBe(200);
  });
});
