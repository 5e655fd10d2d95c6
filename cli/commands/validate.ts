import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { MlspecError, messageOf } from "../../runtime/errors.ts";
import { exit, tellError } from "../exit.ts";
import { findSpecs, loadReport } from "../spec.ts";
import { githubReport } from "../report/github.ts";
import { jsonReport } from "../report/json.ts";
import { lineReader } from "../report/lines.ts";
import { junitReport } from "../report/junit.ts";
import { countOf, isOurs, type ValidationReport } from "../report/problem.ts";
import { sarifReport } from "../report/sarif.ts";
import { summary, textReport } from "../report/text.ts";
import type { Call } from "../call.ts";
import { onStandardError, type Terminal } from "../terminal.ts";
import { ruleText } from "./explain.ts";

interface Options {
  readonly json?: boolean;
  readonly format: "text" | "json" | "sarif" | "github" | "junit";
  readonly output?: string;
  readonly strict?: boolean;
  readonly watch?: boolean;
}

export async function validate(paths: readonly string[], call: Call<Options>): Promise<number> {
  const code = await validateOnce(paths, call);
  if (!call.options.watch) return code;
  const { watchSpecs } = await import("./watch.ts");
  const absolute = paths.map((path) => resolve(call.terminal.cwd, path));
  return watchSpecs(absolute, call.terminal, () => validateOnce(paths, call).catch((error: unknown) => tellError(call.terminal, error)));
}

async function validateOnce(paths: readonly string[], { options, terminal }: Call<Options>): Promise<number> {
  const found = await loadReport(await findSpecs(paths.map((path) => resolve(terminal.cwd, path))));
  const report = options.strict === true ? strictly(found) : found;
  const text = render(report, options.json ? "json" : options.format, terminal);
  if (options.output === undefined) terminal.out(text);
  else {
    await writeReport(resolve(terminal.cwd, options.output), text);
    terminal.err(`${summary(report, onStandardError(terminal))}\n`);
  }
  // What MLSpec could not look at may be wrong: that is no answer.
  if (report.problems.some(isOurs)) return exit.broken;
  return countOf(report, "error") > 0 ? exit.no : exit.ok;
}

/** Every format tells of the same errors that the exit code tells of, and why they are some. */
function strictly(report: ValidationReport): ValidationReport {
  const why = "Without --strict this is a warning.";
  return { ...report, problems: report.problems.map((problem) => (problem.severity === "warning" ? { ...problem, severity: "error", hint: problem.hint ? `${problem.hint} ${why}` : why } : problem)) };
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new MlspecError("cannot-write", `the report cannot be written to ${path}: ${messageOf(cause)}`, { hint: "Name a file in a folder that is there.", cause });
  }
}

function render(report: ValidationReport, format: Options["format"], terminal: Terminal): string {
  switch (format) {
    case "text": return textReport(report, terminal, lineReader());
    case "json": return jsonReport(report);
    case "sarif": return sarifReport(report, terminal.cwd, ruleText);
    case "github": return githubReport(report, terminal.cwd);
    case "junit": return junitReport(report, terminal.cwd);
  }
}
