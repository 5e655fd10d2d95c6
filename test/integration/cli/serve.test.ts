import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";
import { announce, loggedIds, post, predict, traffic } from "./traffic.ts";

type Listening = Extract<ServeEvent, { type: "listening" }>;

let shop: Project;
let version: string;
const running: Started[] = [];
beforeAll(async () => {
  shop = await project();
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  [version = ""] = await shop.versions();
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => shop.remove());

async function serve(...args: string[]): Promise<Started & { readonly url: string; readonly live: string | null }> {
  const started = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...args]);
  running.push(started);
  const { url, live } = await started.event<Listening>("listening");
  return { ...started, url, live };
}

test("a service without a rollout answers with the newest version; SIGTERM answers what is under way and ends with 0", async () => {
  const server = await serve();
  expect(server.live).toBe(version);
  const load = traffic(() => server.url);
  while (load.answers.length < 400) await predict(server.url);
  server.child.kill("SIGTERM");
  const { code, err, out } = await server.ended;
  await load.stop();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ type: "stopped", requests: expect.any(Number) as number });
  expect(load.answers.every((answer) => answer.version === version && answer.fallback === null)).toBe(true);
  const logged = await loggedIds(join(shop.folder, ".mlspec"), "answer");
  expect(load.answers.filter(({ id }) => !logged.has(id))).toEqual([]);
});

test("requests that are wrong get 4xx with a code; a category that training never saw is none of them", async () => {
  const { url } = await serve();
  const person = { age: 40, city: "Rome", income: 30_000 };
  for (const [body, code] of [
    ["{", "body-not-json"], ["[".repeat(100_000), "body-not-json"], [{ ...person, age: "forty" }, "value-wrong-type"], [{ city: "Rome" }, "input-missing"],
  ] as const) {
    const { status, body: told } = await post(url, "/predict", body);
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(status, code).toBeLessThan(500);
    expect(told["code"]).toEqual(expect.stringMatching(/^[a-z]+(-[a-z]+)+$/));
    expect(told["error"]).toEqual(expect.any(String));
  }
  // Refused by its length alone, before it is sent.
  expect(await announce(url, "/predict", 9_000_000)).toMatchObject({ status: 413, body: { code: "body-too-large" } });
  const [odd] = await predict(url, [{ ...person, city: "Atlantis" }]);
  expect(odd).toMatchObject({ version, fallback: null, prediction: expect.any(Number) as number });
});

describe("what cannot start", () => {
  test("a second `serve` on the same state: exit 2, who serves, and the first goes on", async () => {
    const { url, child } = await serve();
    const second = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0");
    expect(second.code).toBe(2);
    expect(second.err).toContain("error[already-serving]");
    expect(second.err).toContain(`process ${child.pid} at ${url}`);
    expect(await predict(url)).toHaveLength(40);
    const status = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(status.services[0]).toMatchObject({ live: version, process: { pid: child.pid } });
  });

  test("a port in use: exit 2, which, and what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", String(port));
    other.close();
    expect(code).toBe(2);
    expect(err).toContain(`error[port-in-use]: Port ${port} on 127.0.0.1`);
    expect(err).toContain("--port (0 takes a free one)");
  });

  test.each([["--port", "http"], ["--port", "70000"], ["--time-scale", "0"], ["--time-scale", "0.5"], ["--time-scale", "1e308"], ["--time-scale", "NaN"]])("%s %s: exit 2", async (option, value) => {
    const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", option, value);
    expect(code).toBe(2);
    expect(err).toContain(`error[bad-argument]: ${option} must be`);
  });

  test("a spec without a service: exit 2", async () => {
    await shop.write("none.mlspec", peopleSpec([/service answer.*/.exec(peopleSpec())![0], ""]));
    const { code, err } = await mlspec(shop.folder, "serve", "none.mlspec");
    expect(code).toBe(2);
    expect(err).toContain("the spec declares no service");
    expect(err).toMatch(/hint: /);
  });
});

describe("a damaged model file", () => {
  test("of a newer version: it is refused by name, and the version before answers", async () => {
    await shop.write("people.mlspec", peopleSpec(["seed: 5", "seed: 6"]));
    await mlspec(shop.folder, "run", "people.mlspec");
    const newer = (await shop.versions()).find((each) => each !== version) ?? "";
    await damage(newer);
    const server = await serve();
    expect(server.live).toBe(version);
    expect(server.lines.join("\n")).toContain(`version ${newer} cannot be served`);
    expect((await predict(server.url))[0]?.version).toBe(version);
  });

  test("of the live one, with no other: the fallback answers, nothing wrong ever does", async () => {
    await damage(version);
    const server = await serve();
    expect(server.live).toBeNull();
    expect(server.lines.join("\n")).toContain(`version ${version} cannot be served`);
    expect((await predict(server.url))[0]).toMatchObject({ prediction: 0.4, fallback: expect.any(String) as string });
    const { out } = await mlspec(shop.folder, "status", "people.mlspec");
    expect(out).toContain(version);
  });
});

/** Flips a bit in the middle of the version's model.onnx. */
async function damage(which: string): Promise<void> {
  const registry = join(shop.folder, ".mlspec", "registry");
  const manifest = JSON.parse(await readFile(join(registry, "models", "buyer", `${which}.json`), "utf8")) as { identity: { onnx: { sha256: string } } };
  const path = join(registry, "blobs", manifest.identity.onnx.sha256);
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
}
