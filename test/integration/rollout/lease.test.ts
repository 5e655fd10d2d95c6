import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAtState, openState, type State } from "../../../runtime/state/state.ts";
import { temporaryFolder } from "./simulation.ts";
import { unreaped } from "./zombie.ts";

let folder: string;
let state: State;
beforeEach(() => {
  folder = temporaryFolder();
  state = openState(folder);
});
afterEach(() => state.close());

describe("the lease of a service", () => {
  it("is held by one server at a time, and free after release", () => {
    const lease = state.leases.take("recommend", "one");
    lease.announce("http://127.0.0.1:8080");
    expect(() => state.leases.take("recommend", "two")).toThrowError(expect.objectContaining({ code: "already-serving", message: expect.stringContaining("http://127.0.0.1:8080") }));
    lease.tell({ version: "a", problems: [] });
    const looking = lookAtState(folder);
    expect(looking.leases.holder("recommend")).toMatchObject({ pid: process.pid, address: "http://127.0.0.1:8080", answering: { version: "a" } });
    looking.close();
    lease.release();
    expect(state.leases.holder("recommend")).toBeNull();
    state.leases.take("recommend", "two").release();
  });

  it("is of one service: another may be served beside", () => {
    const lease = state.leases.take("recommend", "one");
    state.leases.take("rank", "two").release();
    lease.release();
  });

  it("is taken over from a process that was killed", () => {
    const holder = `
      import { openState } from ${JSON.stringify(join(import.meta.dirname, "../../../runtime/state/state.ts"))};
      openState(${JSON.stringify(folder)}).leases.take("recommend", "killed");
      process.kill(process.pid, "SIGKILL");`;
    expect(spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e", holder], { stdio: "inherit" }).signal).toBe("SIGKILL");
    state.leases.take("recommend", "next").release();
  });

  it.runIf(process.platform === "linux")("is taken over from a killed process that its parent has not asked for, and nobody is shown as serving", async () => {
    const holder = join(folder, "holder.ts");
    writeFileSync(holder, `
      import { openState } from ${JSON.stringify(join(import.meta.dirname, "../../../runtime/state/state.ts"))};
      openState(${JSON.stringify(folder)}).leases.take("recommend", "killed");
      process.kill(process.pid, "SIGKILL");`);
    const zombie = await unreaped(`${process.execPath} --disable-warning=ExperimentalWarning ${holder}`);
    try {
      expect(state.leases.holder("recommend")).toBeNull();
      state.leases.take("recommend", "next").release();
    } finally {
      await zombie.end();
    }
  });

  it("is taken over when the holder's process id now belongs to another process", () => {
    state.leases.take("recommend", "old");
    const connection = new DatabaseSync(join(folder, "state.db"));
    connection.prepare("UPDATE leases SET holder = json_set(holder, '$.started', 'an earlier boot:1')").run();
    connection.close();
    state.leases.take("recommend", "next").release();
  });
});
