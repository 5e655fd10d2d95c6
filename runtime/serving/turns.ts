/**
 * The event loop as what it is: one thread that everybody shares. Work is done in slices of a few milliseconds, and between any two of them the loop
 * looks at its sockets: long work is divided, short work is done as many at a time as fit into a slice. So health waits for a slice, however
 * many requests are under way, large ones or small ones.
 */

/** How long one piece of work may hold the loop, and for how long pieces are begun in one round of it. */
export const longestPieceMs = 4;

/** The same for what is nobody's answer: long enough that several share a run of the model. */
const idleSliceMs = 1;

export class Turns {
  private readonly monotonic: () => number;
  private readonly runs: (() => void)[] = [];
  private readonly ahead: (() => void)[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly idle: (() => void)[] = [];
  private scheduled = false;

  constructor(monotonic: () => number) {
    this.monotonic = monotonic;
  }

  /** Resolves when it is the caller's turn: first come, first served. To begin a request, and to go on with a long one. */
  next(): Promise<void> {
    return this.join(this.waiting);
  }

  /** Before all who wait for `next`: what is begun is ended before more is begun. For short work that each request needs once. */
  soon(): Promise<void> {
    return this.join(this.ahead);
  }

  /** At the beginning of a round, one caller in each: a run of the model, for all who got so far in the rounds before. */
  run(): Promise<void> {
    return this.join(this.runs);
  }

  /** When nobody else waits, in short slices: what is nobody's answer. Whoever comes meanwhile waits for the rest of one. */
  whenIdle(): Promise<void> {
    return this.join(this.idle);
  }

  /** For one piece of long work: it asks `due` now and then, and rests when it is. */
  pace(rest: () => Promise<void> = () => this.next()): Pace {
    return new Pace(rest, this.monotonic);
  }

  private join(queue: (() => void)[]): Promise<void> {
    return new Promise((resolve) => {
      queue.push(resolve);
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => { this.round(); });
  }

  private round(): void {
    const run = this.runs.shift();
    run?.();
    this.slice(this.monotonic(), run === undefined && this.ahead.length + this.waiting.length === 0);
  }

  private slice(began: number, isIdle: boolean): void {
    const isOver = this.monotonic() - began > (isIdle ? idleSliceMs : longestPieceMs);
    const next = isOver ? undefined : (this.ahead.shift() ?? this.waiting.shift() ?? (isIdle ? this.idle.shift() : undefined));
    if (next === undefined) {
      this.scheduled = false;
      if (this.runs.length + this.ahead.length + this.waiting.length + this.idle.length > 0) this.schedule();
      return;
    }
    next();
    // Whoever has the turn goes on in microtasks: when these are done, so is the piece. A tick comes after all of them.
    queueMicrotask(() => { process.nextTick(() => { this.slice(began, isIdle); }); });
  }
}

export class Pace {
  private readonly wait: () => Promise<void>;
  private readonly monotonic: () => number;
  private since: number;

  /** `wait`: resolves when there is a turn. */
  constructor(wait: () => Promise<void>, monotonic: () => number) {
    this.wait = wait;
    this.monotonic = monotonic;
    this.since = monotonic();
  }

  /** Has this piece taken long enough? */
  due(): boolean {
    return this.monotonic() - this.since > longestPieceMs;
  }

  /** Lets the others have their turns. */
  async rest(): Promise<void> {
    await this.wait();
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
