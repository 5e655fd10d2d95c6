/** A process that serves and writes nothing (a full disk, a process that is stopped): whoever looks is told that what stands in the state is old. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";

let shop: Project;
let server: Started;
beforeAll(async () => {
  shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await shop.remove();
});

const problems = async (): Promise<readonly string[]> => (await json<{ readonly problems: readonly string[] }>(shop.folder, "rollout", "status", "people.mlspec", "--json")).problems;

test.each([["with the system's clock", []], ["in compressed time", ["--time-scale", "2"]]])("%s", async (_, options) => {
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", ...options]);
  const { url } = await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec")).err).not.toContain("error[");
  await server.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ stage }) => stage === "shadow");
  expect(await problems()).toEqual([]);

  server.child.kill("SIGSTOP");
  await expect.poll(problems, { timeout: 60_000 }).toEqual([expect.stringMatching(new RegExp(`^process ${server.child.pid} serves answer, but has written nothing of rollout release for \\d+ s: what is shown is as of then.*GET ${url}/v2/health/ready`))]);
  expect((await mlspec(shop.folder, "rollout", "status", "people.mlspec")).out).toContain("has written nothing of rollout release for");
  const { services } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
  expect(services[0]!.problems).toContainEqual(expect.stringContaining("has written nothing of rollout release for"));

  server.child.kill("SIGCONT");
  await expect.poll(problems, { timeout: 60_000 }).toEqual([]);
  server.child.kill("SIGTERM");
  await server.ended;
  // Nobody serves: that nothing moves is said in other words.
  expect(await problems()).toEqual([]);
  expect((await mlspec(shop.folder, "rollout", "abort", "people.mlspec")).out).toContain("rolled-back");
});
