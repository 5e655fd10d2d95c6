import { checkById, checks } from "../../language-server/checks/index.ts";
import { checkList, explain as explanationOf } from "../../language-server/checks/explain.ts";
import { nearest } from "../../language-server/language/suggest.ts";
import { problemCodes } from "../../language-server/validation/codes.ts";
import { errorKinds, runWarnings } from "../../runtime/codes.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { exit, exitOf } from "../exit.ts";
import type { Call } from "../call.ts";
import type { RuleText } from "../report/sarif.ts";

export async function explain(id: string | undefined, { options, terminal }: Call<{ json?: boolean }>): Promise<number> {
  if (id === undefined) {
    terminal.out(options.json ? `${JSON.stringify(listed(), null, 2)}\n` : listText());
    return exit.ok;
  }
  const page = pageOf(id);
  if (page === undefined) {
    const near = nearest(id, explained());
    throw new MlspecError("unknown-check", `There is no check called ${id}.`, { hint: near ? `Did you mean ${near}?` : "`mlspec explain` lists them; it also knows the codes of errors." });
  }
  terminal.out(options.json ? `${JSON.stringify({ id, ...page.data }, null, 2)}\n` : page.text);
  return exit.ok;
}

type Group = "check" | "problem of a spec" | "warning of a run" | "error";

interface Listed {
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  /** Of a check. */
  readonly severity?: string;
}

const titles = (group: Group, table: Readonly<Record<string, string>>): readonly Listed[] => Object.entries(table).map(([id, title]) => ({ id, group, title }));

function listed(): readonly Listed[] {
  return [
    ...checks.map(({ id, title, severity }) => ({ id, group: "check" as const, title, severity })), ...titles("problem of a spec", problemCodes), ...titles("warning of a run", runWarnings),
    ...titles("error", Object.fromEntries(Object.entries(errorKinds).map(([code, kind]) => [code, kind.explain]))),
  ];
}

function listText(): string {
  const group = (heading: string, table: Readonly<Record<string, unknown>>): string => `\n${heading}:\n${Object.keys(table).map((code) => `  ${code}`).join("\n")}\n`;
  return `What a spec means is looked at by these checks:\n${checkList()}\n${group("Problems of a spec's text", problemCodes)}${group("Warnings of a run", runWarnings)}${group("Errors of commands and of the server", errorKinds)}
\`mlspec explain <code>\` tells more: of a check what goes wrong, a failing and a mended spec, and what the check cannot see.\n`;
}

interface Page {
  readonly text: string;
  readonly data: object;
}

/** Every code that can be printed: of checks, of problems of a spec's text, of a run's warnings, of errors. */
export const explained = (): readonly string[] => [...new Set([...checkById.keys(), ...[problemCodes, runWarnings, errorKinds].flatMap((codes) => Object.keys(codes))])];

/** A check's word may also be the code of the error with which a command refuses the same: then both are told. */
export function pageOf(id: string): Page | undefined {
  const pages = [checkPage(id), problemPage(id), warningPage(id), errorPage(id)].filter((page) => page !== undefined);
  return pages.length === 0 ? undefined : { text: pages.map(({ text }) => text).join("\n"), data: Object.assign({}, ...pages.map(({ data }) => data)) as object };
}

function checkPage(id: string): Page | undefined {
  const check = checkById.get(id);
  return check && { text: explanationOf(id) ?? "", data: { title: check.title, severity: check.severity, ...check.explanation } };
}

function problemPage(id: string): Page | undefined {
  const explanation = own(problemCodes, id);
  return explanation === undefined ? undefined : { text: `${id}: ${explanation}\nIt is a problem of a spec's text: what it is about, and what to write instead, stands in its message.\n`, data: { explanation } };
}

function warningPage(id: string): Page | undefined {
  const explanation = own(runWarnings, id);
  return explanation === undefined ? undefined : { text: `${id}: ${explanation}\nIt is a warning of a run, which goes on.\n`, data: { explanation } };
}

function errorPage(id: string): Page | undefined {
  const error = own(errorKinds, id);
  return error && { text: `${id}: ${error.explain}\nA command that fails with it exits with ${exitOf[error.exit]}.\n`, data: { explanation: error.explain, exit: exitOf[error.exit] } };
}

const own = <T>(table: Readonly<Record<string, T>>, id: string): T | undefined => (Object.hasOwn(table, id) ? table[id] : undefined);

/** Title and explanation of a check for code scanning; null for a diagnostic of the language itself. */
export function ruleText(code: string): RuleText | null {
  const check = checkById.get(code);
  return check === undefined ? null : { title: check.title, help: explanationOf(code)! };
}
