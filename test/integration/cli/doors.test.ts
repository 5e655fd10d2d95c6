/** `mlspec serve`: whom it lets in, and what it does not start as. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync, truncateSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { request } from "node:https";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { selfSigned } from "../serving/certificate.ts";
import { mlspec, start, type Started } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

type Listening = Extract<ServeEvent, { type: "listening" }>;

let shop: Project;
const running: Started[] = [];
beforeAll(async () => { shop = await project(); });
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => shop.remove());

async function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Started & Listening> {
  const started = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...args], env);
  running.push(started);
  return { ...started, ...(await started.event<Listening>("listening")) };
}

const outcome = { id: "p1", label: "buys", value: true };
async function post(url: string, path: string, body: unknown, token?: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}

test("without being told anything: a token of its own, for the owner's eyes, kept over restarts; predictions are open on this machine", async () => {
  const { url, tokenFile, child, ended } = await serve();
  expect(tokenFile).toBe(join(shop.folder, ".mlspec", "token"));
  expect((await stat(tokenFile!)).mode & 0o777).toBe(0o600);
  const token = (await readFile(tokenFile!, "utf8")).trim();
  expect(token.length).toBeGreaterThan(40);
  expect((await post(url, "/v2/outcomes", outcome)).body["code"]).toBe("token-missing");
  expect((await post(url, "/v2/outcomes", outcome, token)).status).toBe(202);
  expect((await post(url, "/predict", { age: 40, income: 30_000 })).status).toBe(200);
  child.kill("SIGTERM");
  expect((await ended).out).not.toContain(token);
  const again = await serve();
  expect((await post(again.url, "/v2/outcomes", outcome, token)).status).toBe(202);
});

test("tokens by the environment and by a file: neither said aloud nor in the list of processes", async () => {
  await shop.write("clients", "a-token-for-the-clients\n");
  const token = "a-token-from-the-environment";
  const server = await serve(["--predict-token-file", "clients"], { MLSPEC_TOKEN: token });
  expect(server.tokenFile).toBeNull();
  expect((await post(server.url, "/predict", { age: 40, income: 30_000 })).status).toBe(401);
  expect((await post(server.url, "/predict", { age: 40, income: 30_000 }, "a-token-for-the-clients")).status).toBe(200);
  expect((await post(server.url, "/v2/outcomes", outcome, "a-token-for-the-clients")).body["code"]).toBe("token-wrong");
  expect((await post(server.url, "/v2/outcomes", outcome, token)).status).toBe(202);
  const shown = await readFile(`/proc/${server.child.pid}/cmdline`, "utf8").catch(() => "");
  server.child.kill("SIGTERM");
  const { out, err } = await server.ended;
  expect(shown + out + err).not.toMatch(/a-token-f/);
});

test.skipIf(process.platform === "win32").each<[string, (path: string) => void]>([
  ["a pipe that nobody writes to", (path) => { rmSync(path); execFileSync("mkfifo", [path]); }],
  ["a link to a device without end", (path) => { rmSync(path); symlinkSync("/dev/zero", path); }],
  ["a file without end, nearly", (path) => { truncateSync(path, 2 ** 31); }],
])("a token file that becomes %s opens nothing, and keeps nobody waiting", async (_, become) => {
  await shop.write("changing", "a-token-that-changes\n");
  const path = join(shop.folder, "changing");
  const server = await serve(["--token-file", "changing"]);
  become(path);
  await expect.poll(async () => (await fetch(`${server.url}/v2/health/ready`)).json(), { timeout: 20_000 })
    .toMatchObject({ ready: true, degraded: true, problems: ["nobody gets in by the service's token: its file holds no token, or cannot be read"] });
  expect((await post(server.url, "/v2/outcomes", outcome, "a-token-that-changes")).body["code"]).toBe("token-wrong");
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  rmSync(path);
});

test("HTTPS with one's own certificate", async () => {
  const { cert, key } = selfSigned();
  await shop.write("cert.pem", cert);
  await shop.write("key.pem", key);
  const { url } = await serve(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
  expect(url).toMatch(/^https:/);
  const status = await new Promise<number>((resolve, reject) => {
    request(`${url}/v2/health/live`, { ca: cert }, (response) => { resolve(response.resume().statusCode ?? 0); }).on("error", reject).end();
  });
  expect(status).toBe(200);
  await expect(fetch(url.replace("https", "http"))).rejects.toThrow();
});

test("a name to listen on is the name that is told, and it leads there", async () => {
  const { url } = await serve(["--host", "localhost"]);
  expect(new URL(url).hostname).toBe("localhost");
  expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
});

test("a certificate whose time is over, or to come, is told at the start and by health", async () => {
  for (const [dates, said] of [[{ to: "20210101000000Z" }, "the certificate expired on 2021-01-01 00:00 UTC"], [{ from: "21190101000000Z" }, "the certificate is not valid before 2119-01-01 00:00 UTC"]] as const) {
    const { cert, key } = selfSigned(dates);
    await shop.write("cert.pem", cert);
    await shop.write("key.pem", key);
    const server = await serve(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    await server.line((line) => line.includes(said));
    const health = await new Promise<string>((resolve, reject) => {
      request(`${server.url}/v2/health/ready`, { rejectUnauthorized: false }, (response) => {
        let text = "";
        response.on("data", (piece: Buffer) => (text += piece.toString())).on("end", () => { resolve(text); });
      }).on("error", reject).end();
    });
    expect(JSON.parse(health)).toMatchObject({ ready: true, degraded: true, problems: [expect.stringContaining(said)] });
    server.child.kill("SIGTERM");
    await server.ended;
  }
});

test("an encrypted key: exit 2, what it is and what to do", async () => {
  const { cert, key } = selfSigned();
  await shop.write("cert.pem", cert);
  await shop.write("key.pem", createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "yarn" }));
  const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem");
  expect(code).toBe(2);
  expect(err).toMatch(/error\[tls-unusable\]: The key .*key\.pem is encrypted[^]*passphrase[^]*openssl pkey/);
});

test.each<[string, () => KeyObject]>([
  ["of another type", () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
  ["of another type (Ed25519)", () => generateKeyPairSync("ed25519").privateKey],
  ["of its type, and another's", () => createPrivateKey(selfSigned().key)],
])("a key %s than the certificate's: exit 2, before anybody could meet it", async (_, other) => {
  await shop.write("cert.pem", selfSigned().cert);
  await shop.write("key.pem", other().export({ type: "pkcs8", format: "pem" }));
  const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem");
  expect(code).toBe(2);
  expect(err).toMatch(/error\[tls-unusable\]: The certificate .*cert\.pem and the key .*key\.pem cannot be used: .*[^]*the key must be the certificate's/);
});

test("beyond this machine only with a token for predictions, or when told so; then it says what is open", async () => {
  const address = Object.values(networkInterfaces()).flat().find((each) => each?.family === "IPv4" && !each.internal)?.address ?? "127.0.0.1";
  const refused = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0", "--host", "0.0.0.0");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("error[token-needed]");
  expect(refused.err).toContain("--insecure-open-predictions");

  const open = await serve(["--host", "0.0.0.0", "--insecure-open-predictions", "--allow-host", "yarn.example"]);
  const { port } = new URL(open.url);
  await open.line((line) => line.includes("is not encrypted"));
  expect((await post(`http://${address}:${port}`, "/predict", { age: 40, income: 30_000 })).status).toBe(200);
  expect((await post(`http://${address}:${port}`, "/v2/outcomes", outcome)).status).toBe(401);
});

test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
  ["an empty token", [], { MLSPEC_TOKEN: "" }, "token-unusable"],
  ["an empty token for predictions", [], { MLSPEC_PREDICT_TOKEN: "" }, "token-unusable"],
  ["a token file that is not there", ["--token-file", "nowhere"], {}, "token-unusable"],
  ["a name to allow that is a URL", ["--allow-host", "http://yarn.example"], {}, "bad-argument"],
  ["a name to allow with a port", ["--allow-host", "yarn.example:8080"], {}, "bad-argument"],
  ["a certificate without its key", ["--tls-cert", "people.csv"], {}, "bad-argument"],
  ["a certificate without a name", ["--tls-cert", "", "--tls-key", "people.csv"], {}, "bad-argument"],
  ["a certificate that is none", ["--tls-cert", "people.csv", "--tls-key", "people.csv"], {}, "tls-unusable"],
])("%s: exit 2", async (_, args, env, code) => {
  const { code: exit, err } = await start(shop.folder, ["serve", "people.mlspec", "--port", "0", ...args], env).ended;
  expect(exit).toBe(2);
  expect(err).toContain(`error[${code}]`);
});
