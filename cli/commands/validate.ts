import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import pc from "picocolors";
import { MlspecError, messageOf } from "../../runtime/errors.ts";
import { exit, tellError } from "../exit.ts";
import { findSpecs, loadReport } from "../spec.ts";
import { globOf } from "../spec-paths.ts";
import { standardInput, type GivenText } from "../stdin-spec.ts";
import { wantedReports, type Format, type Wanted } from "../report/wanted.ts";
import { isSpecName, notASpec } from "../../language-server/language/spec-files.ts";
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
  readonly format: readonly Wanted[];
  readonly stdinName?: string;
  readonly output?: string;
  readonly strict?: boolean;
  readonly watch?: boolean;
}

export async function validate(paths: readonly string[], call: Call<Options>): Promise<number> {
  const code = await validateOnce(paths, call);
  if (!call.options.watch) return code;
  const { watchSpecs } = await import("./watch.ts");
  const absolute = await Promise.all(paths.map((path) => resolve(call.terminal.cwd, path)).map(async (path) => (await globOf(path))?.folder ?? path));
  return watchSpecs(absolute, call.terminal, () => validateOnce(paths, call).catch((error: unknown) => tellError(call.terminal, error)));
}

async function validateOnce(paths: readonly string[], { options, terminal }: Call<Options>): Promise<number> {
  const reports = wantedReports(options, terminal.cwd);
  const given = await givenText(paths, options, terminal.cwd);
  const others = paths.filter((path) => path !== "-").map((path) => resolve(terminal.cwd, path));
  const found = await loadReport(others.length === 0 && given !== undefined ? { files: [], problems: [] } : await findSpecs(others), given);
  const report = options.strict === true ? strictly(found) : found;
  for (const { format, file } of reports) {
    if (file === null) terminal.out(render(report, format, terminal, given));
    // No screen reads it: no colours, and no lines that are broken.
    else await writeReport(resolve(terminal.cwd, file), render(report, format, { ...terminal, colors: pc.createColors(false), columns: Infinity }, given));
  }
  if (reports.every(({ file }) => file !== null)) terminal.err(`${summary(report, onStandardError(terminal))}\n`);
  // What MLSpec could not look at may be wrong: that is no answer.
  if (report.problems.some(isOurs)) return exit.broken;
  return countOf(report, "error") > 0 ? exit.no : exit.ok;
}

async function givenText(paths: readonly string[], { stdinName, watch }: Options, cwd: string): Promise<GivenText | undefined> {
  if (!paths.includes("-")) {
    if (stdinName !== undefined) throw new MlspecError("bad-argument", "--stdin-name names what is read from standard input, and no path is `-`");
    return undefined;
  }
  if (watch) throw new MlspecError("bad-argument", "standard input is read once: it cannot be watched");
  if (stdinName !== undefined && !isSpecName(stdinName)) throw new MlspecError("bad-argument", notASpec(stdinName));
  return standardInput(stdinName ?? "stdin.mlspec", cwd);
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

function render(report: ValidationReport, format: Format, terminal: Terminal, given: GivenText | undefined): string {
  switch (format) {
    case "text": return textReport(report, terminal, lineReader(given));
    case "json": return jsonReport(report);
    case "sarif": return sarifReport(report, terminal.cwd, ruleText);
    case "github": return githubReport(report, terminal.cwd);
    case "junit": return junitReport(report, terminal.cwd);
  }
}
