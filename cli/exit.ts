/** Exit codes, and how a failure is told. */
import { isAbsolute, relative } from "node:path";
import { errorKinds, type ErrorCode, type ExitClass } from "../runtime/codes.ts";
import { MlspecError, messageOf } from "../runtime/errors.ts";
import { flowed } from "./draw/wrap.ts";
import { exit } from "./exit-codes.ts";
import { onStandardError, type Terminal } from "./terminal.ts";

export { exit } from "./exit-codes.ts";

export const exitOf: Readonly<Record<ExitClass, number>> = { answer: exit.no, broken: exit.broken, interrupted: exit.interrupted };

export function exitCodeOf(error: unknown): number {
  return error instanceof MlspecError ? exitOf[errorKinds[error.code].exit] : exit.broken;
}

export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly where: { readonly file: string; readonly line?: number; readonly column?: number } | null;
  readonly hint: string | null;
}

export function errorReport(error: unknown): ErrorReport {
  if (error instanceof MlspecError) return { code: error.code, message: error.message, where: error.where ?? null, hint: error.hint ?? null };
  return { code: "internal-error", message: messageOf(error), where: null, hint: "This is a defect of MLSpec; MLSPEC_DEBUG=1 shows where." };
}

export function tellError(terminal: Terminal, error: unknown): void {
  const { colors, columns } = onStandardError(terminal);
  const report = errorReport(error);
  terminal.err(`${flowed(`${colors.red(`error[${report.code}]`)}: ${report.message}`, columns)}\n`);
  if (report.where) terminal.err(`  ${colors.dim("at")} ${placeText(report.where, terminal.cwd)}\n`);
  if (report.hint) terminal.err(`${flowed(`  ${colors.cyan("hint")}: ${report.hint}`, columns)}\n`);
  if (terminal.env["MLSPEC_DEBUG"] !== undefined && error instanceof Error) terminal.err(`${error.stack ?? ""}\n`);
}

export function placeText(where: { readonly file: string; readonly line?: number; readonly column?: number }, cwd: string): string {
  return [shortPath(where.file, cwd), where.line, where.line === undefined ? undefined : where.column].filter((part) => part !== undefined).join(":");
}

/** The path as a person in `cwd` would type it. */
export function shortPath(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const inside = relative(cwd, file);
  return inside.startsWith("..") && inside.length > file.length ? file : inside || ".";
}
