/** GitHub Actions workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
import { shortPath } from "../exit.ts";
import type { Problem, ValidationReport } from "./problem.ts";

const commands = { error: "error", warning: "warning", info: "notice" } as const;

const escapeData = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string): string => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

export function githubReport(report: ValidationReport, cwd: string): string {
  return report.problems.map((problem) => `${annotation(problem, cwd)}\n`).join("");
}

function annotation(problem: Problem, cwd: string): string {
  const { start, end } = problem.range;
  const properties = {
    file: shortPath(problem.file, cwd), line: start.line + 1, endLine: end.line + 1,
    // GitHub refuses columns on annotations of several lines.
    ...(start.line === end.line ? { col: start.character + 1, endColumn: end.character + 1 } : {}),
    title: problem.code,
  };
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(",");
  return `::${commands[problem.severity]} ${list}::${escapeData(problem.hint ? `${problem.message}\n${problem.hint}` : problem.message)}`;
}
