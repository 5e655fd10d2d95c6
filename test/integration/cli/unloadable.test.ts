/** The live version cannot be loaded, in every way that a disk, a person or an upgrade may bring about: nobody is told that it answers. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport, VersionsReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { rebuildState } from "../../../runtime/pipeline/rebuild-state.ts";
import { stateFolder } from "../../../runtime/pipeline/state-folder.ts";
import { createManifest, type Manifest } from "../../../runtime/registry/manifest.ts";
import { sha256 } from "../../../runtime/registry/files.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { predict } from "./traffic.ts";

let shop: Project;
let version: string;
let server: Started | undefined;
let registry: string;
const at = (...path: string[]): string => join(registry, ...path);
const manifestPath = (): string => at("models", "buyer", `${version}.json`);
const manifest = (): Manifest => JSON.parse(readFileSync(manifestPath(), "utf8")) as Manifest;
const blob = (part: "onnx" | "spec" | "preprocessing"): string => at("blobs", manifest().identity[part].sha256);
const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
};
/** Sound in every hash, but of something else. */
const registered = (change: (identity: Manifest["identity"]) => Manifest["identity"]): void => {
  const { identity, record } = manifest();
  const changed = createManifest(change(identity), record);
  writeFileSync(at("models", "buyer", `${changed.version}.json`), JSON.stringify(changed));
  rename(changed.version);
};
/** Another name is what the state calls live: as if that had been deployed. */
let live: string;
const rename = (to: string): void => void (live = to);
const put = (content: string | Uint8Array): { sha256: string; bytes: number } => {
  const hash = sha256(content);
  writeFileSync(at("blobs", hash), content);
  return { sha256: hash, bytes: content.length };
};

beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
  registry = join(shop.folder, ".mlspec", "registry");
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  [version = ""] = await shop.versions();
  expect((await mlspec(shop.folder, "deploy", "people.mlspec", version, "--reason", "the first")).err).toBe("");
  cpSync(join(shop.folder, ".mlspec"), join(shop.folder, "sound"), { recursive: true });
});
test("a version that is not live and cannot answer is shown as such by `status`, in the words of `versions`", async () => {
  const connection = new DatabaseSync(join(shop.folder, ".mlspec", "state.db"));
  connection.prepare("UPDATE deployments SET live = NULL").run();
  connection.close();
  flip(blob("onnx"));
  const { versions } = await json<VersionsReport>(shop.folder, "versions", "people.mlspec", "--json");
  const { models } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
  expect(versions[0]?.problem).toContain("damaged");
  expect(models[0]?.versions.map(({ problem }) => problem)).toEqual(versions.map(({ problem }) => problem));
  expect((await mlspec(shop.folder, "status", "people.mlspec")).out).toMatch(/damaged/);
});

afterEach(async () => {
  server?.child.kill("SIGKILL");
  await server?.ended;
  server = undefined;
  rmSync(join(shop.folder, ".mlspec"), { recursive: true });
  cpSync(join(shop.folder, "sound"), join(shop.folder, ".mlspec"), { recursive: true });
});
afterAll(() => shop.remove());

