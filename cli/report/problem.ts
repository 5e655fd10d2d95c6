import type { SpecProblem } from "../../language-server/compile/load.ts";

/** A diagnostic as every report format shows it: a check's finding looks like any other. */
export type Problem = Omit<SpecProblem, "check">;
export type Range = Problem["range"];

/** What `mlspec validate` found. */
export interface ValidationReport {
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly seconds: number;
  readonly version: string;
}

export const countOf = (report: ValidationReport, severity: Problem["severity"]): number =>
  report.problems.filter((problem) => problem.severity === severity).length;

/** A mistake of MLSpec's own, or a file that it could not look at: the rest of the report is whole, and the exit code says that something is missing. */
export const isOurs = (problem: Problem): boolean => notLookedAt.has(problem.code);
const notLookedAt: ReadonlySet<string> = new Set(["internal-error", "cannot-read", "file-not-found", "not-a-spec"]);

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
