/** What a rollout saw outlives `kill -9` of `serve`: real processes, real requests, a signal in the middle of them. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { openState } from "../../../runtime/state/state.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";
import { post } from "./traffic.ts";

type Listening = Extract<ServeEvent, { type: "listening" }>;
type Moved = Extract<ServeEvent, { type: "rollout-moved" }>;

const rollout = `
rollout release of buyer on answer {
  stage half { traffic: 50%, hold: 30d, at_most: 60d }
  stage full { traffic: 100% }
}
`;

let shop: Project;
let server: Started;
beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rollout });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await shop.remove();
});

async function serve(): Promise<string> {
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  return (await server.event<Listening>("listening")).url;
}

/** Requests of one row, `clients` at a time, until the server is gone; each is a unit of its own. Resolves with how many were answered. */
async function askUntilGone(url: string, clients: number, killAfter: number): Promise<number> {
  let answered = 0;
  const ask = async (): Promise<void> => {
    for (;;) {
      const reply = await post(url, "/predict", { person_id: "p1", age: 40, city: "Rome", income: 30_000 }).catch(() => null);
      if (reply === null) return;
      if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
      answered++;
      if (answered === killAfter) server.child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: clients }, ask));
  await server.ended;
  return answered;
}

function counted(id: string): number {
  const state = openState(join(shop.folder, ".mlspec"));
  try {
    const { candidate, control } = state.counters.of(id, 0);
    expect(candidate.units + control.units).toBe(candidate.requests + control.requests);
    return candidate.requests + control.requests;
  } finally {
    state.close();
  }
}

test("what was answered is counted, each once, whenever the process is killed", async () => {
  const clients = 8;
  let url = await serve();
  expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec", "--by", "ada")).code).toBe(0);
  await server.event<Moved>("rollout-moved", ({ stage }) => stage === "half");
  const id = (await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json")).rollout?.id ?? "";

  let answered = 0;
  let killed = 0;
  let lostWithout = 0;
  for (const killAfter of [150, 333, 97]) {
    answered += await askUntilGone(url, clients, killAfter);
    killed++;
    lostWithout += Math.max(0, answered - counted(id));
    url = await serve();
    const found = counted(id);
    // What was being answered when the signal came may be counted: its client does not know.
    expect(found).toBeGreaterThanOrEqual(answered);
    expect(found).toBeLessThanOrEqual(answered + killed * clients);
    answered = found;
  }
  // Else the test would not see what it is about.
  expect(lostWithout).toBeGreaterThan(0);
  const evidence = join(shop.folder, ".mlspec", "evidence", "answer");
  expect(existsSync(evidence) ? await readdir(evidence) : []).toEqual([]);
});

test("a server that ends by itself leaves nothing to take up", async () => {
  const before = counted((await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json")).rollout?.id ?? "");
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  await serve();
  const { rollout } = await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json");
  expect(counted(rollout?.id ?? "")).toBe(before);
});

describe("what a killed server leaves", () => {
  const folder = (): string => join(shop.folder, ".mlspec", "evidence", "answer");
  const health = async (url: string): Promise<{ degraded: boolean; problems: string[] }> => (await (await fetch(`${url}/v2/health/ready`)).json()) as { degraded: boolean; problems: string[] };
  const leftAfterKill = async (): Promise<string> => {
    await askUntilGone(await again(), 4, 40);
    const [name = ""] = await readdir(folder());
    return join(folder(), name);
  };
  const again = async (): Promise<string> => {
    server.child.kill("SIGTERM");
    await server.ended;
    return serve();
  };

  test("torn at the end is as it should be", async () => {
    const path = await leftAfterKill();
    await truncate(path, (await readFile(path)).length - 5);
    expect(await health(await serve())).toMatchObject({ degraded: false, problems: [] });
    expect(await readdir(folder())).toEqual([]);
  });

  test("damaged is counted as far as it can be read, told, and kept", async () => {
    const path = await leftAfterKill();
    const lines = (await readFile(path, "utf8")).split("\n");
    const damaged = lines.map((line, index) => (index === 2 || index === 3 ? "\0".repeat(line.length) : line)).join("\n");
    await writeFile(path, damaged);
    const url = await serve();
    const told = "2 lines of the evidence journal";
    expect(await health(url)).toMatchObject({ degraded: true, problems: [expect.stringContaining(told)] });
    await server.line((line) => line.includes('"warning"') && line.includes(told));
    expect(await readFile(`${path}.damaged`, "utf8")).toBe(damaged);
    expect(await readdir(folder())).toEqual([`${basename(path)}.damaged`]);
    await rm(`${path}.damaged`);
  });

  test.each([
    ["noise", (path: string) => writeFile(path, new Uint8Array(3000).fill(0xa5))],
    ["a folder", async (path: string) => { await rm(path); await mkdir(path); }],
    ["a pipe", async (path: string) => { await rm(path); execFileSync("mkfifo", [path]); }],
  ])("%s in its place is told, and kept", async (_, damage) => {
    const path = await leftAfterKill();
    await damage(path);
    expect(await health(await serve())).toMatchObject({ degraded: true, problems: [expect.stringMatching(/evidence journal .* can(not)? be read/)] });
    expect(existsSync(`${path}.damaged`)).toBe(true);
    await rm(`${path}.damaged`, { recursive: true });
  });
});
