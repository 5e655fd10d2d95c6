/** Output that cannot be written, or not all of it: whoever reads a script's exit code must not take half an answer for one. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { peopleSpec, project, type Project } from "./people.ts";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");
let shop: Project;
beforeAll(async () => { shop = await project({ "unjudged.mlspec": peopleSpec(["  require auc >= 0.6\n", ""]) }); });
afterAll(() => shop.remove());

async function onto(path: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const file = openSync(path, "w");
  const child: ChildProcess = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { cwd: shop.folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", file, "pipe"] });
  closeSync(file);
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, err };
}

test.skipIf(!existsSync("/dev/full")).each([
  ["compile", "people.mlspec"], ["validate", "unjudged.mlspec"], ["lineage", "people.mlspec"], ["status", "people.mlspec", "--json"],
  // Its work goes on: what it does is more than what it says.
  ["run", "people.mlspec", "--until", "data", "--events", "ndjson"],
])("%s onto a full disk: exit 2, and why", async (...args) => {
  const { code, err } = await onto("/dev/full", args);
  expect(err).toMatch(/^error\[cannot-write\]: the output cannot be written: .*ENOSPC/m);
  expect(err.match(/cannot-write/g)).toHaveLength(1);
  expect(code).toBe(2);
});
