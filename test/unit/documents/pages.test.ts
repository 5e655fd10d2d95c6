/** What every page says can be followed: links lead somewhere, commands and options exist, JSON is JSON, and what is not run says why. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../../cli/program.ts";
import { anchorsOf, callsOf, fencesOf, isShell, linksOf, spansOf } from "../../integration/documents/page.ts";
import { pageCalled, pages, root } from "../../integration/documents/pages.ts";

const program = createProgram({ out: () => undefined, err: () => undefined } as never, () => new AbortController().signal, () => undefined);
const allCommands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(allCommands)];
const allOptions = new Set(["--help", "--color", "--no-color", ...allCommands(program).flatMap(({ options }) => options.flatMap((option) => option.long ?? []))]);

describe.each(pages)("$name", ({ name, text }) => {
  test("links lead to files and headings that are there", () => {
    const dead = linksOf(text).filter(({ to }) => !/^(https?|command|mailto):/.test(to)).filter(({ to }) => {
      const [path = "", anchor] = to.split("#");
      const file = path === "" ? name : join(dirname(name), path);
      return !existsSync(join(root, file)) || (anchor !== undefined && !anchorsOf(pageCalled(file).text).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  // `mlspec ignore …` is a comment that was meant to be another.
  test("commands and their options exist", () => expect(callsOf(text).filter((call) => !call.startsWith("ignore ")).flatMap(mistakesIn)).toEqual([]));

  test("options that stand by themselves are some command's", () => {
    const alone = spansOf(text).flatMap(({ text: span }) => /^(--[a-z-]+)/.exec(span)?.[1] ?? []);
    expect(alone.filter((option) => !allOptions.has(option))).toEqual([]);
  });

  test("JSON is JSON", () => {
    for (const fence of fencesOf(name, text).filter(({ language }) => language === "json")) expect(() => JSON.parse(fence.text) as unknown, `line ${fence.line}`).not.toThrow();
  });

  test("fences are of languages that a test looks at, or of none", () => {
    expect(fencesOf(name, text).filter((fence) => !["", "mlspec", "sh", "bash", "console", "json", "sql", "csv", "yaml", "ini", "text"].includes(fence.language))).toEqual([]);
  });
});

/** Of `rollout start|status <file> --json`: words that are no command, options that it has not. */
function mistakesIn(call: string): readonly string[] {
  const words = call.split(/\s+/);
  let [at, rest] = [[program] as readonly Command[], words];
  while (rest[0] !== undefined && at.every(({ commands }) => commands.length > 0) && !/^[-<[…]/.test(rest[0])) {
    const names = rest[0].split("|");
    const found = names.map((each) => at[0]!.commands.find((command) => command.name() === each));
    if (found.includes(undefined)) return [`mlspec ${call}: no command ${names[found.indexOf(undefined)]}`];
    [at, rest] = [found as Command[], rest.slice(1)];
  }
  const options = rest.flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []);
  return options.filter((option) => option !== "--help" && !at.some((command) => command.options.some(({ long }) => long === option))).map((option) => `mlspec ${call}: no option ${option}`);
}

/** The pages that a test follows, as a reader would. */
const runners = join(root, "test", "integration", "documents");
const followed = readdirSync(runners).flatMap((file) => [...readFileSync(join(runners, file), "utf8").matchAll(/^runPage\("([^"]+)"/gm)].map(([, name = ""]) => name));

test("what can be run stands on a page that a test follows, or says why it is not run", () => {
  const loose = pages.filter(({ name }) => !followed.includes(name)).flatMap(({ name, text }) => fencesOf(name, text));
  expect(followed.length).toBeGreaterThan(0);
  expect(loose.filter((fence) => (isShell(fence) || fence.language === "sql") && fence.said["not-run"] === undefined).map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

const skipped = pages.flatMap(({ name, text }) => fencesOf(name, text)).filter((fence) => fence.said["not-run"] !== undefined);

test.each(skipped.map((fence) => ({ where: `${fence.page}:${fence.line}`, fence, why: fence.said["not-run"] })))("$where is not run: $why", ({ fence, why }) => {
  expect(why?.length).toBeGreaterThan(10);
  expect(isShell(fence) || ["mlspec", "yaml", "sql"].includes(fence.language)).toBe(true);
});
