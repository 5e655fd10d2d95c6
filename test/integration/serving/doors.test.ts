/** Who gets in: what a page in somebody's browser can send, requests without their token, and tokens while they change. */
import { request } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokensInFile, tokensOf } from "../../../runtime/serving/access/tokens.ts";
import { access, openShop, post, tensors, token, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

const exposure = { rollout: "spring", stage: 1, arm: "candidate" as const };
const predictToken = "only-for-predictions-of-yarn";

let shop: Shop;
let url: string;
let port: number;
beforeAll(async () => {
  shop = await openShop();
  const version = await shop.register(0.1);
  const router = { unit: () => "shopper_id", route: () => ({ serve: version, shadow: null, exposure, shadowExposure: null }) };
  ({ url } = await shop.serve([version], { router, access: { ...access, hosts: new Set(["yarn.example"]) } }));
  port = Number(new URL(url).port);
});
afterAll(() => shop.close());

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request with exactly these header fields. */
function send(method: string, path: string, headers: Readonly<Record<string, string | string[]>>, body = "", to = port): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: to, method, path, headers: { "content-length": Buffer.byteLength(body), ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text.startsWith("{") ? JSON.parse(text) as Record<string, unknown> : { text } });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const json = { "content-type": "application/json" };
const own = { authorization: `Bearer ${token}` };
const outcome = JSON.stringify({ id: "p1", label: "purchased", value: true });
const prediction = JSON.stringify(wool);

