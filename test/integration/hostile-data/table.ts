/**
 * Data and specs that are hostile but plausible, one line a case: what was tried, and what must come of it. Each case is a small spec over
 * small generated files, run by the `mlspec` command in this process (its terminal is the test's). In the end the table is printed.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommanderError } from "commander";
import pc from "picocolors";
import { afterAll, describe, expect, test } from "vitest";
import { exitCodeOf, tellError } from "../../../cli/exit.ts";
import { createProgram } from "../../../cli/program.ts";
import type { RunEvent } from "../../../runtime/events.ts";

export interface Tried {
  /** As the table has it: `two columns that differ only in case`. */
  readonly tried: string;
  readonly spec: string;
  /** Name → contents; bytes where the text is not in UTF-8. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Others, which are made first. */
  readonly made?: Readonly<Record<string, () => Promise<Uint8Array>>>;
  /** Of `mlspec run`, beside `--json` and the spec; `["validate", …]` where only the spec is looked at. */
  readonly options?: readonly string[];
  readonly command?: "run" | "validate";
  readonly then: Outcome;
}

/** What a command left: its exit code, its events (of `run`), all that it said, and where. */
export interface Result {
  readonly code: number;
  readonly events: readonly RunEvent[];
  readonly out: string;
  readonly err: string;
  readonly folder: string;
}

export interface Outcome {
  /** As the table has it. */
  readonly text: string;
  /** Fails as an assertion does. */
  readonly check: (result: Result) => void | Promise<void>;
}

/** A topic of the table: a test per case. */
export function hostile(topic: string, cases: readonly Tried[]): void {
  const lines = new Map<string, string>();
  describe(topic, () => {
    test.each(cases.map((each) => [each.tried, each.then.text, each] as const))("%s: %s", async (tried, then, each) => {
      lines.set(tried, `✗ ${tried}: ${then}`);
      const folder = await mkdtemp(join(tmpdir(), "mlspec-hostile-"));
      try {
        await each.then.check(await command(folder, each));
        lines.set(tried, `✓ ${tried}: ${then}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
    afterAll(() => process.stdout.write(`\n${topic}\n${[...lines.values()].map((line) => `  ${line}\n`).join("")}`));
  });
}

async function command(folder: string, { spec, files: given, made = {}, options = [], command: name = "run" }: Tried): Promise<Result> {
  const files: Record<string, string | Uint8Array> = { ...given };
  for (const [file, make] of Object.entries(made)) files[file] = await make();
  for (const [file, contents] of Object.entries({ "spec.mlspec": spec, ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), contents);
  }
  const { code, out, err } = await mlspec(folder, name, "spec.mlspec", ...(name === "run" ? ["--json"] : ["--format", "json"]), ...options);
  const events = name === "run" && out.startsWith("{") ? (JSON.parse(out) as { events: readonly RunEvent[] }).events : [];
  return { code, events, out, err, folder };
}

/** The command in this process, for a case that needs more than one. */
export async function mlspec(cwd: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const terminal = {
    out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), interactive: false, columns: 100, colors: pc.createColors(false), cwd,
    outliveReader: () => {}, env: {}, now: () => new Date(),
  };
  let code = 0;
  try {
    await createProgram(terminal, () => new AbortController().signal, (result) => (code = result)).parseAsync(["node", "mlspec", ...args]);
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    tellError(terminal, error);
    code = exitCodeOf(error);
  }
  return { code, ...said };
}

/** Whole codes: `texts-unreadable` is not `some-texts-unreadable`. */
const codesIn = (out: string, err: string): readonly (string | undefined)[] => [...out.matchAll(/"code": ?"([^"]*)"/g), ...err.matchAll(/^error\[([^\]]*)\]/gm)].map(([, code]) => code);

/** The command ends with that code's error, whose words (message, hint, findings) contain these. */
export const refused = (code: string, ...words: readonly (string | RegExp)[]): Outcome => ({
  text: `refused (${code})`,
  check: ({ code: exit, out, err }) => {
    expect(exit, out + err).toBeGreaterThan(0);
    expect(codesIn(out, err), out + err).toContain(code);
    for (const each of words) expect(out + err).toMatch(each);
  },
});

/** It goes on, and a warning with that code says so in these words. */
export const warned = (code: string, ...words: readonly (string | RegExp)[]): Outcome => ({
  text: `warned (${code})`,
  check: ({ code: exit, events, out, err }) => {
    expect(exit, out + err).toBe(0);
    const said = events.flatMap((event) => (event.type === "message" && event.level === "warning" && event.code === code ? [event.text] : []));
    expect(said, out).not.toEqual([]);
    for (const each of words) expect(said.join("\n")).toMatch(each);
  },
});

/** The metric of the whole test part lies between the two. */
export const scores = (metric: string, low: number, high: number): Outcome => ({
  text: `${metric} in ${low}..${high}`,
  check: (result) => {
    const value = metricOf(result, metric);
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  },
});

/** All of them. */
export const both = (...outcomes: readonly Outcome[]): Outcome => ({
  text: outcomes.map(({ text }) => text).join("; "),
  check: async (result) => {
    for (const outcome of outcomes) await outcome.check(result);
  },
});

/** Anything else, in words. */
export const holds = (text: string, check: Outcome["check"]): Outcome => ({ text, check });

/** Null is what a metric is that cannot be computed. */
export function metricOf({ events, out, err }: Result, metric: string, slice: string | null = null): number | null {
  const evaluated = events.find((event) => event.type === "evaluated");
  if (evaluated === undefined) throw new Error(`nothing was evaluated:\n${out}${err}`);
  const found = evaluated.slices.find((each) => (each.slice === null ? slice === null : each.slice.value === slice));
  if (found === undefined) throw new Error(`there is no slice ${slice ?? "of all"} among ${evaluated.slices.map((each) => each.slice?.value ?? "all").join(", ")}`);
  return found.metrics[metric] ?? null;
}
