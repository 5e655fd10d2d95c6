/** A mistake of MLSpec's own in one file costs the results of no other, and the exit code says that something is missing. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

const source = (name: string, time = ""): string => `source ${name} {\n  read: csv("a.csv")\n${time}  columns { a: int }\n}\n`;
const NODE_OPTIONS = `--import=${join(import.meta.dirname, "faulty.ts")} --disable-warning=ExperimentalWarning`;

let shop: Project;
beforeAll(async () => {
  shop = await project({ "a.mlspec": source("a", "  time: nowhere\n"), "b.mlspec": `${source("good")}${source("faulty")}`, "c.mlspec": "// boom\n", "d.mlspec": source("d", "  time: nothing\n") });
});
afterAll(() => shop.remove());

test("validate tells all that it found in a folder, and exits with 2", async () => {
  const { code, out, err } = await start(shop.folder, ["validate", "."], { NODE_OPTIONS }).ended;
  expect({ code, err }).toEqual({ code: 2, err: "" });
  expect(out).toContain("unknown name `nowhere`");
  expect(out).toContain("unknown name `nothing`");
  expect(out).toMatch(/error\[internal-error\]: MLSpec made a mistake of its own while reading `faulty`.*\n {2}--> b.mlspec:5:8/);
  expect(out).toMatch(/error\[internal-error\]: MLSpec made a mistake of its own while reading this file.*\n {2}--> c.mlspec:1:1/);
  expect(out).toContain("in 5 files");
});

test("MLSPEC_DEBUG shows where it went wrong", async () => {
  const { out } = await start(shop.folder, ["validate", "."], { NODE_OPTIONS, MLSPEC_DEBUG: "1" }).ended;
  expect(out).toMatch(/TypeError: made on purpose\n +at .*faulty\.ts/);
});

test("nothing is compiled or run that could not be looked at", async () => {
  const { code, err } = await start(shop.folder, ["compile", "b.mlspec"], { NODE_OPTIONS }).ended;
  expect(code).toBe(2);
  expect(err).toContain("error[internal-error]: MLSpec could not look at all of the spec; nothing was run");
});
