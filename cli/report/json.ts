import type { ValidationReport } from "./problem.ts";
import { countOf } from "./problem.ts";

/** One object; `problems` in the order of files and positions. */
export function jsonReport(report: ValidationReport): string {
  const summary = { files: report.files.length, errors: countOf(report, "error"), warnings: countOf(report, "warning"), infos: countOf(report, "info") };
  return `${JSON.stringify({ version: report.version, summary, files: report.files, problems: report.problems }, null, 2)}\n`;
}
