/** docs/errors.md lists exactly the codes that there are. `WRITE=1 npx vitest run test/unit/documents/errors.test.ts` writes its tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitMeanings } from "../../../cli/exit-codes.ts";
import { exitOf } from "../../../cli/exit.ts";
import { checks } from "../../../language-server/checks/index.ts";
import { problemCodes } from "../../../language-server/validation/codes.ts";
import { errorKinds, runWarnings } from "../../../runtime/codes.ts";
import { root } from "../../integration/documents/pages.ts";

const file = join(root, "docs", "errors.md");

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
const byCode = (codes: Readonly<Record<string, string>>): string => table(["code", "means"], Object.keys(codes).sort().map((code) => [`\`${code}\``, codes[code] ?? ""]));

const tables: Readonly<Record<string, string>> = {
  "exit codes": table(["exit", "means"], exitMeanings.map(([code, means]) => [String(code), means])),
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
