/** What a request gets: an answer per row, or why there is none. */
import type { ErrorCode } from "../codes.ts";
import type { Prediction } from "./prediction.ts";
import { RequestError } from "./request-error.ts";

export interface RowAnswer {
  readonly id: string;
  readonly version: string | null;
  /** `<rollout>/<stage>/<arm>` in a rollout, `pinned` when the request names the version, else `live`. */
  readonly arm: string;
  readonly prediction: Prediction | null;
  /** Why the fallback answered; null when the model did. */
  readonly fallback: ErrorCode | null;
  /** Why nobody did. */
  readonly error: ErrorCode | null;
}

export interface Answer {
  readonly id: string;
  readonly rows: readonly RowAnswer[];
  readonly ignored: readonly string[];
  readonly stale: readonly string[];
  readonly failure: RequestError | null;
}

/** `reason`: a row's `error`. */
export function failureOf(reason: ErrorCode): RequestError {
  switch (reason) {
    case "timeout": return new RequestError(504, "timeout", "The model did not answer in time, and the service has no fallback.", { hint: "Declare `otherwise` in the service, or raise its timeout." });
    case "no-version": return new RequestError(503, "no-version", "No version of the model is live, and the service has no fallback.", { hint: "Register one with `mlspec run` and roll it out." });
    case "overloaded": return new RequestError(503, "overloaded", "Too many requests wait for the model, and the service has no fallback.", { hint: "Try again later." });
    case "fallback-null": return new RequestError(503, "fallback-null", "The model did not answer, and the fallback has no value for this request.", { hint: "Let the fallback end in a constant: coalesce(…, 0)." });
    case "feature-missing": return new RequestError(503, "feature-missing", "A feature that the model needs is not in the online store, and the service has no fallback.", { hint: "Send the feature with the request, or let `mlspec serve` refresh the store." });
    default: return new RequestError(503, reason, "The model could not answer, and the service has no fallback.");
  }
}
