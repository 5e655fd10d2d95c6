/** What keeps a service going when something around it breaks, and what brings it back: an earlier version, the spec of last time, the reserve. */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DeploymentReport, StatusReport, VersionsReport } from "../../../cli/status-report.ts";
import { OnlineStore } from "../../../runtime/online/store.ts";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { smallDisk } from "./disks.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { post, predict, showArm } from "./traffic.ts";

let server: Started | undefined;
async function serve(folder: string, ...args: string[]): Promise<{ readonly url: string; readonly live: string | null; readonly started: Started }> {
  server = start(folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...args]);
  const { url, live } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  return { url, live, started: server };
}
async function stop(): Promise<void> {
  server?.child.kill("SIGKILL");
  await server?.ended;
  server = undefined;
}
afterEach(stop);

describe("more than one step back", () => {
  let shop: Project;
  const versions: string[] = [];
  const status = async () => (await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json")).services[0];
  beforeAll(async () => {
    shop = await project();
    for (const seed of [5, 6, 7]) {
      await shop.write("people.mlspec", peopleSpec(["seed: 5", `seed: ${seed}`]));
      await mlspec(shop.folder, "run", "people.mlspec");
      const version = (await shop.versions()).find((each) => !versions.includes(each)) ?? "";
      versions.push(version);
      expect((await json<DeploymentReport>(shop.folder, "deploy", "people.mlspec", version, "--by", "ada", "--json")).version).toBe(version);
    }
  });
  afterAll(() => shop.remove());

  test("rollback goes to the version before, then to the one before that, then says that there is none; a running server follows", async () => {
    const [a, b, c] = versions;
    const { url, live } = await serve(shop.folder);
    expect(live).toBe(c);
    expect(await json<DeploymentReport>(shop.folder, "rollback", "people.mlspec", "--dry-run", "--json")).toMatchObject({ before: c, version: b, done: false });
    expect((await status())?.live).toBe(c);
    expect(await json<DeploymentReport>(shop.folder, "rollback", "people.mlspec", "--by", "bob", "--reason", "complaints", "--json")).toMatchObject({ before: c, version: b, by: "bob", done: true });
    while ((await predict(url))[0]?.version !== b);
    expect((await json<DeploymentReport>(shop.folder, "rollback", "people.mlspec", "--json")).version).toBe(a);
    const { err } = await mlspec(shop.folder, "rollback", "people.mlspec");
    expect(err).toContain(`error[nothing-before]: the way back for answer ends at version ${a ?? ""}: when that was put live, it took the place of no version`);
    expect(err).toContain(`Live before, newest first: ${b ?? ""}, ${c ?? ""}. \`--to\` names one.`);
    expect((await status())?.history.slice(0, 2)).toMatchObject([{ version: a, kind: "rollback" }, { version: b, before: c, kind: "rollback", by: "bob", reason: "complaints" }]);
    await stop();
    // What a person chose outlives a restart, though newer versions are there.
    expect((await serve(shop.folder)).live).toBe(a);
  });

  test("--to names any version; one that is damaged, unknown or live already is refused, and nothing changes", async () => {
    const [a, b, c] = versions;
    expect((await json<DeploymentReport>(shop.folder, "rollback", "people.mlspec", "--to", c ?? "", "--json")).version).toBe(c);
    expect((await mlspec(shop.folder, "rollback", "people.mlspec", "--to", c ?? "")).err).toContain("error[already-live]");
    expect((await mlspec(shop.folder, "deploy", "people.mlspec", "0123456789ab")).err).toContain("error[version-unknown]");
    expect((await mlspec(shop.folder, "deploy", "people.mlspec", "")).err).toContain("error[bad-argument]: the version is an empty text");
    const registry = join(shop.folder, ".mlspec", "registry");
    const { identity } = JSON.parse(readFileSync(join(registry, "models", "buyer", `${b ?? ""}.json`), "utf8")) as { identity: { onnx: { sha256: string } } };
    truncateSync(join(registry, "blobs", identity.onnx.sha256), 100);
    expect((await mlspec(shop.folder, "rollback", "people.mlspec", "--to", b ?? "")).err).toContain("error[artifact-corrupt]");
    expect((await status())?.live).toBe(c);
    const listed = await json<VersionsReport>(shop.folder, "versions", "people.mlspec", "--json");
    expect(listed.versions.filter(({ problem }) => problem === null).map(({ version }) => version).sort()).toEqual([a, c].sort());
  });
});

describe("in a rollout", () => {
  let shop: Project;
  let version: string;
  beforeAll(async () => {
    shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
    await mlspec(shop.folder, "run", "people.mlspec");
    [version = ""] = await shop.versions();
  });
  afterAll(() => shop.remove());
  // The beginning of a version's name does, as everywhere.
  beforeEach(async () => { expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec", "--version", version.slice(0, 8))).err).toBe(""); });

  test("deploy refuses unless it ends the rollout, and says who did", async () => {
    expect((await mlspec(shop.folder, "deploy", "people.mlspec", version)).err).toContain("say why with --reason");
    expect((await mlspec(shop.folder, "deploy", "people.mlspec", version, "--reason", "urgent")).err).toContain("error[rollout-active]");
    expect((await mlspec(shop.folder, "deploy", "people.mlspec", version, "--reason", "urgent", "--abort-rollout", "--by", "ada")).err).toBe("");
    const { live, rollout } = await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
    expect({ live, state: rollout?.state, last: rollout?.history.at(-1) }).toMatchObject({ live: version, state: "rolled-back", last: { by: "ada", reason: expect.stringContaining("urgent") as string } });
    // The fallback again, for the next one.
    expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
    rmSync(join(shop.folder, ".mlspec", "state.db"));
    expect((await mlspec(shop.folder, "state", "rebuild", "people.mlspec")).code).toBe(0);
  });

  test("promote ends it with the candidate live: with a reason, and not past an approval", async () => {
    const promote = (...args: string[]) => mlspec(shop.folder, "promote", "people.mlspec", version.slice(0, 8), ...args);
    expect((await promote()).err).toContain("say why with --reason");
    expect((await promote("--reason", "seen enough")).err).toContain("error[approval-missing]");
    expect((await mlspec(shop.folder, "rollout", "approve", "people.mlspec", "--by", "lead@example.org")).code).toBe(0);
    const again = await mlspec(shop.folder, "rollout", "approve", "people.mlspec", "--by", "lead@example.org");
    expect(again.err).toMatch(/error\[approval-not-needed\]: rollout \S+: every approval that the stages ahead ask for has been given/);
    expect((await promote("--reason", "seen enough", "--by", "ada")).err).toBe("");
    const { live, rollout } = await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
    expect({ live, state: rollout?.state, last: rollout?.history.at(-1) }).toMatchObject({ live: version, state: "completed", last: { kind: "complete", by: "ada", reason: "seen enough" } });
  });
});

describe("a restart", () => {
  let shop: Project;
  beforeAll(async () => {
    shop = await project();
    await mlspec(shop.folder, "run", "people.mlspec");
    await serve(shop.folder);
    await stop();
  });
  afterAll(() => shop.remove());

  test.each([
    ["a typing error in the spec", `${peopleSpec()}entity half {\n`, "it has errors"],
    ["a spec that is gone", null, "cannot read "],
    ["a spec of 0 bytes", "", "it declares nothing"],
    ["a spec of comments alone", "// to be written again\n/* soon */\n", "it declares nothing"],
  ])("with %s is no outage: the spec that was served last is served, and everyone is told", async (_, text, why) => {
    const path = join(shop.folder, "people.mlspec");
    if (text === null) rmSync(path);
    else await shop.write("people.mlspec", text);
    const { url, live, started } = await serve(shop.folder);
    const [version] = await shop.versions();
    expect(live).toBe(version);
    expect((await predict(url))[0]).toMatchObject({ version, fallback: null });
    expect(await (await fetch(`${url}/v2/health/ready`)).json()).toMatchObject({ ready: true, degraded: true, problems: [expect.stringContaining("the one that was last served")] });
    expect(started.lines.join("\n")).toContain("until the file is mended");
    const { services } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(services[0]).toMatchObject({ answers: version, problems: [expect.stringContaining("the one that was last served")] });
    await stop();
    // What is served is not called an error, nor that nothing was run.
    expect((await started.ended).err).not.toMatch(/error\[spec-invalid|nothing was run/);
    expect(started.lines.join("\n")).toContain(why);
    const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0", "--strict");
    expect(code).toBe(1);
    expect(err).toContain("error[spec-invalid]: the spec cannot be used, and with --strict nothing else is served");
    expect(err).toContain(why);
    await shop.write("people.mlspec", peopleSpec());
  });

  test("with a spec that declares all but its service is an error: that was written by somebody", async () => {
    await shop.write("people.mlspec", peopleSpec([/service answer.*/.exec(peopleSpec())![0], ""]));
    const { code, err } = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0");
    expect(code).toBe(2);
    expect(err).toContain("error[not-declared]: the spec declares no service");
    await shop.write("people.mlspec", peopleSpec());
  });

  const store = (): string => join(shop.folder, ".mlspec", "online", "answer", "data.mdb");
  test.each([
    ["cut off", () => truncateSync(store(), 5000)],
    ["overwritten", () => writeFileSync(store(), new Uint8Array(65_536).fill(0xa5))],
    ["full of noise behind its head", () => {
      const bytes = readFileSync(store());
      for (let i = 8192; i < bytes.length; i++) bytes[i] = (i * 2_654_435_761) >>> 24;
      writeFileSync(store(), bytes);
    }],
  ])("with an online store that is %s makes it again", async (_, damage) => {
    const online = OnlineStore.open(join(store(), ".."));
    await online.replaceView({ view: "of_another_day", columns: ["x"], asOfMs: 0, maxAgeMs: null, rows: Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i}`, values: { x: i } })) });
    await online.close();
    damage();
    const { url, started } = await serve(shop.folder);
    expect((await predict(url))[0]).toMatchObject({ fallback: null });
    expect(started.lines.join("\n")).toContain("it is made again from the sources");
  });
});

const disk = smallDisk(32);
afterAll(() => disk?.remove());

describe.skipIf(disk === null)("a full disk (needs the right to mount a tmpfs)", () => {
  afterEach(() => disk?.empty());

  test("outcomes that cannot be written down are not taken, and count when they are sent again", async () => {
    const state = join(disk?.folder ?? "", "outcomes");
    mkdirSync(state);
    const shop = await project();
    expect((await mlspec(shop.folder, "run", "people.mlspec", "--state", state)).err).toBe("");
    const { url } = await serve(shop.folder, "--state", state);
    const token = await showArm(join(state, "token"));
    const outcomes = (await predict(url)).map(({ id }) => ({ id, label: "buys", value: true }));
    const send = async () => await post(url, "/v2/outcomes", { outcomes }, token);
    disk?.fill(0);
    while ((await send()).status === 202); // the journal may have room left in its last block
    expect(await send()).toMatchObject({ status: 503, body: { code: "outcomes-not-kept" } });
    disk?.empty();
    expect(await send()).toMatchObject({ status: 202, body: { accepted: outcomes.length, joined: outcomes.length } });
    await stop();
    await shop.remove();
    rmSync(state, { recursive: true });
  });

  test.each([["served", true], ["not served", false]])("a rollout that is %s is aborted", async (_, served) => {
    const state = join(disk?.folder ?? "", served ? "served" : "resting");
    mkdirSync(state);
    const shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
    const own = (...args: string[]) => [...args, "--state", state];
    expect((await mlspec(shop.folder, ...own("run", "people.mlspec"))).err).toBe("");
    const url = served ? (await serve(shop.folder, ...own())).url : null;
    expect((await mlspec(shop.folder, ...own("rollout", "start", "people.mlspec"))).err).toBe("");
    disk?.fill(0);
    if (url !== null) for (let i = 0; i < 20; i++) await predict(url);
    const { code, out, err } = await mlspec(shop.folder, ...own("rollout", "abort", "people.mlspec", "--reason", "users complain"));
    expect(err).not.toContain("error[");
    expect(code).toBe(0);
    expect(out).toContain("rolled-back");
    if (url !== null) {
      expect((await predict(url))[0]?.version).toBeNull();
      const health = await (await fetch(`${url}/v2/health/ready`)).json() as { problems: readonly string[] };
      expect(health).toMatchObject({ ready: true, degraded: true, live_version: null, answering_version: null });
      expect(health.problems.join("\n")).toMatch(/No space left|ENOSPC/);
      expect((await json<ServiceStatus>(shop.folder, ...own("rollout", "status", "people.mlspec", "--json"))).rollout).toMatchObject({ state: "rolled-back", history: expect.arrayContaining([expect.objectContaining({ kind: "roll-back", reason: "users complain", outcome: "done" })]) as unknown });
    }
    await stop();
    disk?.empty();
    expect((await mlspec(shop.folder, ...own("rollout", "start", "people.mlspec"))).err).toBe("");
    expect(readdirSync(state).filter((name) => name.startsWith("reserve-"))).toHaveLength(4);
    await shop.remove();
    rmSync(state, { recursive: true });
  });
});
