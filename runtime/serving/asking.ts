/** Asks a version for the rows of one arm, in time, and says whose fault it is when it is late. */
import { MlspecError } from "../errors.ts";
import { late, withDeadline } from "./deadline.ts";
import type { Asked, RowResult } from "./batcher.ts";
import type { Scalar } from "./values.ts";
import type { OpenVersion } from "./versions.ts";

export interface Asking {
  /** By row; a text is why there is no prediction. */
  readonly results: readonly (RowResult | "timeout" | "overloaded")[];
  /**
   * Was it late because of the version itself? Known when its last run is done, which may be after the answer.
   * Null: it was not late.
   */
  readonly lateBecause: Promise<Cause> | null;
  /** Milliseconds that the version computed. */
  readonly ownMs: number;
  /** Milliseconds of the processor for these rows alone. */
  readonly computedMs: number;
}

/** `server`: the machine or the queue was too full, which says nothing about the version. */
export type Cause = "version" | "server";

/** A run that takes longer than this many timeouts (a second at least) hangs. */
const hangs = 10;

/** `share`: rows of this arm of all rows of the request. */
export async function askVersion(version: OpenVersion, rows: readonly (readonly Scalar[])[], share: number, deadlineAt: number, timeoutMs: number, monotonic: () => number): Promise<Asking> {
  const left = deadlineAt - monotonic();
  if (left <= 0) return { results: rows.map(() => "timeout"), lateBecause: Promise.resolve("server"), ownMs: 0, computedMs: 0 };
  let asked: Asked;
  try {
    asked = version.batcher.ask(rows, deadlineAt);
  } catch (error) {
    if (!(error instanceof MlspecError) || error.code !== "overloaded") throw error;
    return { results: rows.map(() => "overloaded"), lateBecause: Promise.resolve("server"), ownMs: 0, computedMs: 0 };
  }
  if ((await withDeadline(asked.done, left)) === late) asked.stop();
  const results = asked.results.map((result) => result ?? "timeout");
  const { ownMs, computed } = asked;
  return { results, lateBecause: results.includes("timeout") ? causeOf(asked, share, timeoutMs) : null, ownMs, computedMs: computed.ms };
}

/**
 * A version is late by itself when its processor time for the rows that it computed, taken for all rows of the request, is more than the timeout:
 * neither what ran before it, nor the size of the other arm, nor a busy machine is in that.
 */
async function causeOf(asked: Asked, share: number, timeoutMs: number): Promise<Cause> {
  if ((await withDeadline(asked.done, Math.max(1000, hangs * timeoutMs))) === late) return "version";
  const { rows, ms } = asked.computed;
  return rows > 0 && (ms / rows) * (asked.results.length / share) >= timeoutMs ? "version" : "server";
}
