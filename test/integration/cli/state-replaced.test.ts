/** A state.db that is removed or replaced under `serve`: no command reaches that process any more, so it says so, and nobody stays on a candidate. */
import { copyFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";
import { predict } from "./traffic.ts";

const rollout = `
rollout release of buyer on answer {
  unit: person_id
  stage half { traffic: 50%, hold: 30d, at_most: 60d }
  stage full { traffic: 100% }
}
`;

let shop: Project;
let server: Started;
let url: string;
const path = (name: string): string => join(shop.folder, ".mlspec", name);
const health = async () => (await (await fetch(`${url}/v2/health/ready`)).json()) as { ready: boolean; degraded: boolean; problems: string[] };
const metric = async (name: string) => (await (await fetch(`${url}/metrics`)).text()).split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
const say = (...args: string[]) => mlspec(shop.folder, ...args);
/** Until the server says that it knows. */
async function told(): Promise<void> {
  await server.line((line) => line.includes("was removed or replaced"));
}
async function serve(): Promise<void> {
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  ({ url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening"));
}
async function end(): Promise<void> {
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
}

beforeEach(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rollout });
  expect((await say("run", "people.mlspec")).code).toBe(0);
  await serve();
});
afterEach(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await shop.remove();
});

async function toTheHalf(): Promise<void> {
  expect((await say("rollout", "start", "people.mlspec")).err).toBe("");
  await server.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ stage }) => stage === "half");
  while (!(await predict(url)).some(({ version }) => version !== null));
}

test("removed: nobody meets the candidate, health and metrics say why, and it is rebuilt only when that process has ended", async () => {
  await toTheHalf();
  for (const name of readdirSync(path(""))) if (name.startsWith("state.db")) rmSync(path(name));
  await told();
  expect((await predict(url)).every(({ version }) => version === null)).toBe(true);
  expect(await health()).toMatchObject({ ready: true, degraded: true, problems: [expect.stringContaining("state.db was removed or replaced")] });
  expect(await metric("mlspec_state_readable")).toEqual([expect.stringMatching(/ 0$/)]);
  expect(await metric("mlspec_rollout_traffic")).toEqual([]);

  const refused = await say("state", "rebuild", "people.mlspec");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("error[already-serving]");
  expect(refused.err).toContain(`kill ${server.child.pid}`);
  await end();
  expect((await say("state", "rebuild", "people.mlspec")).err).toBe("");
  await serve();
  expect(await health()).toMatchObject({ degraded: false });
});

test("replaced by an older copy: what is said to the copy is refused, since nobody hears it, and `status` says who does not", async () => {
  for (const name of ["state.db", "state.db-wal"]) copyFileSync(path(name), path(`copy-of-${name}`));
  await toTheHalf();
  for (const name of readdirSync(path(""))) if (name.startsWith("state.db")) rmSync(path(name));
  for (const name of ["state.db", "state.db-wal"]) renameSync(path(`copy-of-${name}`), path(name));
  await told();
  const [version = ""] = await shop.versions();
  for (const command of [["rollout", "abort", "people.mlspec", "--reason", "stop"], ["deploy", "people.mlspec", version, "--reason", "stop"]]) {
    const { code, err } = await say(...command);
    expect({ command, code }).toEqual({ command, code: 2 });
    expect(err).toContain("error[already-serving]");
  }
  const { services } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
  expect(services[0]).toMatchObject({ process: { pid: server.child.pid }, problems: [expect.stringContaining("removed or replaced")] });
  expect((await say("serve", "people.mlspec", "--port", "0")).err).toContain("error[already-serving]");
  await end();
  expect((await say("deploy", "people.mlspec", version, "--reason", "go on")).err).toBe("");
});
