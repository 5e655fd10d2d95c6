/** A command that only computes has nothing to put in order: a signal ends it at once, however busy it is. */
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

let shop: Project;
beforeAll(async () => {
  shop = await project();
  // Some ten seconds of work at the least, in one piece.
  await shop.write("large.mlspec", Array.from({ length: 100_000 }, (_, i) => `entity e${i} { key: k${i} }\n`).join(""));
});
afterAll(() => shop.remove());

/** Seconds of processor time, of all its threads. */
async function worked(pid: number): Promise<number> {
  const [, after = ""] = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ");
  const fields = after.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test.each([["SIGTERM", "validate"], ["SIGINT", "validate"], ["SIGTERM", "compile"], ["SIGTERM", "run"]] as const)("%s ends a busy `%s`", async (signal, command) => {
  const { child, ended } = start(shop.folder, [command, "large.mlspec"]);
  while ((await worked(child.pid!)) < 2) await wait(50);
  child.kill(signal);
  const { code, out } = await ended;
  expect({ code, signal: child.signalCode, out }).toEqual({ code: null, signal, out: "" });
});
