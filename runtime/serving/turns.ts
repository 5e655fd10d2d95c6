/**
 * The event loop as what it is: one thread that everybody shares. Long work takes it for a few milliseconds at a time; between any two
 * such pieces the loop looks at its sockets, so a small request (health, one row) waits for one piece, however many large ones are under way.
 */

/** How long one piece of work may hold the loop. */
export const longestPieceMs = 4;

export class Turns {
  private readonly monotonic: () => number;
  private readonly waiting: (() => void)[] = [];
  private scheduled = false;

  constructor(monotonic: () => number) {
    this.monotonic = monotonic;
  }

  /** Resolves when it is the caller's turn: first come, first served, one caller in each round of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.schedule();
    });
  }

  /** For one piece of long work: it asks `due` now and then, and rests when it is. */
  pace(): Pace {
    return new Pace(this, this.monotonic);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.waiting.shift()?.();
      if (this.waiting.length > 0) this.schedule();
    });
  }
}

export class Pace {
  private readonly turns: Turns;
  private readonly monotonic: () => number;
  private since: number;

  constructor(turns: Turns, monotonic: () => number) {
    this.turns = turns;
    this.monotonic = monotonic;
    this.since = monotonic();
  }

  /** Has this piece taken long enough? */
  due(): boolean {
    return this.monotonic() - this.since > longestPieceMs;
  }

  /** Lets the others have their turns. */
  async rest(): Promise<void> {
    await this.turns.next();
    this.since = this.monotonic();
  }

  /** Calls `work` for 0 … `count` − 1, resting between calls when it is time. Nothing is waited for when the work is short. */
  async each(count: number, work: (i: number) => void): Promise<void> {
    for (let i = 0; i < count; i++) {
      // Looking at the clock costs more than many a row.
      if ((i & 15) === 15 && this.due()) await this.rest();
      work(i);
    }
  }
}
