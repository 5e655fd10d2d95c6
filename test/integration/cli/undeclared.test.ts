/** What is served or live is shown, whatever has become of its declaration: nobody finds out by its users that it runs. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";

const renamed = peopleSpec(["service answer", "service other"]);
let shop: Project;
let server: Started | undefined;
let version = "";
beforeAll(async () => { shop = await project(); });
afterEach(async () => {
  server?.child.kill("SIGKILL");
  await server?.ended;
  server = undefined;
});
afterAll(() => shop.remove());

async function serve(): Promise<number> {
  await shop.write("people.mlspec", peopleSpec());
  server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  await server.event<Extract<ServeEvent, { type: "listening" }>>("listening");
  return server.child.pid!;
}
const services = async (file = "people.mlspec") => (await json<StatusReport>(shop.folder, "status", file, "--json")).services;
const drawn = async (): Promise<readonly string[]> => (await mlspec(shop.folder, "status", "people.mlspec")).out.split("\n");

test("a process whose service was renamed while its fallback answers, since nothing was registered", async () => {
  const pid = await serve();
  await shop.write("people.mlspec", renamed);
  expect(await services()).toMatchObject([{ name: "other", declared: true, process: null }, { name: "answer", model: "buyer", declared: false, live: null, process: { pid } }]);
});

test("a process, and then a live version that nobody serves, of a service that was renamed", async () => {
  await shop.write("people.mlspec", peopleSpec());
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  [version = ""] = await shop.versions();
  const pid = await serve();
  await shop.write("people.mlspec", renamed);
  expect(await services()).toMatchObject([{ name: "other", declared: true }, { name: "answer", model: "buyer", declared: false, live: version, answers: version, process: { pid } }]);
  expect(await drawn()).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`^ *answer .*process ${pid}, not declared in the spec$`))]));
  server!.child.kill("SIGKILL");
  await server!.ended;
  expect(await drawn()).toEqual(expect.arrayContaining([expect.stringMatching(/^ *answer .*not served, not declared in the spec$/)]));
});

test("a model that was renamed with its service: its versions are shown, as not declared", async () => {
  await shop.write("people.mlspec", renamed.replaceAll("buyer", "shopper"));
  const { models } = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
  expect(models).toMatchObject([{ name: "shopper", declared: true }, { name: "buyer", declared: false, versions: [{ version, live: true }] }]);
});

test("what another spec beside it was served with last is that one's, as long as it is there", async () => {
  await serve();
  await shop.write("another.mlspec", renamed);
  expect(await services("another.mlspec")).toMatchObject([{ name: "other" }]);
  await rm(join(shop.folder, "people.mlspec"));
  expect(await services("another.mlspec")).toMatchObject([{ name: "other" }, { name: "answer", declared: false, live: version }]);
});

test("a rollout under way to it", async () => {
  await shop.write("people.mlspec", peopleSpec(["service answer", "service third"]) + rolloutOfPeople.replace("on answer", "on third"));
  expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec")).err).not.toContain("error[");
  await shop.write("people.mlspec", renamed);
  expect((await services()).map(({ name, declared }) => ({ name, declared }))).toContainEqual({ name: "third", declared: false });
  expect(await drawn()).toEqual(expect.arrayContaining([expect.stringMatching(/^ *release .*not declared in the spec/)]));
});

test("who asks which one is meant is told where the names are from", async () => {
  const versions = (...args: string[]) => mlspec(shop.folder, "versions", "people.mlspec", ...args);
  await shop.write("people.mlspec", "");
  expect((await versions()).err).toMatch(/^error\[which-one\]: the state knows several services\n {2}hint: Name one of (answer|third), (answer|third)\.$/m);
  expect((await versions("--service", "nobody")).err).toMatch(/^error\[not-declared\]: the state knows no service called nobody\n {2}hint: It knows (answer|third), (answer|third)\.$/m);
  await shop.write("people.mlspec", renamed);
  expect((await versions("--service", "nobody")).err).toContain("error[not-declared]: neither the spec nor the state knows a service called nobody");
});
