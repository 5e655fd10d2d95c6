/** Whatever ends a run, the next one goes on from there, to the same bytes. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { RunEvent } from "../../../runtime/events.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

type Epoch = Extract<RunEvent, { type: "epoch-finished" }>;
/** Long enough to be interrupted in the midst of it. */
const spec = peopleSpec(["epochs: 4", "epochs: 200, patience: 0"]);
const train = (shop: Project): Started => start(shop.folder, ["run", "people.mlspec", "--events", "ndjson"]);
const afterEpoch = (run: Started, epoch: number): Promise<Epoch> => run.event<Epoch>("epoch-finished", (event) => event.epoch === epoch);
const files = async (folder: string): Promise<readonly string[]> => (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.includes("checkpoint"));

let whole: readonly string[];
const shops: Project[] = [];
const shop = async (): Promise<Project> => {
  const made = await project({ "people.mlspec": spec });
  shops.push(made);
  return made;
};
beforeAll(async () => {
  const uninterrupted = await shop();
  await train(uninterrupted).ended;
  whole = await uninterrupted.versions();
  expect(whole).toHaveLength(1);
});
afterAll(() => Promise.all(shops.map((each) => each.remove())));

describe.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s during training", (signal) => {
  test("keeps the checkpoint; the next run goes on from it and ends with the model of an uninterrupted one", async () => {
    const here = await shop();
    const run = train(here);
    await afterEpoch(run, 3);
    run.child.kill(signal);
    const { code, out, err } = await run.ended;
    if (signal !== "SIGKILL") {
      expect(code).toBe(130);
      expect(err).toContain("error[cancelled]");
      expect(err).toContain("Run again to continue from the last finished epoch");
      expect(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ type: "run-finished", outcome: "cancelled" });
    } else expect(code).toBeNull();
    expect(await here.versions()).toEqual([]);
    expect(await files(join(here.folder, ".mlspec", "training"))).not.toEqual([]);

    const next = await mlspec(here.folder, "run", "people.mlspec", "--events", "ndjson");
    expect(next.code).toBe(0);
    const epochs = next.out.trimEnd().split("\n").map((line) => JSON.parse(line) as RunEvent).filter((event): event is Epoch => event.type === "epoch-finished");
    expect(epochs[0]?.epoch).toBeGreaterThan(3);
    expect(next.out).toMatch(/went on after epoch \d+/);
    expect(await here.versions()).toEqual(whole);
    expect(await files(join(here.folder, ".mlspec", "training"))).toEqual([]);
  });
});

describe("two runs at once", () => {
  test("on one state: the second says who works on it already, and disturbs nothing", async () => {
    const here = await shop();
    const first = train(here);
    await afterEpoch(first, 1);
    // It lives and does nothing, so that it cannot be done before the second asks.
    first.child.kill("SIGSTOP");
    const second = await mlspec(here.folder, "run", "people.mlspec");
    expect(second.code).toBe(2);
    expect(second.err).toContain("error[run-in-progress]");
    expect(second.err).toContain(`process ${first.child.pid}`);
    first.child.kill("SIGCONT");
    expect((await first.ended).code).toBe(0);
    expect(await here.versions()).toEqual(whole);
    const { runs } = await json<StatusReport>(here.folder, "status", "people.mlspec", "--json");
    expect(runs.map(({ outcome }) => outcome).sort()).toEqual(["done", "failed"]);
  });
});
