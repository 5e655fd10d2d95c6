import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start } from "./mlspec.ts";
import { peopleSpec, project, type Project } from "./people.ts";
import { commandLine, hasPty, onTerminal } from "./pty.ts";

/** One that validates with an error, so that there is something to colour. */
const misspelt = peopleSpec(["standardize(people.age)", "standardize(people.agee)"]);
let shop: Project;
beforeAll(async () => {
  shop = await project();
  await shop.write("misspelt.mlspec", misspelt);
});
afterAll(() => shop.remove());

const escape = "\u001b[";
/** Into pipes, without the NO_COLOR that tests have otherwise. */
const piped = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => start(shop.folder, args, { NO_COLOR: "", ...env }).ended;
const colored = (text: string): boolean => text.includes(escape);

describe("into a pipe or a file", () => {
  test.each([[{}], [{ CI: "1" }], [{ CI: "true", GITHUB_ACTIONS: "true" }], [{ FORCE_COLOR: "0" }], [{ FORCE_COLOR: "false", CI: "1" }]])("%j: no colours", async (env) => {
    const { out, err } = await piped(["validate", "misspelt.mlspec"], env);
    expect(colored(out)).toBe(false);
    expect(colored(err)).toBe(false);
    expect(colored((await piped(["run", "misspelt.mlspec"], env)).err)).toBe(false);
  });

  test.each([["--color=always", {}], ["--color", {}], ["", { FORCE_COLOR: "1" }], ["--color=always", { NO_COLOR: "1" }]] as const)("%s %j: colours, since somebody asks for them", async (option, env) => {
    expect(colored((await piped(["validate", "misspelt.mlspec", ...(option === "" ? [] : [option])], env)).out)).toBe(true);
  });

  test.each([["--no-color"], ["--color=never"], ["--color", "never"]])("%s %s overrides FORCE_COLOR, before the command and after it", async (...option) => {
    const words = option.filter((word) => typeof word === "string");
    for (const args of [[...words, "validate", "misspelt.mlspec"], ["validate", "misspelt.mlspec", ...words]]) {
      const { code, out } = await piped(args, { FORCE_COLOR: "1" });
      expect({ code, colored: colored(out) }).toEqual({ code: 1, colored: false });
    }
  });

  test("a value that it does not have is refused with those that it has", async () => {
    const { code, err } = await piped(["validate", "misspelt.mlspec", "--color=sometimes"]);
    expect(code).toBe(2);
    expect(err).toContain("auto, always, never");
  });
});

describe.runIf(hasPty)("on a terminal", () => {
  const validate = commandLine(["validate", "misspelt.mlspec"]);

  test("colours; none with TERM=dumb, NO_COLOR or FORCE_COLOR=0", async () => {
    expect(colored(await onTerminal(shop.folder, validate))).toBe(true);
    for (const env of [{ TERM: "dumb" }, { NO_COLOR: "1" }, { FORCE_COLOR: "0" }]) expect(colored(await onTerminal(shop.folder, validate, { env })), JSON.stringify(env)).toBe(false);
  });

  test("standard output and standard error decide each for itself", async () => {
    const toFile = await onTerminal(shop.folder, commandLine(["run", "misspelt.mlspec"], "2>err.txt"));
    expect(colored(toFile)).toBe(false);
    expect(colored(await readFile(join(shop.folder, "err.txt"), "utf8"))).toBe(false);
    expect(colored(await onTerminal(shop.folder, commandLine(["run", "misspelt.mlspec"], ">out.txt")))).toBe(true);
  });
});
