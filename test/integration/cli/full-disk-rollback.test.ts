/** A candidate does harm while the disk is full: it is rolled back all the same, that is kept, and health says what is so. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import type { ServiceStatus } from "../../../runtime/rollout/status.ts";
import type { ServeEvent } from "../../../runtime/service/events.ts";
import { smallDisk } from "./disks.ts";
import { json, mlspec, start, type Started } from "./mlspec.ts";
import { peopleSpec, project } from "./people.ts";
import { predict, type Answer } from "./traffic.ts";

const income = "    income = standardize(log1p(people.income))\n";
const rollout = `
rollout release of buyer on answer {
  unit: person_id
  stage half { traffic: 50%, hold: 30d, at_most: 60d, require rate(errors) <= control }
  stage full { traffic: 100% }
}
`;

const disk = smallDisk(48);
let server: Started | undefined;
afterAll(async () => {
  server?.child.kill("SIGKILL");
  await server?.ended;
  disk?.remove();
});

describe.skipIf(disk === null)("a full disk (needs the right to mount a tmpfs)", () => {
  test("a candidate that fails its users is rolled back by itself", async () => {
    const state = join(disk!.folder, "state");
    mkdirSync(state);
    const shop = await project({ "people.mlspec": peopleSpec([income, ""]) + rollout });
    const own = (...args: string[]) => mlspec(shop.folder, ...args, "--state", state);
    const serve = async (): Promise<string> => {
      server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson", "--state", state]);
      return (await server.event<Extract<ServeEvent, { type: "listening" }>>("listening")).url;
    };
    const versions = async () => (await json<StatusReport>(shop.folder, "status", "people.mlspec", "--json", "--state", state)).models[0]!.versions.map(({ version }) => version);
    const ask = (from: number): Promise<readonly Answer[]> => predict(url, Array.from({ length: 1 }, (_, i) => ({ person_id: `visitor ${from + i}`, age: 40, city: "Rome" })));

    expect((await own("run", "people.mlspec")).err).toBe("");
    const [sound = ""] = await versions();
    expect((await own("deploy", "people.mlspec", sound, "--reason", "the first one")).err).toBe("");
    // The candidate reads what clients do not send.
    await shop.write("people.mlspec", peopleSpec() + rollout);
    expect((await own("run", "people.mlspec")).err).toBe("");
    const candidate = (await versions()).find((each) => each !== sound) ?? "";
    let url = await serve();
    expect((await own("rollout", "start", "people.mlspec", "--version", candidate)).err).toBe("");
    await server!.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", ({ stage }) => stage === "half");

    disk!.fill(0);
    let back = false;
    void server!.event<Extract<ServeEvent, { type: "rollout-moved" }>>("rollout-moved", (event) => event.state === "rolled-back").then(() => { back = true; }, () => undefined);
    let asked = 0;
    while (!back && asked < 3_000) await ask(asked++);
    expect(back, `not rolled back after ${asked} requests`).toBe(true);

    const answers = (await Promise.all(Array.from({ length: 20 }, (_, i) => ask(asked + i)))).flat();
    expect(answers.map(({ version, fallback }) => ({ version, fallback }))).toEqual(Array(20).fill({ version: sound, fallback: null }));
    const health = await (await fetch(`${url}/v2/health/ready`)).json() as { problems: readonly string[] };
    expect(health).toMatchObject({ ready: true, degraded: true, live_version: sound, answering_version: sound });
    expect(health.problems.join("\n")).toMatch(/No space left|ENOSPC/);
    const looked = await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json", "--state", state);
    expect(looked).toMatchObject({ live: sound, rollout: { state: "rolled-back", candidate } });
    expect(looked.rollout?.history.at(-1)).toMatchObject({ kind: "roll-back", by: "mlspec", outcome: "done", reason: expect.stringContaining("rate(errors)") as unknown });

    server!.child.kill("SIGKILL");
    await server!.ended;
    disk!.empty();
    url = await serve();
    expect((await ask(asked + 20))[0]).toMatchObject({ version: sound, fallback: null });
    expect((await json<ServiceStatus>(shop.folder, "rollout", "status", "people.mlspec", "--json", "--state", state)).rollout?.state).toBe("rolled-back");
    await expect.poll(async () => await (await fetch(`${url}/v2/health/ready`)).json(), { timeout: 20_000 }).toMatchObject({ ready: true, degraded: false, problems: [] });
    await shop.remove();
  });
});
