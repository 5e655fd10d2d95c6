/** SARIF 2.1.0, as code scanning reads it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { shortPath } from "../exit.ts";
import type { Problem, Range, ValidationReport } from "./problem.ts";

const levels = { error: "error", warning: "warning", info: "note" } as const;

export interface RuleText {
  readonly title: string;
  readonly help: string;
}

/** `ruleText` gives a check's explanation; language diagnostics have none. */
export function sarifReport(report: ValidationReport, cwd: string, ruleText: (code: string) => RuleText | null): string {
  const codes = [...new Set(report.problems.map((problem) => problem.code))].sort();
  const run = {
    tool: { driver: { name: "MLSpec", version: report.version, rules: codes.map((code) => rule(code, ruleText(code))) } },
    originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(cwd).href}/` } },
    columnKind: "utf16CodeUnits",
    results: report.problems.map((problem) => result(problem, cwd, codes)),
  };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

function rule(code: string, text: RuleText | null) {
  return { id: code, ...(text && { shortDescription: { text: text.title }, help: { text: text.help, markdown: text.help } }) };
}

function result(problem: Problem, cwd: string, codes: readonly string[]) {
  const text = problem.hint ? `${problem.message}\n${problem.hint}` : problem.message;
  return {
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level: levels[problem.severity],
    message: { text },
    locations: [{ physicalLocation: physical(problem.file, problem.range, cwd) }],
    relatedLocations: problem.related.map((place, id) => ({ id, message: { text: place.message }, physicalLocation: physical(place.file, place.range, cwd) })),
    // The same finding keeps its identity when lines above it move.
    partialFingerprints: { "mlspec/v1": createHash("sha256").update([problem.code, shortPath(problem.file, cwd), problem.message].join("\0")).digest("hex").slice(0, 32) },
  };
}

function physical(file: string, range: Range, cwd: string) {
  const path = shortPath(file, cwd);
  const artifactLocation = path.startsWith("..") || path.startsWith("/") ? { uri: pathToFileURL(file).href } : { uri: encodeURI(path), uriBaseId: "ROOT" };
  const region = { startLine: range.start.line + 1, startColumn: range.start.character + 1, endLine: range.end.line + 1, endColumn: range.end.character + 1 };
  return { artifactLocation, region };
}
