/** A version comes to its users through processes of their own: `run`, `serve`, `rollout …`, and a client. Minutes pass in seconds. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { loggedIds, predict, showArm, traffic, type Traffic } from "./traffic.ts";

type Listening = Extract<ServeEvent, { type: "listening" }>;
type Moved = Extract<ServeEvent, { type: "rollout-moved" }>;

let shop: Project;
let version: string;
let server: Started;
let tokenFile: string | null;
let url: string;
let load: Traffic | undefined;
beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  [version = ""] = await shop.versions();
});
afterEach(async () => {
  await load?.stop();
  load = undefined;
  server.child.kill("SIGKILL");
  await server.ended;
});
afterAll(() => shop.remove());

const rollout = (...args: string[]) => mlspec(shop.folder, "rollout", ...args);
const status = () => json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
async function serve(timeScale = 300): Promise<void> {
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--time-scale", String(timeScale), "--events", "ndjson"]);
  ({ url, tokenFile } = await server.event<Listening>("listening"));
}
const moved = (to: string): Promise<Moved> => server.event<Moved>("rollout-moved", ({ stage, state }) => (stage === to && state === "running") || state === to);

/** Asks until it is so. */
async function until(so: (status: ServiceStatus) => boolean): Promise<ServiceStatus> {
  for (;;) {
    const now = await status();
    if (so(now)) return now;
  }
}

describe("before it", () => {
  test("the fallback answers, and `rollout status` says what begins one", async () => {
    await serve();
    expect((await predict(url))[0]).toMatchObject({ version: null, prediction: 0.4, fallback: "no-version" });
    const { code, out } = await rollout("status", "people.mlspec");
    expect(code).toBe(0);
    expect(out).toContain("`mlspec rollout start people.mlspec` begins one");
  });

  test("nobody approves nothing", async () => {
    await serve();
    const { code, err } = await rollout("approve", "people.mlspec", "--by", " ");
    expect(code).toBe(2);
    expect(err).toContain("it names nobody");
  });
});

describe("aborted", () => {
  test("the version before answers at once, and the history says who and why", async () => {
    await serve();
    expect((await rollout("start", "people.mlspec", "--by", "ada")).code).toBe(0);
    await moved("shadow");
    const again = await rollout("start", "people.mlspec");
    expect(again.code).toBe(2);
    expect(again.err).toContain("error[rollout-active]");
    const { code, out } = await rollout("abort", "people.mlspec", "--by", "ada", "--reason", "second thoughts");
    expect(code).toBe(0);
    expect(out).toContain("rolled-back");
    expect(out).toMatch(/roll-back +shadow +ada +second thoughts/);
    expect((await predict(url))[0]?.version).toBeNull();
    expect((await rollout("abort", "people.mlspec")).err).toContain("error[nothing-to-abort]");
  });

  test("also while somebody has left a mistake in the spec, with which nothing can be started", async () => {
    await serve();
    expect((await rollout("start", "people.mlspec", "--by", "ada")).code).toBe(0);
    const sound = await readFile(join(shop.folder, "people.mlspec"), "utf8");
    await writeFile(join(shop.folder, "people.mlspec"), `${sound}\nentity half {\n`);
    try {
      expect((await rollout("abort", "people.mlspec")).out).toContain("rolled-back");
      expect((await rollout("start", "people.mlspec")).err).toContain("error[spec-invalid]");
    } finally {
      await writeFile(join(shop.folder, "people.mlspec"), sound);
    }
  });
});

describe("to the end", () => {
  test("shadow, approval by a member only, pause and resume, kill -9 in a stage, completed; no acknowledged prediction is lost", async () => {
    await serve();
    load = traffic(() => url, await showArm(tokenFile));
    await rollout("start", "people.mlspec");
    await moved("shadow");
    const waiting = await until(({ rollout }) => rollout?.waiting?.for === "approval");
    expect(waiting.rollout?.waiting?.text).toContain("lead");
    expect(waiting.live).toBeNull();

    const stranger = await rollout("approve", "people.mlspec", "--by", "mallory@example.org");
    expect(stranger.code).toBe(2);
    expect(stranger.err).toMatch(/error\[[a-z-]+\]: .*mallory@example\.org/);
    const approved = await rollout("approve", "people.mlspec", "--by", "lead@example.org");
    expect(approved).toMatchObject({ code: 0, out: expect.stringContaining("lead@example.org approved stage half as lead.") as string });
    await moved("half");

    expect((await rollout("pause", "people.mlspec", "--reason", "lunch")).code).toBe(0);
    expect((await status()).rollout).toMatchObject({ state: "paused", stage: 1 });
    const measured = await (await fetch(`${url}/metrics`)).text();
    for (const line of [
      /^mlspec_rollout_info\{.*rollout="release".*state="paused".*stage="half".*\} 1$/m, /^mlspec_rollout_traffic_ratio\{.*\} 0\.5$/m, /^mlspec_rollout_units\{.*arm="candidate".*\} [1-9]/m,
      /^mlspec_rollout_verdict_info\{.*stage="half".*requirement="rate\(errors\) <= 50%".*outcome="[a-z-]+".*\} 1$/m, /^mlspec_rollout_waiting_info\{.*for="resume".*\} 1$/m,
      /^mlspec_live_info\{.*version="fallback".*\} 1$/m, /^mlspec_ready\{.*\} 1$/m, /^mlspec_state_readable\{.*\} 1$/m,
      /^process_resident_memory_bytes\{.*\} [1-9]/m, /^nodejs_eventloop_lag_p99_seconds\{/m, /^process_start_time_seconds\{/m,
    ]) expect(measured).toMatch(line);
    server.child.kill("SIGKILL");
    await server.ended;
    await serve(7200);
    expect((await status()).rollout).toMatchObject({ state: "paused", stage: 1 });
    expect((await rollout("resume", "people.mlspec")).code).toBe(0);

    await moved("completed");
    expect(await status()).toMatchObject({ live: version, rollout: { state: "completed", candidate: version } });
    await load.stop();
    expect((await predict(url))[0]).toMatchObject({ version, fallback: null });
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);

    const { answers } = load;
    const arms = new Set(answers.map(({ arm }) => arm));
    expect([...arms], JSON.stringify([...arms])).toEqual(expect.arrayContaining([expect.stringMatching(/candidate$/), expect.stringMatching(/control$/)]));
    const logged = await loggedIds(join(shop.folder, ".mlspec"), "answer");
    expect(answers.filter(({ id }) => !logged.has(id))).toEqual([]);
  });

  test("and what is live already is not rolled out again", async () => {
    await serve();
    expect((await predict(url))[0]?.version).toBe(version);
    const { code, err } = await rollout("start", "people.mlspec");
    expect(code).toBe(2);
    expect(err).toContain("error[candidate-is-live]");
  });
});
