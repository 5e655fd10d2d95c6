/** JUnit XML as CI servers read it: a suite per file, a failing case per error, one passing case for a clean file. */
import { shortPath } from "../exit.ts";
import { countOf, type Problem, type ValidationReport } from "./problem.ts";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
/** XML 1.0 cannot hold most control characters at all, so they are dropped. */
const escape = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, "").replace(/[&<>"']/g, (character) => entities[character] ?? character);

export function junitReport(report: ValidationReport, cwd: string): string {
  const suites = report.files.map((file) => suite(file, report.problems.filter((problem) => problem.file === file), cwd));
  const failures = countOf(report, "error");
  const tests = suites.reduce((sum, each) => sum + each.tests, 0);
  const head = `<testsuites name="mlspec validate" tests="${tests}" failures="${failures}" time="${report.seconds.toFixed(3)}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.map((each) => each.xml).join("")}</testsuites>\n`;
}

function suite(file: string, problems: readonly Problem[], cwd: string): { xml: string; tests: number } {
  const name = escape(shortPath(file, cwd));
  const failures = problems.filter((problem) => problem.severity === "error").length;
  const cases = problems.length === 0 ? [`    <testcase classname="${name}" name="is valid"/>\n`] : problems.map((problem) => testCase(name, problem));
  return { tests: cases.length, xml: `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}">\n${cases.join("")}  </testsuite>\n` };
}

function testCase(name: string, problem: Problem): string {
  const place = `${name}:${problem.range.start.line + 1}:${problem.range.start.character + 1}`;
  const text = escape([`${place}: ${problem.message}`, problem.hint].filter(Boolean).join("\n"));
  const head = `    <testcase classname="${name}" name="${escape(problem.code)} at line ${problem.range.start.line + 1}"`;
  if (problem.severity !== "error") return `${head}>\n      <system-out>${text}</system-out>\n    </testcase>\n`;
  return `${head}>\n      <failure type="${escape(problem.code)}" message="${escape(problem.message)}">${text}</failure>\n    </testcase>\n`;
}
