/** Who wants out of a rollout gets out, whatever has become of the spec: the state says what runs, and the plan was kept when it began. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { StatusReport } from "../../../cli/status-report.ts";
import { json, mlspec } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";

const sound = peopleSpec() + rolloutOfPeople;
let shop: Project;
beforeAll(async () => {
  shop = await project({ "people.mlspec": sound });
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
});
beforeEach(async () => {
  await shop.write("people.mlspec", sound);
  expect((await mlspec(shop.folder, "rollout", "start", "people.mlspec", "--by", "ada")).err).toBe("");
});
afterEach(async () => {
  await shop.write("people.mlspec", sound);
  await mlspec(shop.folder, "rollout", "abort", "people.mlspec");
});
afterAll(() => shop.remove());
const rollout = (...args: string[]) => mlspec(shop.folder, "rollout", ...args);

describe.each([
  ["whose model is misspelt", () => shop.write("people.mlspec", sound.replace("release of buyer", "release of byuer"))],
  ["whose model is gone", () => shop.write("people.mlspec", sound.replace(/model buyer \{[\s\S]*?\n\}\n/, ""))],
  ["that does not parse", () => shop.write("people.mlspec", "}{ ][ model = = ( %")],
  ["that is empty", () => shop.write("people.mlspec", "")],
  ["that is gone", () => rm(join(shop.folder, "people.mlspec"))],
])("with a spec %s", (_, damage) => {
  beforeEach(damage);

  test("a rollout is looked at, paused, resumed, approved and aborted", async () => {
    expect((await rollout("pause", "people.mlspec", "--reason", "lunch")).err).not.toContain("error[");
    expect((await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json")).rollout).toMatchObject({ name: "release", state: "paused" });
    expect((await rollout("resume", "people.mlspec")).code).toBe(0);
    expect((await rollout("approve", "people.mlspec", "release", "--by", "lead@example.org")).out).toContain("approved stage half as lead");
    const { code, out } = await rollout("abort", "people.mlspec", "--reason", "second thoughts");
    expect(code).toBe(0);
    expect(out).toContain("rolled-back");
  });

  test("`status` shows the service and its rollout, and says that the spec does not declare them", async () => {
    const report = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json");
    expect(report.rollouts).toEqual([expect.objectContaining({ name: "release", state: "active", service: "answer", declared: false, approvers: ["lead@example.org"] })]);
    expect(report.models).toEqual([expect.objectContaining({ name: "buyer", versions: [expect.objectContaining({ problem: null })] })]);
    expect(report.specProblem).toEqual(expect.any(String));
    const { code, out } = await mlspec(shop.folder, "status", "people.mlspec");
    expect(code).toBe(0);
    expect(out).toContain(report.specProblem);
  });
});

test("a rollout of another spec in the same state folder is not taken for this spec's", async () => {
  await writeFile(join(shop.folder, "other.mlspec"), peopleSpec());
  const { code, err } = await rollout("abort", "other.mlspec");
  expect(code).toBe(2);
  expect(err).toContain("error[not-declared]");
  expect(err).toContain("release");
  expect((await rollout("abort", "other.mlspec", "release")).out).toContain("rolled-back");
});

test("a spec that was never there is an error, not a rollout of somebody else's", async () => {
  await rename(join(shop.folder, ".mlspec"), join(shop.folder, "away"));
  const { code, err } = await rollout("abort", "nowhere.mlspec");
  await rename(join(shop.folder, "away"), join(shop.folder, ".mlspec"));
  expect(code).toBe(2);
  expect(err).toContain("error[file-not-found]");
});
