/** A request that cannot be answered as asked: an HTTP status beside what every error has. */
import { MlspecError } from "../errors.ts";
import type { ErrorCode } from "../codes.ts";
import type { ErrorOptions } from "../errors.ts";

export class RequestError extends MlspecError {
  readonly status: number;
  /** The part of the request, such as `inputs[2].data[0]` or `rows[4].position`. */
  readonly part: string | undefined;

  constructor(status: number, code: ErrorCode, message: string, options: ErrorOptions & { readonly part?: string | undefined } = {}) {
    super(code, message, options);
    this.name = "RequestError";
    this.status = status;
    this.part = options.part;
  }
}

export interface ErrorBody {
  /** The Open Inference Protocol's field. */
  readonly error: string;
  readonly code: ErrorCode;
  readonly where?: string;
  readonly hint?: string;
}

/** What a client may know. Anything unexpected is 'internal' without its text: no stack, no path. */
export function errorBody(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (!(error instanceof RequestError)) return { status: 500, body: { error: "The server failed to answer; its log says why.", code: "internal" } };
  const { status, code, message, part, hint } = error;
  return { status, body: { error: message, code, ...(part === undefined ? {} : { where: part }), ...(hint === undefined ? {} : { hint }) } };
}

/** A value as it may be shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  // JSON has no such number, but 1e999 is read as one.
  if (value === Infinity || value === -Infinity) return "a number too large for any computer";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return value === null ? "null" : "missing";
}
