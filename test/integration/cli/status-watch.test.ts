/** `mlspec status --watch` hears of what another process does. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import { mlspec, start } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => (shop = await project()));
afterAll(() => shop.remove());

test("a line when it begins and one for each change, until it is interrupted; nothing while nothing changes", async () => {
  const watching = start(shop.folder, ["status", "people.mlspec", "--watch", "--json"]);
  const versions = (line: string): number => (JSON.parse(line) as StatusReport).models[0]?.versions.length ?? 0;
  await watching.line((line) => versions(line) === 0);
  expect((await mlspec(shop.folder, "run", "people.mlspec")).code).toBe(0);
  await watching.line((line) => versions(line) === 1);
  // What was said is not said again.
  expect(new Set(watching.lines).size).toBe(watching.lines.length);
  watching.child.kill("SIGINT");
  expect((await watching.ended).code).not.toBe(0);
});

test("what cannot be read at first is an error", async () => {
  expect(await mlspec(shop.folder, "status", "nowhere.mlspec", "--watch", "--state", "nothing")).toMatchObject({ code: 2 });
});
