/** A disk that is full when a version is registered: nothing is registered, and with space again the same run goes through. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusReport } from "../../../cli/status-report.ts";
import { smallDisk } from "./disks.ts";
import { json, mlspec } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";

const disk = smallDisk(24);
afterAll(() => disk?.remove());

describe.skipIf(disk === null)("a full disk (needs the right to mount a tmpfs)", () => {
  let shop: Project;
  const state = join(disk?.folder ?? "", "state");
  const run = (...args: string[]) => mlspec(shop.folder, "run", "people.mlspec", "--state", state, ...args);
  beforeAll(async () => {
    mkdirSync(state);
    // Weights of half a megabyte, so that the model is what does not fit.
    shop = await project({ "people.mlspec": peopleSpec(["dense(8, relu), dropout(10%)", "dense(256, relu), dense(512, relu)"], ["epochs: 4", "epochs: 1"]) });
    expect((await run("--until", "evaluate")).code).toBe(0);
  });
  afterAll(() => shop.remove());

  // 300 kB take the run's record and its events; nothing takes not even that.
  test.each([300_000, 0])("with %d bytes left: exit 2, `disk-full`, and no version that is half there", async (left) => {
    disk?.fill(left);
    const { code, out, err } = await run();
    expect(code).toBe(2);
    expect(err).toContain("error[disk-full]");
    expect(err).toMatch(/\n {2}hint: /);
    if (left > 0) expect(out).toMatch(/^✗ register/m);
    disk?.empty();
    const status = await json<StatusReport>(shop.folder, "status", "people.mlspec", "--state", state, "--json");
    expect(status.models[0]?.versions).toEqual([]);
  });

  test("with space again, what was computed is found and the version registered", async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/^= train .*\(unchanged\)$/m);
    expect(out).toMatch(/^✓ register +version/m);
  });
});
