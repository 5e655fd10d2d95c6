/** A diagnostic as every report format shows it. Lines and characters count from 0, as in the language server protocol. */
export interface Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface Problem {
  readonly file: string;
  readonly range: Range;
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly related: readonly { readonly file: string; readonly range: Range; readonly message: string }[];
}

/** What `mlspec validate` found. */
export interface ValidationReport {
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly seconds: number;
  readonly version: string;
}

export const countOf = (report: ValidationReport, severity: Problem["severity"]): number =>
  report.problems.filter((problem) => problem.severity === severity).length;

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
