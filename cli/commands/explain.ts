import { checkById, checks } from "../../language-server/checks/index.ts";
import { checkList, explain as explanationOf } from "../../language-server/checks/explain.ts";
import { nearest } from "../../language-server/language/suggest.ts";
import { problemCodes } from "../../language-server/validation/codes.ts";
import { errorKinds } from "../../runtime/codes.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { exit, exitOf } from "../exit.ts";
import type { Call } from "../call.ts";
import type { RuleText } from "../report/sarif.ts";

export async function explain(id: string | undefined, { options, terminal }: Call<{ json?: boolean }>): Promise<number> {
  if (id === undefined) {
    terminal.out(options.json ? `${JSON.stringify(checks.map(({ id, title, severity }) => ({ id, title, severity })), null, 2)}\n` : `${checkList()}\n\n\`mlspec explain <check>\` tells what goes wrong, shows a failing and a mended spec, and what the check cannot see.\n`);
    return exit.ok;
  }
  const error = Object.entries(errorKinds).find(([code]) => code === id)?.[1];
  if (error !== undefined) {
    const status = exitOf[error.exit];
    terminal.out(options.json ? `${JSON.stringify({ id, explanation: error.explain, exit: status }, null, 2)}\n` : `${id}: ${error.explain}\nA command that fails with it exits with ${status}.\n`);
    return exit.ok;
  }
  const problem = Object.entries(problemCodes).find(([code]) => code === id)?.[1];
  if (problem !== undefined) {
    terminal.out(options.json ? `${JSON.stringify({ id, explanation: problem }, null, 2)}\n` : `${id}: ${problem}\nIt is a problem of a spec's text: what it is about, and what to write instead, stands in its message.\n`);
    return exit.ok;
  }
  const check = checkById.get(id);
  if (check === undefined) {
    const near = nearest(id, [...checkById.keys(), ...Object.keys(problemCodes), ...Object.keys(errorKinds)]);
    throw new MlspecError("unknown-check", `There is no check called ${id}.`, { hint: near ? `Did you mean ${near}?` : "`mlspec explain` lists them; it also knows the codes of errors." });
  }
  const { title, severity, explanation } = check;
  terminal.out(options.json ? `${JSON.stringify({ id, title, severity, ...explanation }, null, 2)}\n` : explanationOf(id)!);
  return exit.ok;
}

/** Title and explanation of a check for code scanning; null for a diagnostic of the language itself. */
export function ruleText(code: string): RuleText | null {
  const check = checkById.get(code);
  return check === undefined ? null : { title: check.title, help: explanationOf(code)! };
}
