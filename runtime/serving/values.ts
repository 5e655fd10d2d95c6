/** JSON values → the raw values that feeds take, by declared kind. Everything else is refused, with what was wanted. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { microsecondsOf } from "../preprocess/timestamp.ts";
import { RequestError, shown } from "./request-error.ts";

export type Scalar = number | bigint | string | boolean | null;

export const wanted: Readonly<Record<ScalarKind, string>> = {
  bool: "true or false",
  int: "a whole number between -(2^53 - 1) and 2^53 - 1",
  float: "a finite number",
  string: "a text",
  timestamp: "a time such as \"2026-11-20T09:30:00Z\", or whole microseconds since 1970",
  date: "a date such as \"2026-11-20\", or whole microseconds since 1970",
  duration: "whole milliseconds",
};

/** `part` is asked for only when the value is refused. */
export function scalarOf(kind: ScalarKind, value: unknown, part: () => string): Scalar {
  switch (kind) {
    case "float": if (typeof value === "number" && Number.isFinite(value)) return value; break;
    case "int": case "duration": if (Number.isSafeInteger(value)) return value as number; break;
    // Half of a surrogate pair is no text: neither UTF-8 nor the log can hold it.
    case "string": if (typeof value === "string") return value.toWellFormed(); break;
    case "bool": if (typeof value === "boolean") return value; break;
    case "timestamp": case "date": {
      const micros = typeof value === "string" ? microsecondsOf(value) : Number.isSafeInteger(value) ? BigInt(value as number) : null;
      if (micros !== null) return micros;
    }
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RequestError(400, "number-not-finite", `The value at ${part()} is too large for a number; it must be ${wanted[kind]}.`, { part: part() });
  }
  throw new RequestError(400, "value-invalid", `The value at ${part()} must be ${wanted[kind]}, but is ${shown(value)}.`, { part: part() });
}
