import type { ErrorCode } from "./codes.ts";

/**
 * Every failure that a user can meet is an `MlspecError`: what was wrong, where, and what to do next. The code is stable
 * (documentation, tests and scripts rely on it); the text may improve.
 */
export interface ErrorPlace {
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorOptions {
  readonly where?: ErrorPlace | undefined;
  /** What the user can do about it, as a sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class MlspecError extends Error {
  readonly code: ErrorCode;
  readonly where: ErrorPlace | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MlspecError";
    this.code = code;
    this.where = options.where;
    this.hint = options.hint;
  }
}

/** For the end of an exhaustive `switch`. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