const ways: readonly (readonly [string, () => void])[] = [
  ...(["onnx", "spec", "preprocessing"] as const).flatMap((part): (readonly [string, () => void])[] => [
    [`${part}: gone`, () => rmSync(blob(part))],
    [`${part}: a bit flipped`, () => flip(blob(part))],
    [`${part}: cut off`, () => truncateSync(blob(part), 10)],
    [`${part}: empty`, () => writeFileSync(blob(part), "")],
    [`${part}: a pipe`, () => { const path = blob(part); rmSync(path); execFileSync("mkfifo", [path]); }],
    [`${part}: a folder`, () => { const path = blob(part); rmSync(path); mkdirSync(path); }],
  ]),
  ["onnx: another version's file", () => writeFileSync(blob("onnx"), readFileSync(blob("spec")))],
  ["onnx: a link to nowhere", () => { const path = blob("onnx"); rmSync(path); symlinkSync("/nowhere", path); }],
  ["onnx: a device", () => { const path = blob("onnx"); rmSync(path); symlinkSync("/dev/zero", path); }],
  ["manifest: a pipe", () => { rmSync(manifestPath()); execFileSync("mkfifo", [manifestPath()]); }],
  ["manifest: gone", () => rmSync(manifestPath())],
  ["manifest: no JSON", () => writeFileSync(manifestPath(), "{")],
  ["manifest: empty", () => writeFileSync(manifestPath(), "")],
  ["manifest: edited", () => writeFileSync(manifestPath(), readFileSync(manifestPath(), "utf8").replace('"seed": 5', '"seed": 6'))],
  ["manifest: of a later format", () => writeFileSync(manifestPath(), readFileSync(manifestPath(), "utf8").replace('"manifestVersion": 1', '"manifestVersion": 2'))],
  ["manifest: a folder", () => { rmSync(manifestPath()); mkdirSync(manifestPath()); }],
  ["the model's folder: gone", () => rmSync(at("models", "buyer"), { recursive: true })],
  ["blobs: gone", () => rmSync(at("blobs"), { recursive: true })],
  ["registry: gone", () => rmSync(registry, { recursive: true })],
  ["registered, but no ONNX", () => registered((identity) => ({ ...identity, onnx: put("this is no model") }))],
  ["registered, but its spec is no JSON", () => registered((identity) => ({ ...identity, spec: put("{") }))],
  ["registered, but for a spec that lacks the model", () => registered((identity) => ({ ...identity, spec: put(JSON.stringify({ models: [], datasets: [] })) }))],
  ["registered, but of another task", () => registered((identity) => ({ ...identity, signature: { ...(identity.signature as object), task: "regression" } }))],
  ...(process.getuid?.() === 0 ? [] : [["onnx: not readable", () => chmodSync(blob("onnx"), 0)] as const]),
];

describe.each(ways)("%s", (_, damage) => {
  test("health, readiness, metrics and `status` say that the fallback answers, and why", async () => {
    live = version;
    damage();
    if (live !== version) nowLive(join(shop.folder, ".mlspec"), live);
    const cold = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(cold.services[0]).toMatchObject({ live, answers: null, problems: [expect.stringContaining("cannot be loaded")] });

    server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
    const { url, live: told } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    expect(told).toBeNull();
    const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect(await get("/v2/health/ready")).toMatchObject({
      status: 200, body: { ready: true, degraded: true, live_version: live, answering_version: null, problems: [expect.stringContaining(`the fallback answers in place of version ${live}`)] },
    });
    expect(await get("/v2/models/buyer/ready")).toMatchObject({ status: 503, body: { ready: false } });
    expect(await get(`/v2/models/buyer/versions/${live}/ready`)).toMatchObject({ status: 503, body: { ready: false } });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^mlspec_degraded\{.*\} 1$/m);
    expect(metrics).toMatch(new RegExp(`^mlspec_live_info\\{.*version="${live}".*\\} 1$`, "m"));
    expect(metrics).toMatch(/^mlspec_answering_info\{.*version="fallback".*\} 1$/m);
    expect(metrics).not.toMatch(/^mlspec_model_info\{/m);
    expect((await predict(url))[0]).toMatchObject({ version: null, prediction: 0.4, fallback: expect.any(String) as string });
    const warm = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(warm.services[0]).toMatchObject({ live, answers: null, process: { pid: server.child.pid } });
  });
});

/** As a deployment of it would have left the state, had the check before it not been there. */
function nowLive(state: string, to: string): void {
  const connection = new DatabaseSync(join(state, "state.db"));
  connection.prepare("UPDATE deployments SET live = ?").run(to);
  connection.close();
}

test("the first line says that it is live and cannot be loaded, and why, though the version before is whole: that may have been rolled back", async () => {
  const first = version;
  writeFileSync(join(shop.folder, "people.mlspec"), peopleSpec(["seed: 5", "seed: 6"]) + rolloutOfPeople);
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  version = (await shop.versions()).find((each) => each !== first) ?? "";
  expect((await mlspec(shop.folder, "deploy", "people.mlspec", version, "--reason", "the second")).err).toBe("");
  truncateSync(blob("onnx"), 100);
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0"]);
  const line = await server.line((text) => text.includes("listens on"));
  expect(line).toContain(`version ${version} is live but cannot be loaded (The model.onnx of buyer ${version} is damaged: `);
  expect(line).toContain("); the fallback answers.");
  const url = /http:\S+(?=;)/.exec(line)?.[0] ?? "";
  expect((await predict(url))[0]).toMatchObject({ version: null, prediction: 0.4 });
  version = first;
  writeFileSync(join(shop.folder, "people.mlspec"), peopleSpec() + rolloutOfPeople);
});

