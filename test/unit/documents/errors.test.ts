/** docs/errors.md lists exactly the codes that there are. `WRITE=1 npx vitest run test/unit/documents/errors.test.ts` writes its tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exit, exitOf } from "../../../cli/exit.ts";
import { checks } from "../../../language-server/checks/index.ts";
import { problemCodes } from "../../../language-server/validation/codes.ts";
import { errorKinds, runWarnings } from "../../../runtime/codes.ts";
import { root } from "../../integration/documents/pages.ts";

const file = join(root, "docs", "errors.md");

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
const byCode = (codes: Readonly<Record<string, string>>): string => table(["code", "means"], Object.keys(codes).sort().map((code) => [`\`${code}\``, codes[code] ?? ""]));

/** What each exit code says is said here once. */
const exits: Readonly<Record<keyof typeof exit, string>> = {
  ok: "Done, or: there is nothing wrong.",
  no: "The command ran, and the answer is no: errors in the spec, a contract that the data breaks, a gate that the model does not pass.",
  broken: "The command could not do it: a wrong call, a missing file, a port in use, a state that is not there. Nothing is known about the spec or the data.",
  interrupted: "Somebody stopped it (Ctrl-C, SIGTERM), and it kept what it had. A command with nothing to keep dies of the signal itself; `serve` that is told to end does so with 0.",
};

const tables: Readonly<Record<string, string>> = {
  "exit codes": table(["exit", "means"], Object.entries(exits).map(([name, means]) => [String(exit[name as keyof typeof exit]), means])),
  errors: table(["code", "exit", "means"], Object.entries(errorKinds).sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, kind]) => [`\`${code}\``, String(exitOf[kind.exit]), kind.explain])),
  checks: table(["check", "reported as", "finds"], checks.map(({ id, severity, title }) => [`\`${id}\``, severity, title])),
  problems: byCode(problemCodes),
  warnings: byCode(runWarnings),
};

const filled = (text: string): string => Object.entries(tables).reduce(
  (page, [name, content]) => page.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`), (_, before: string, after: string) => `${before}\n${content}\n\n${after}`), text);

test("docs/errors.md lists every code, with what it means and how a command exits with it", () => {
  const text = readFileSync(file, "utf8");
  if (process.env["WRITE"] !== undefined) writeFileSync(file, filled(text));
  expect(readFileSync(file, "utf8"), "`WRITE=1 npx vitest run test/unit/documents/errors.test.ts` writes the tables anew").toBe(filled(text));
  for (const name of Object.keys(tables)) expect(text).toContain(`<!-- ${name} -->`);
});
