/**
 * Mistakes of MLSpec's own, as problems of the place that it was working on: the file and the declaration go on without that part, and everything else
 * is looked at as always. It is an error, since what failed may have hidden one.
 */
import { isOperationCancelled } from "langium";
import { MlspecError } from "../../runtime/errors.ts";
import type { Problem, Range } from "./problem.ts";

const start: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** `doing` ends a sentence: "reading `ranker`", "running the check `no-fallback`". */
export function defect(doing: string, error: unknown, range: Range = start): Problem {
  // Not our mistake: a file that cannot be read.
  if (error instanceof MlspecError) return { code: "cannot-read", severity: "error", range, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  const said = error instanceof Error ? `${error.name}: ${error.message.split("\n")[0] ?? ""}` : String(error);
  return {
    code: "internal-error", severity: "error", range,
    message: `MLSpec made a mistake of its own while ${doing}; that part is left out, everything else was looked at`,
    hint: `This is a defect of MLSpec and not of this file: please report it (${said}).`,
    defect: error instanceof Error ? (error.stack ?? said) : said,
  };
}

/** The value of `work`, or, when it throws, `instead` and a report. A cancelled operation goes on being cancelled. */
export function contained<T>(work: () => T, instead: T, report: (error: unknown) => void): T {
  try {
    return work();
  } catch (error) {
    if (isOperationCancelled(error)) throw error;
    report(error);
    return instead;
  }
}
