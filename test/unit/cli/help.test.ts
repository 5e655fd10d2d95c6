/** Examples of the help are lines that the program takes. */
import type { Command } from "commander";
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { examples, groups } from "../../../cli/help.ts";
import { createProgram } from "../../../cli/program.ts";

let printed = "";
const terminal = {
  out: (text: string) => void (printed += text), err: () => undefined, interactive: false, columns: 100, colors: pc.createColors(false), cwd: "/", outliveReader: () => undefined, env: {}, now: () => new Date(0),
} as unknown as Parameters<typeof createProgram>[0];

function tree(called: (path: string) => void): { readonly program: Command; readonly paths: readonly string[] } {
  const program = createProgram(terminal, () => new AbortController().signal, () => undefined);
  const paths: string[] = [];
  const visit = (command: Command, path: string): void => {
    if (path !== "") paths.push(path);
    if (command.commands.length === 0) command.action(() => called(path));
    for (const each of command.commands) visit(each, path === "" ? each.name() : `${path} ${each.name()}`);
  };
  visit(program, "");
  return { program, paths };
}

/** As a shell splits it: words, texts in double quotes; what is redirected is the shell's. */
const words = (line: string): readonly string[] => [...line.replace(/ >.*/, "").matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

describe("every command", () => {
  const { paths } = tree(() => undefined);
  test("has one to three examples and a group, and its help shows them", () => {
    expect(Object.keys(examples).toSorted()).toEqual(paths.toSorted());
    expect(paths.filter((path) => !((examples[path]?.length ?? 0) >= 1 && examples[path]!.length <= 3))).toEqual([]);
    expect(groups.flatMap(([, names]) => names).toSorted()).toEqual(paths.filter((path) => !path.includes(" ")).toSorted());
  });

  test.each(paths)("%s: its examples are taken by it", async (path) => {
    for (const example of examples[path]!) {
      let reached = "";
      const [first, ...rest] = words(example);
      expect(first).toBe("mlspec");
      await tree((called) => (reached = called)).program.parseAsync(["node", "mlspec", ...rest]);
      expect(reached.startsWith(path), `${example} reaches ${reached}`).toBe(true);
    }
    printed = "";
    await tree(() => undefined).program.parseAsync(["node", "mlspec", ...path.split(" "), "--help"]).catch(() => undefined);
    for (const example of examples[path]!) expect(printed).toContain(example);
  });
});
