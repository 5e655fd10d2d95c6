/** Looking changes nothing, and so it works where nothing can be changed: a read-only disk with a state on it. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { smallDisk } from "./disks.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { post, predict } from "./traffic.ts";

const disk = smallDisk(48);
afterAll(() => disk?.remove());

describe.skipIf(disk === null)("a state on a read-only disk (needs the right to mount a tmpfs)", () => {
  let shop: Project;
  let version: string;
  let server: Started | undefined;
  const state = join(disk?.folder ?? "", "state");
  const asked = (...args: string[]) => [...args, "--state", state];
  beforeAll(async () => {
    mkdirSync(state);
    shop = await project();
    expect((await mlspec(shop.folder, ...asked("run", "people.mlspec"))).err).toBe("");
    const served = start(shop.folder, asked("serve", "people.mlspec", "--port", "0", "--events", "ndjson"));
    const { live } = await served.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    version = live ?? "";
    // It is killed, so that its last words are in SQLite's log only, and its lease is there.
    served.child.kill("SIGKILL");
    await served.ended;
    await shop.write("people.mlspec", peopleSpec() + rolloutOfPeople);
    disk?.readOnly();
  });
  afterEach(async () => {
    server?.child.kill("SIGKILL");
    await server?.ended;
    server = undefined;
  });
  afterAll(async () => {
    disk?.writable();
    await shop.remove();
  });

  test("`status`, `rollout status` and `versions` say what is there", async () => {
    const before = readdirSync(state, { recursive: true }).sort();
    const report = await json<StatusReport>(shop.folder, ...asked("status", "people.mlspec", "--json"));
    expect(report).toMatchObject({ services: [{ live: version, answers: version, process: null }], runs: [{ outcome: "done" }] });
    expect(await json<ServiceStatus>(shop.folder, ...asked("rollout", "status", "people.mlspec", "--json"))).toMatchObject({ live: version, rollout: null });
    expect((await mlspec(shop.folder, ...asked("versions", "people.mlspec"))).out).toContain(`version ${version} of buyer is live`);
    expect(readdirSync(state, { recursive: true }).sort()).toEqual(before);
  });

  test("`serve` answers with what is live, says that nothing is kept, and takes no outcomes", async () => {
    server = start(shop.folder, asked("serve", "people.mlspec", "--port", "0", "--events", "ndjson"));
    const { url, live } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
    expect(live).toBe(version);
    const [answer] = await predict(url);
    expect(answer).toMatchObject({ version, fallback: null });
    const health = (await (await fetch(`${url}/v2/health/ready`)).json()) as { ready: boolean; degraded: boolean; problems: string[] };
    expect(health).toMatchObject({ ready: true, degraded: true, problems: [expect.stringContaining("cannot be written")] });
    expect(server.lines.join("\n")).toContain("nothing is logged");
    expect((await post(url, "/v2/outcomes", { id: answer?.id, label: "buys", value: true })).status).toBeGreaterThanOrEqual(400);
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  test("what would change something is refused with why", async () => {
    const { code, err } = await mlspec(shop.folder, ...asked("rollout", "start", "people.mlspec"));
    expect(code).toBe(2);
    expect(err).toContain("error[state-not-writable]");
    expect(err).toContain(state);
  });
});
