/** For people: the line, a caret under the place, the hint. */
import type { Terminal } from "../terminal.ts";
import { flowed } from "../draw/wrap.ts";
import { placeText } from "../exit.ts";
import { countOf, plural, type Problem, type Range, type ValidationReport } from "./problem.ts";

/** `lineOf` gives the text of a line (from 0) of a file, or null when it cannot be read. */
export function textReport(report: ValidationReport, terminal: Terminal, lineOf: (file: string, line: number) => string | null): string {
  const blocks = report.problems.map((problem) => problemText(problem, terminal, lineOf));
  return `${blocks.join("\n")}${blocks.length > 0 ? "\n" : ""}${summary(report, terminal)}\n`;
}

/** `2 errors, 1 warning in 3 files in 0.4 s` */
export function summary(report: ValidationReport, { colors }: Terminal): string {
  const errors = countOf(report, "error");
  const warnings = countOf(report, "warning");
  const remarks = countOf(report, "info");
  const found = [errors > 0 && colors.red(plural(errors, "error")), warnings > 0 && colors.yellow(plural(warnings, "warning")), remarks > 0 && colors.blue(plural(remarks, "remark"))].filter(Boolean);
  const files = `${plural(report.files.length, "file")} in ${report.seconds.toFixed(1)} s`;
  return found.length === 0 ? `${colors.green("no problems")} in ${files}` : `${found.join(", ")} in ${files}`;
}

const paint = (severity: Problem["severity"], { colors }: Terminal) => (severity === "error" ? colors.red : severity === "warning" ? colors.yellow : colors.blue);

function problemText(problem: Problem, terminal: Terminal, lineOf: (file: string, line: number) => string | null): string {
  const { colors, columns } = terminal;
  const flow = (text: string): string => flowed(text, columns);
  const color = paint(problem.severity, terminal);
  const place = placeText({ file: problem.file, line: problem.range.start.line + 1, column: problem.range.start.character + 1 }, terminal.cwd);
  const lines = [flow(`${color(`${problem.severity}[${problem.code}]`)}: ${problem.message}`), `  ${colors.dim("-->")} ${place}`];
  const source = lineOf(problem.file, problem.range.start.line);
  if (source !== null) lines.push(...excerpt(source, problem.range, columns).map((text, i) => (i === 1 ? color(text) : text)));
  for (const place of problem.related) {
    lines.push(flow(`  ${colors.dim("note")}: ${place.message} ${colors.dim(`(${placeText({ file: place.file, line: place.range.start.line + 1, column: place.range.start.character + 1 }, terminal.cwd)})`)}`));
  }
  if (problem.defect && terminal.env["MLSPEC_DEBUG"] !== undefined) lines.push(problem.defect);
  if (problem.hint) lines.push(flow(`  ${colors.cyan("hint")}: ${problem.hint}`));
  return `${lines.join("\n")}\n`;
}

/** What a terminal would follow or swallow instead of showing it: the caret stands under something then. */
const unseen = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** More of a line tells nobody anything. */
const LONGEST = 160;

/** The source line, or as much of it around the place as fits, and a line of carets; tabs are kept so that both align. */
function excerpt(source: string, range: Range, columns: number): readonly string[] {
  const gutter = `${range.start.line + 1} | `;
  const room = Math.max(16, Math.min(LONGEST, columns - gutter.length - 3));
  const from = range.start.character < room * 0.7 ? 0 : range.start.character - Math.floor(room / 3);
  const line = source.slice(from, from + room).replace(unseen, "\uFFFD");
  const start = Math.min(range.start.character - from, line.length);
  const end = range.end.line === range.start.line ? Math.min(Math.max(range.end.character - from, start + 1), line.length + 1) : line.length;
  const blank = `${" ".repeat(gutter.length - 2)}| `;
  return [`  ${gutter}${line}`, `  ${blank}${line.slice(0, start).replace(/[^\t]/g, " ")}${"^".repeat(Math.max(1, end - start))}`];
}