describe("a page in a browser", () => {
  it.each<[string, Record<string, string>, number, string]>([
    ["of another site, as JSON", { ...json, origin: "https://evil.example" }, 403, "origin-not-allowed"],
    ["that does not say where it is from", { ...json, origin: "null" }, 403, "origin-not-allowed"],
    ["of this address by another scheme", { ...json, host: "localhost:9311", origin: "https://localhost:9311" }, 403, "origin-not-allowed"],
    ["of another port of this machine", { ...json, origin: "http://127.0.0.1:3000" }, 403, "origin-not-allowed"],
    ["of a name that begins like ours", { ...json, origin: "http://127.0.0.1.evil.example" }, 403, "origin-not-allowed"],
    ["whose name leads here (DNS rebinding)", { ...json, host: "evil.example" }, 403, "host-not-allowed"],
    ["whose name leads here, and agrees with itself", { ...json, host: "evil.example:80", origin: "http://evil.example" }, 403, "host-not-allowed"],
    ["under a name that ends like ours", { ...json, host: "localhost.evil.example" }, 403, "host-not-allowed"],
    ["under an address that only looks like this machine's", { ...json, host: "127.0.0.1.nip.io" }, 403, "host-not-allowed"],
    ["under another's address", { ...json, host: "10.0.0.5" }, 403, "host-not-allowed"],
    ["under what is no name", { ...json, host: "?" }, 403, "host-not-allowed"],
    ["with a user in the name", { ...json, host: "localhost@evil.example" }, 403, "host-not-allowed"],
    ["with fetch's no-cors: text/plain", { "content-type": "text/plain" }, 415, "not-json"],
    ["with text/plain that mentions JSON", { "content-type": "text/plain; application/json" }, 415, "not-json"],
    ["with a type that begins like JSON", { "content-type": "application/jsonp" }, 415, "not-json"],
    ["with a form", { "content-type": "application/x-www-form-urlencoded" }, 415, "not-json"],
    ["with a form for files", { "content-type": "multipart/form-data; boundary=x" }, 415, "not-json"],
    ["with a blob of no type", {}, 415, "not-json"],
  ])("%s: refused, whatever it knows", async (_, headers, status, code) => {
    for (const [path, body] of [["/predict", prediction], ["/v2/models/ranker/infer", JSON.stringify(tensors([wool]))], ["/v2/outcomes", outcome]] as const) {
      const answer = await send("POST", path, { ...own, ...headers }, body);
      expect([answer.status, answer.body["code"]], path).toEqual([status, code]);
      expect(answer.body["hint"]).toEqual(expect.any(String));
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    expect(shop.outcomes).toEqual([]);
  });

  it("may not read either: metadata, metrics, health", async () => {
    for (const path of ["/v2", "/v2/models/ranker", "/metrics", "/v2/health/ready", "/nothing"]) {
      expect((await send("GET", path, { host: "evil.example" })).status, path).toBe(403);
      expect((await send("GET", path, { origin: "https://evil.example" })).status, path).toBe(403);
    }
  });

  it("asks beforehand in vain: a preflight is refused", async () => {
    const asked = { origin: "https://evil.example", "access-control-request-method": "POST", "access-control-request-headers": "content-type, authorization" };
    expect((await send("OPTIONS", "/v2/outcomes", asked)).status).toBe(403);
  });

  it("curl -d is told what to do instead", async () => {
    const { body } = await send("POST", "/predict", { "content-type": "application/x-www-form-urlencoded", "user-agent": "curl/8.0" }, prediction);
    expect(body["hint"]).toContain("--json instead of -d");
  });
});

describe("names of this server", () => {
  it.each(["127.0.0.1:1", "localhost", "LOCALHOST:8080", "127.8.9.1", "[::1]:8080", "yarn.example", "Yarn.Example:443"])("%s", async (host) => {
    expect((await send("POST", "/predict", { ...json, host }, prediction)).status).toBe(200);
  });

  it("its own page may ask", async () => {
    expect((await send("POST", "/predict", { ...json, host: "yarn.example", origin: "https://yarn.example" }, prediction)).status).toBe(200);
  });

  it("two names at once are one too many", async () => {
    const answer = await raw(`POST /predict HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"host-repeated"/);
  });

  it.each([["http://evil.example/v2", "localhost", 403], ["http://localhost@evil.example/v2", "localhost", 403], ["http://localhost/v2", "evil.example", 200]] as const)("%s is called, whatever Host says (%s): %i", async (target, host, status) => {
    expect(await raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  });

  it("HTTP/1.0 needs none, as load balancers ask; one that it has is looked at, and a page has none of it", async () => {
    expect(await raw("GET /v2/health/ready HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200/);
    expect(await raw("GET /v2/health/ready HTTP/1.0\r\nHost: evil.example\r\n\r\n")).toMatch(/^HTTP\/1\.1 403/);
    expect(await raw("GET /v2/health/ready HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n")).toMatch(/^HTTP\/1\.1 403/);
  });

  it("line ends do not smuggle a header or a second request in", async () => {
    const answer = await raw("POST /v2/outcomes HTTP/1.1\r\nHost: localhost\r\nX: a\rAuthorization: Bearer x\r\nContent-Length: 0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    const chunked = await raw("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /v2/outcomes HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(chunked.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(chunked).toMatch(/^HTTP\/1\.1 4/);
  });
});

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString())).on("error", () => undefined).on("close", () => resolve(answer));
  });
}

describe("the service's token", () => {
  it.each<[string, Record<string, string>, string]>([
    ["none", {}, "token-missing"],
    ["a wrong one", { authorization: "Bearer not-the-token-of-the-shop" }, "token-wrong"],
    ["its beginning", { authorization: `Bearer ${token.slice(0, -1)}` }, "token-wrong"],
    ["more than it", { authorization: `Bearer ${token}x` }, "token-wrong"],
    ["as a password", { authorization: `Basic ${Buffer.from(`a:${token}`).toString("base64")}` }, "token-missing"],
    ["an empty one", { authorization: "Bearer " }, "token-missing"],
  ])("is needed for outcomes: %s", async (_, headers, code) => {
    for (const path of ["/v2/outcomes", "/v2/%6futcomes"]) {
      const answer = await send("POST", path, { ...json, ...headers }, outcome);
      expect([answer.status, answer.body["code"]]).toEqual([401, code]);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
      expect(JSON.stringify(answer)).not.toContain(token);
    }
    expect(shop.outcomes).toEqual([]);
  });

  it("lets outcomes in", async () => {
    await post(`${url}/v2/models/ranker/infer`, { id: "p1", ...tensors([wool]) });
    expect(await send("POST", "/v2/outcomes", { ...json, ...own }, outcome)).toMatchObject({ status: 202, body: { accepted: 1, joined: 1 } });
    expect(shop.outcomes.splice(0)).toMatchObject([{ label: "purchased", value: 1 }]);
  });

  it("is needed to be told the rollout's arm; without asking nobody is told", async () => {
    const paths = [["/predict", prediction], ["/v2/models/ranker/infer", JSON.stringify(tensors([wool]))]] as const;
    for (const [path, body] of paths) {
      expect(JSON.stringify((await send("POST", path, json, body)).body)).not.toMatch(/spring|candidate|"arm"/);
      expect(JSON.stringify((await send("POST", path, { ...json, ...own }, body)).body)).not.toMatch(/spring|candidate|"arm"/);
      expect((await send("POST", path, { ...json, "mlspec-show": "arm" }, body)).status).toBe(401);
      expect(JSON.stringify((await send("POST", path, { ...json, ...own, "mlspec-show": "arm" }, body)).body)).toContain('"arm":"spring/1/candidate"');
    }
  });
});

describe("a token for predictions", () => {
  it("is needed for everything but health then; the service's opens it as well; it does not open outcomes", async () => {
    const other = await openShop();
    try {
      const guarded = await other.serve([], { access: { ...access, predictions: tokensOf(predictToken, "the test") } });
      const at = Number(new URL(guarded.url).port);
      const client = { authorization: `Bearer ${predictToken}` };
      for (const [method, path] of [["POST", "/predict"], ["GET", "/metrics"], ["GET", "/v2"], ["GET", "/v2/models/ranker"], ["GET", "/nothing"]] as const) {
        const body = method === "POST" ? JSON.stringify({ sku: "wool" }) : "";
        expect((await send(method, path, json, body, at)).status, path).toBe(401);
        for (const headers of [client, own]) expect((await send(method, path, { ...json, ...headers }, body, at)).status, path).toBe(path === "/nothing" ? 404 : 200);
      }
      expect((await send("GET", "/v2/health/live", {}, "", at)).status).toBe(200);
      expect((await send("POST", "/v2/outcomes", { ...json, ...client }, outcome, at)).body["code"]).toBe("token-wrong");
      expect((await send("POST", "/predict", { ...json, ...client, "mlspec-show": "arm" }, JSON.stringify({ sku: "wool" }), at)).body["code"]).toBe("token-wrong");
    } finally {
      await other.close();
    }
  });
});

describe("a token in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-token-"));
  const path = join(folder, "token");
  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

  it("changes without a restart, and two may hold at once", () => {
    let now = 0;
    const trouble: unknown[] = [];
    writeFileSync(path, "the-first-token-of-all\n");
    const tokens = tokensInFile(path, () => now, (error) => trouble.push(error));
    expect(tokens.accepts("the-first-token-of-all")).toBe(true);
    writeFileSync(path, "the-first-token-of-all\n\na-second-token-beside-it\n");
    now = 1_000;
    expect([tokens.accepts("the-first-token-of-all"), tokens.accepts("a-second-token-beside-it"), tokens.accepts("")]).toEqual([true, true, false]);
    writeFileSync(path, "a-second-token-beside-it");
    now = 2_000;
    expect([tokens.accepts("the-first-token-of-all"), tokens.accepts("a-second-token-beside-it")]).toEqual([false, true]);
    expect(trouble).toEqual([]);
  });

  it("that goes away, or is emptied, opens nothing more, is told once and by health, and opens again with a token in it", () => {
    let now = 0;
    const trouble: unknown[] = [];
    writeFileSync(path, "the-first-token-of-all");
    const tokens = tokensInFile(path, () => now, (error) => trouble.push(error));
    for (const change of [() => { writeFileSync(path, ""); }, () => { rmSync(path); }]) {
      change();
      now += 1_000;
      expect([tokens.accepts(""), tokens.accepts("the-first-token-of-all")]).toEqual([false, false]);
      expect(tokens.problem()).toContain("its file");
    }
    expect(trouble).toHaveLength(1);
    writeFileSync(path, "the-first-token-of-all");
    now += 1_000;
    expect([tokens.problem(), tokens.accepts("the-first-token-of-all")]).toEqual([null, true]);
  });

  it("that is deleted closes the door of a service that runs, which says so", async () => {
    let now = 0;
    writeFileSync(path, "the-first-token-of-all");
    const tokens = tokensInFile(path, () => now, () => undefined);
    const other = await shop.serve([await shop.register(0.1)], { access: { ...access, service: tokens } });
    const at = Number(new URL(other.url).port);
    const ask = (): Promise<Reply> => send("POST", "/v2/outcomes", { ...json, authorization: "Bearer the-first-token-of-all" }, outcome, at);
    expect((await ask()).status).toBe(202);
    rmSync(path);
    now += 1_000;
    expect(await send("GET", "/v2/health/ready", {}, "", at)).toMatchObject({ status: 200, body: { degraded: true, problems: ["nobody gets in by the service's token: its file is gone"] } });
    expect(await ask()).toMatchObject({ status: 401, body: { code: "token-wrong" } });
  });

  it.each(["", "short", "two words that are long enough", "with\u00e4-umlaut-long-enough", "x".repeat(20) + "\n\nshort"])("%j is none", (text) => {
    expect(() => tokensOf(text, "$MLSPEC_TOKEN")).toThrow(expect.objectContaining({ code: "token-unusable" }));
    try { tokensOf(text, "$MLSPEC_TOKEN"); } catch (error) { if (text !== "") expect((error as Error).message).not.toContain(text); }
  });

  it("with a line that is no token: which line, not what it says, and not that there is no other", () => {
    writeFileSync(path, "the-first-token-of-all\n\nfar too short\n");
    expect(() => tokensInFile(path, () => 0, () => undefined)).toThrow(expect.objectContaining({ code: "token-unusable", message: `Line 3 of ${path} is no token.`, where: { file: path, line: 3 } }));
    let now = 0;
    writeFileSync(path, "the-first-token-of-all\n");
    const tokens = tokensInFile(path, () => now, () => undefined);
    writeFileSync(path, "the-first-token-of-all\nshort\n");
    now = 1_000;
    expect([tokens.problem(), tokens.accepts("the-first-token-of-all")]).toEqual(["line 2 of its file is no token", false]);
    expect(() => tokensOf("short", "$MLSPEC_TOKEN")).toThrow("Line 1 of $MLSPEC_TOKEN is no token.");
  });

  it("no object that is kept can print it", async () => {
    const { inspect } = await import("node:util");
    const tokens = tokensOf(token, "x");
    expect(inspect(tokens, { depth: 9, showHidden: true }) + JSON.stringify(tokens)).not.toContain(token);
  });
});
