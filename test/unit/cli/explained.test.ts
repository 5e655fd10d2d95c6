/** `mlspec explain` knows whatever code MLSpec can print. */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explained, pageOf } from "../../../cli/commands/explain.ts";

const sources = globSync("{runtime,cli,language-server,extension}/**/*.ts").map((path) => readFileSync(path, "utf8"));

test("every code that the sources write down has a page", () => {
  const written = new Set(sources.flatMap((text) => [...text.matchAll(/\bcode: "([a-z]+(?:-[a-z0-9]+)+)"|new MlspecError\(\s*"([a-z0-9-]+)"|\.report\([^"`]*?, "([a-z-]+)", ["`]/g)].map(([, a, b, c]) => a ?? b ?? c ?? "")));
  expect(written).toContain("classes-unseen");
  expect(written).toContain("duplicate-column");
  expect(written).toContain("state-missing");
  expect([...written].filter((code) => pageOf(code) === undefined)).toEqual([]);
});

test("each page names its code, and there is none for what is no code", () => {
  expect(explained().filter((code) => pageOf(code)?.text.includes(code) !== true)).toEqual([]);
  expect(["toString", "constructor", "nobody"].map(pageOf)).toEqual([undefined, undefined, undefined]);
});

test("what is a check and an error of a command is explained as both", () => {
  expect(pageOf("requirement-cannot-be-judged")?.text).toMatch(/^# requirement-cannot-be-judged\n[\s\S]+A command that fails with it exits with 1\.\n$/);
  expect(pageOf("requirement-cannot-be-judged")?.data).toMatchObject({ severity: "error", exit: 1 });
});

test("a run's warnings say that it goes on", () => expect(pageOf("files-empty")?.text).toMatch(/^files-empty: .+\.\nIt is a warning of a run, which goes on\.\n$/));

test("the hints that say `mlspec explain <code>` of a code by name have a page for it, and the list names every code", () => {
  const named = sources.flatMap((text) => [...text.matchAll(/mlspec explain ([a-z]+(?:-[a-z0-9]+)+)/g)].map(([, code]) => code ?? ""));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((code) => pageOf(code) === undefined)).toEqual([]);
});
