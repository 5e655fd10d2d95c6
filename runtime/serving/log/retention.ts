/** Rows of the log are kept for so long and no longer, but for those that a rollout under way is judged by. */
import type { Clock } from "../parts.ts";
import type { PredictionLog } from "./prediction-log.ts";

export interface RetentionParts {
  readonly log: PredictionLog | null;
  readonly clock: Clock;
  /** Null keeps everything. */
  readonly retainMs: number | null;
  /** Milliseconds since 1970; null: nothing is needed. */
  readonly neededSince: () => number | null;
}

/** A hundredth of what is kept, an hour at most. */
const lookEvery = (retainMs: number): number => Math.min(3_600_000, Math.max(1_000, retainMs / 100));

export class Retention {
  private readonly parts: RetentionParts;
  private lookedAt = -Infinity;

  constructor(parts: RetentionParts) {
    this.parts = parts;
  }

  /** May be called often. */
  async dropOld(): Promise<void> {
    const { log, clock, retainMs, neededSince } = this.parts;
    const now = clock.monotonic();
    if (log === null || retainMs === null || now - this.lookedAt < lookEvery(retainMs)) return;
    this.lookedAt = now;
    await log.dropBefore(Math.min(clock.now() - retainMs, neededSince() ?? Infinity));
  }
}