test("what cannot be loaded any more when it becomes live leaves the version before answering", async () => {
  const first = version;
  writeFileSync(join(shop.folder, "people.mlspec"), peopleSpec(["seed: 5", "seed: 6"]) + rolloutOfPeople);
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  writeFileSync(join(shop.folder, "people.mlspec"), peopleSpec() + rolloutOfPeople);
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  version = (await shop.versions()).find((each) => each !== first) ?? "";
  truncateSync(blob("onnx"), 100);
  nowLive(join(shop.folder, ".mlspec"), version);
  await server.line((text) => text.includes(`version ${version} cannot be served`));
  expect((await predict(url))[0]).toMatchObject({ version: first });
  expect(await (await fetch(`${url}/v2/health/ready`)).json()).toMatchObject({ ready: true, degraded: true, live_version: version, answering_version: first });
  version = first;
});

test("with --strict it does not start, and says what to do", async () => {
  flip(blob("onnx"));
  const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0", "--strict");
  expect(code).toBe(2);
  expect(err).toContain("error[live-version-unavailable]");
  expect(err).toContain("mlspec rollback --to");
});

describe("a state that is gone, beside a full registry", () => {
  const lose = (): void => { for (const name of readdirSync(join(shop.folder, ".mlspec"))) if (name.startsWith("state.db")) rmSync(join(shop.folder, ".mlspec", name)); };

  test.each([
    ["gone", lose],
    ["empty", () => { lose(); writeFileSync(join(shop.folder, ".mlspec", "state.db"), ""); }],
  ])("%s: nothing begins anew in silence", async (_, damage) => {
    damage();
    for (const command of [["status", "people.mlspec"], ["run", "people.mlspec"], ["serve", "people.mlspec", "--port", "0"], ["rollout", "status", "people.mlspec"]]) {
      const { code, err } = await mlspec(shop.folder, ...command);
      expect(code, command.join(" ")).toBe(2);
      expect(err).toContain("error[state-missing]");
      expect(err).toContain("mlspec state rebuild");
    }
  });

  test.each([
    ["a pipe", (path: string) => void execFileSync("mkfifo", [path])],
    ["a folder", (path: string) => { mkdirSync(path); }],
    ["a device", (path: string) => { symlinkSync("/dev/zero", path); }],
  ])("with %s in its place: that is said, and set aside when it is rebuilt", async (_, put) => {
    lose();
    put(join(shop.folder, ".mlspec", "state.db"));
    for (const command of [["status", "people.mlspec"], ["serve", "people.mlspec", "--port", "0"]]) {
      const { code, err } = await mlspec(shop.folder, ...command);
      expect(code, command.join(" ")).toBe(2);
      expect(err).toContain("error[state-unreadable]");
      expect(err).toContain("a folder, a pipe or a device");
    }
    expect((await mlspec(shop.folder, "state", "rebuild", "people.mlspec")).out).toContain("Recovered: 1 runs");
    expect(readdirSync(join(shop.folder, ".mlspec")).some((name) => name.startsWith("state.db.damaged-"))).toBe(true);
  });

  test("is rebuilt as far as it can be: runs by themselves, what was live by a person's word only", async () => {
    lose();
    const { out } = await mlspec(shop.folder, "state", "rebuild", "people.mlspec");
    expect(out).toContain("Recovered: 1 runs");
    expect(out).toContain("Not recovered: rollouts");
    const report = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(report.runs).toEqual([expect.objectContaining({ model: "buyer", outcome: "done" })]);
    expect(report.services[0]).toMatchObject({ live: null });
    const again = await mlspec(shop.folder, "state", "rebuild", "people.mlspec");
    expect(again.err).toContain("error[state-intact]");
  });

  test("beside what a served service leaves (a log, the key of its pseudonyms) a word makes the version live; a word that fails changes nothing at all", async () => {
    server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
    const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    await predict(url);
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(readdirSync(join(shop.folder, ".mlspec", "log"))).toEqual(expect.arrayContaining(["answer", "key"]));
    lose();
    mkdirSync(join(shop.folder, ".mlspec", "runs", "odd.ndjson"));
    writeFileSync(join(shop.folder, ".mlspec", "log", "answer", "zz.parquet"), "no parquet");
    const before = readdirSync(join(shop.folder, ".mlspec"));
    const failing = rebuildState(stateFolder(join(shop.folder, "people.mlspec"), undefined), 0, () => Promise.reject(new Error("the disk broke")));
    await expect(failing).rejects.toThrow("the disk broke");
    expect(readdirSync(join(shop.folder, ".mlspec"))).toEqual(before);

    const { out, err } = await mlspec(shop.folder, "state", "rebuild", "people.mlspec", "--live", `answer=${version}`);
    expect(err).toBe("");
    expect(out).toContain("1 runs from their journals (1 could not be read)");
    expect(out).toContain("The prediction log of answer cannot be read");
    expect((await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json")).services[0]).toMatchObject({ live: version, answers: version });
    expect(readdirSync(join(shop.folder, ".mlspec")).filter((name) => name.startsWith("state-rebuild"))).toEqual([]);
  });

  test("a word about a service that nobody declares, or two about one, is refused and changes nothing", async () => {
    lose();
    const rebuild = (...live: string[]) => mlspec(shop.folder, "state", "rebuild", "people.mlspec", ...live.flatMap((each) => ["--live", each]));
    const unknown = await rebuild(`ansewr=${version}`);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("error[not-declared]: the spec declares no service called ansewr");
    expect(unknown.err).toContain("Did you mean answer?");
    expect((await rebuild(`answer=${version}`, `answer=${version}`)).err).toContain("error[bad-argument]: --live names answer twice");
    expect(readdirSync(join(shop.folder, ".mlspec"))).not.toContain("state.db");
  });

  test("a version of another model than the service's is refused", async () => {
    lose();
    const path = join(shop.folder, "people.mlspec");
    const sound = readFileSync(path, "utf8");
    const model = /model buyer [^]*?\n\}\n/.exec(sound)?.[0] ?? "";
    writeFileSync(path, `${sound}\n${model.replace("model buyer", "model other")}\nservice second { model: other, otherwise: other.base_rate }\n`);
    const { code, err } = await mlspec(shop.folder, "state", "rebuild", "people.mlspec", "--live", `second=${version}`);
    writeFileSync(path, sound);
    expect(code).toBe(2);
    expect(err).toContain("error[version-unknown]");
    expect(readdirSync(join(shop.folder, ".mlspec"))).not.toContain("state.db");
  });

  test("with a spec that has lost the service to an error, one that has a prediction log is known all the same", async () => {
    lose();
    const path = join(shop.folder, "people.mlspec");
    const sound = readFileSync(path, "utf8");
    mkdirSync(join(shop.folder, ".mlspec", "log", "answer"), { recursive: true });
    writeFileSync(path, sound.replace("service answer { model: buyer", "service answer { model: byuer"));
    const { code, err } = await mlspec(shop.folder, "state", "rebuild", "people.mlspec", "--live", `answer=${version}`);
    writeFileSync(path, sound);
    expect(code).toBe(0);
    expect(err).toContain("the spec has ");
    expect((await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json")).services[0]).toMatchObject({ live: version });
  });

  test("a damaged one is set aside, and a word that names a version makes it live", async () => {
    lose();
    writeFileSync(join(shop.folder, ".mlspec", "state.db"), "this is no database ".repeat(1000));
    expect((await mlspec(shop.folder, "status", "people.mlspec")).err).toContain("error[state-unreadable]");
    expect((await mlspec(shop.folder, "state", "rebuild", "people.mlspec", "--live", "answer=0123456789ab")).err).toContain("error[version-unknown]");
    expect((await mlspec(shop.folder, "state", "rebuild", "people.mlspec", "--live", `answer=${version}`, "--by", "ada")).out).toContain("was set aside as");
    const { services } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(services[0]).toMatchObject({ live: version, answers: version, history: [{ kind: "rebuild", by: "ada" }] });
    expect(readdirSync(join(shop.folder, ".mlspec")).some((name) => name.startsWith("state.db.damaged-"))).toBe(true);
  });
});
