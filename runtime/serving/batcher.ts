/**
 * Concurrent requests share a run of the model. A run begins as soon as the model is free, with everything that arrived in
 * the same turn of the event loop; while it is busy, requests gather until there are `size` rows or the oldest has waited
 * `waitMs`: then they go in a run of their own. So a lone request never waits, and a busy server runs full batches.
 * A request with many rows takes its turns among the others, a run at a time.
 */
import { MlspecError } from "../errors.ts";
import { longestTimerMs } from "./deadline.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export type ModelRows = readonly (readonly Scalar[])[];
/** What a row got, or why it got nothing. */
export type RowResult = Prediction | Error;

export interface ModelRun {
  /** In the order of the rows. */
  readonly results: readonly RowResult[];
  /** Milliseconds that the model computed (`runner.ts`): a busy machine makes a run late, not longer. */
  readonly ownMs: number;
  /** Of that, what its thread was surely at work: neither disturbed nor rounded up. `ownMs` where it is not told. */
  readonly processorMs?: number;
}

export type RunModel = (rows: ModelRows) => Promise<ModelRun>;

export interface BatcherOptions {
  readonly size: number;
  readonly waitMs: number;
  /** Rows that may wait; beyond that a request is turned away at once. */
  readonly mostWaiting: number;
  readonly onBatch: (rows: number) => void;
  readonly monotonic: () => number;
  /** A run is kept within this (or twice what one row takes), as far as rows make the difference. */
  readonly longestRunMs?: number;
  /** What a run of one row takes; 0: not known before the first. */
  readonly msOfOneRow?: number;
  /** What each further row adds; null: not known before the first run of more than one. */
  readonly msOfMore?: number | null;
  /** Where a run holds the event loop: resolves when it may. Null: runs have a thread of their own. */
  readonly turn?: (() => Promise<void>) | null;
}

/** Rows under way. */
export interface Asked {
  /** By row; undefined: it did not come before the deadline, or not yet. */
  readonly results: readonly (RowResult | undefined)[];
  /** Milliseconds that the model computed so far in the runs that had some of its rows. */
  readonly ownMs: number;
  /** Rows that it has computed, and the processor's milliseconds for them alone: a run's, divided evenly among its rows. */
  readonly computed: { readonly rows: number; readonly ms: number };
  /** Every row has its result, or none of the others will come. Never rejects. */
  readonly done: Promise<void>;
  /** Nobody waits for the rest any more. `done` resolves when no run holds any of it. */
  stop(): void;
}

/** Runs under way at once: a model that is slower than its requests must not pile them up where they cannot be dropped any more. */
const mostRunning = 4;

class Waiting implements Asked {
  readonly rows: ModelRows;
  readonly deadlineAt: number;
  readonly results: (RowResult | undefined)[];
  readonly done: Promise<void>;
  ownMs = 0;
  readonly computed = { rows: 0, ms: 0 };
  /** Rows that a run has taken, and runs that have some of them. */
  taken = 0;
  running = 0;
  stopped = false;
  private readonly resolve: () => void;
  private readonly onStop: (left: number) => void;

  /** `onStop`: that many rows wait no more. */
  constructor(rows: ModelRows, deadlineAt: number, onStop: (left: number) => void) {
    this.rows = rows;
    this.deadlineAt = deadlineAt;
    this.onStop = onStop;
    this.results = new Array<RowResult | undefined>(rows.length).fill(undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.resolve = resolve;
  }

  get left(): number {
    return this.stopped ? 0 : this.rows.length - this.taken;
  }

  stop(): void {
    const { left } = this;
    this.stopped = true;
    this.onStop(left);
    this.settle();
  }

  settle(): void {
    if (this.running === 0 && this.left === 0) this.resolve();
  }
}

/** Rows `from` … `from + count` of a request, in a run. */
interface Part {
  readonly of: Waiting;
  readonly from: number;
  readonly count: number;
}

export class Batcher {
  private readonly run: RunModel;
  private readonly options: BatcherOptions;
  private queue: Waiting[] = [];
  /** Of all in the queue: added up as they come and go, since a flood of small requests would have each of them count all others. */
  private waitingRows = 0;
  private running = 0;
  private turn = false;
  private timer: NodeJS.Timeout | null = null;
  private whenDrained: (() => void)[] = [];
  /** What a run of one row takes, and what each further row adds: before it is known, as much again. */
  private msOfOneRow: number;
  private msOfMore: number | null;

  constructor(run: RunModel, options: BatcherOptions) {
    this.run = run;
    this.options = options;
    this.msOfOneRow = options.msOfOneRow ?? 0;
    this.msOfMore = options.msOfMore ?? null;
  }

  /** `deadlineAt`: of the monotonic clock; later results are of no use. @throws MlspecError 'overloaded' when it cannot be done by then. */
  ask(rows: ModelRows, deadlineAt = Infinity): Asked {
    const before = this.waitingRows;
    if (before > 0 && before + rows.length > this.options.mostWaiting) throw overloaded(before);
    const perRun = this.rowsPerRun();
    if (before > 0 && this.isLate(rows.length, perRun, deadlineAt - this.options.monotonic())) throw overloaded(before);
    const asked = new Waiting(rows, deadlineAt, (left) => { this.waitingRows -= left; });
    this.queue.push(asked);
    this.waitingRows += rows.length;
    if (before + rows.length >= perRun) this.start();
    else if (this.running === 0) this.startAfterThisTurn();
    else this.startAfterWait();
    return asked;
  }

  /** Rows that no run has taken yet. */
  get waiting(): number {
    return this.waitingRows;
  }

  /** Resolves when nothing waits and nothing runs. */
  drained(): Promise<void> {
    if (this.running === 0 && this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => { this.whenDrained.push(resolve); });
  }

  /** A request of one run waits for one run of each before it, a longer one for as many as it has itself. Not counted one by one where all together are done in time. */
  private isLate(rows: number, perRun: number, leftMs: number): boolean {
    if (this.msFor(this.waitingRows + rows) <= leftMs) return false;
    const ahead = this.queue.reduce((sum, each) => sum + Math.min(each.left, Math.max(perRun, rows)), 0);
    return ahead > 0 && this.msFor(ahead + rows) > leftMs;
  }

  private rowsPerRun(): number {
    const { size, longestRunMs = Infinity } = this.options;
    const more = this.msOfMore ?? this.msOfOneRow;
    if (more <= 0) return size;
    return Math.min(size, 1 + Math.floor(Math.max(longestRunMs - this.msOfOneRow, this.msOfOneRow) / more));
  }

  private msFor(rows: number): number {
    return Math.ceil(rows / this.rowsPerRun()) * this.msOfOneRow + rows * (this.msOfMore ?? this.msOfOneRow);
  }

  private learn(rows: number, ms: number): void {
    const towards = (before: number, now: number): number => 0.8 * before + 0.2 * now;
    if (rows === 1) this.msOfOneRow = this.msOfOneRow === 0 ? ms : towards(this.msOfOneRow, ms);
    else {
      const more = Math.max(0, (ms - this.msOfOneRow) / (rows - 1));
      this.msOfMore = this.msOfMore === null ? more : towards(this.msOfMore, more);
    }
  }

  private startAfterThisTurn(): void {
    if (this.turn) return;
    this.turn = true;
    const begin = (): void => {
      this.turn = false;
      if (this.running === 0) this.startOne();
      else if (this.queue.length > 0) this.startAfterWait();
    };
    if (this.options.turn) void this.options.turn().then(begin);
    else setImmediate(begin);
  }

  private startAfterWait(): void {
    this.timer ??= setTimeout(() => { this.timer = null; this.start(); }, Math.min(this.options.waitMs, longestTimerMs));
  }

  private start(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (this.options.turn) {
      // A run holds the thread that everybody shares: one in a turn.
      if (this.running === 0) this.startAfterThisTurn();
      return;
    }
    while (this.queue.length > 0 && this.running < mostRunning) this.startOne();
    this.tellDrained();
  }

  private startOne(): void {
    const parts = this.take();
    if (parts.length > 0) void this.runParts(parts);
    else this.tellDrained();
  }

  /** Rows of one run: what the first that wait need, each at most once. Who needs more goes to the end of the line. */
  private take(): Part[] {
    const now = this.options.monotonic();
    const parts: Part[] = [];
    const more: Waiting[] = [];
    let room = this.rowsPerRun();
    while (room > 0) {
      const of = this.queue.shift();
      if (of === undefined) break;
      if (now > of.deadlineAt) of.stop();
      const count = Math.min(room, of.left);
      if (count === 0) continue;
      parts.push({ of, from: of.taken, count });
      of.taken += count;
      this.waitingRows -= count;
      of.running++;
      room -= count;
      if (of.left > 0) more.push(of);
    }
    this.queue.push(...more);
    return parts;
  }

  private async runParts(parts: readonly Part[]): Promise<void> {
    const rows = parts.flatMap(({ of, from, count }) => (from === 0 && count === of.rows.length ? of.rows : of.rows.slice(from, from + count)));
    this.running++;
    this.options.onBatch(rows.length);
    const { results, ownMs, processorMs = ownMs } = await this.runAround(rows, () => parts.some(({ of }) => !of.stopped));
    if (ownMs > 0) this.learn(rows.length, ownMs);
    const now = this.options.monotonic();
    let at = 0;
    for (const { of, from, count } of parts) {
      of.ownMs += ownMs;
      of.computed.rows += count;
      of.computed.ms += (processorMs * count) / rows.length;
      of.running--;
      // A run may hold the event loop, so the deadline's timer may come after it: an answer that is late is late all the same.
      if (now > of.deadlineAt) of.stop();
      else for (let i = 0; i < count; i++) of.results[from + i] = results[at + i];
      at += count;
      of.settle();
    }
    this.running--;
    if (this.running === 0 && this.queue.length > 0) this.start();
    this.tellDrained();
  }

  private tellDrained(): void {
    if (this.running > 0 || this.queue.length > 0) return;
    for (const resolve of this.whenDrained.splice(0)) resolve();
  }

  /** One row's values may be what the model fails on: the others of its run must not suffer. They are run again in halves. */
  private async runAround(rows: ModelRows, isWanted: () => boolean): Promise<ModelRun> {
    try {
      return await this.run(rows);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (rows.length === 1 || !isWanted()) return { results: rows.map(() => failure), ownMs: 0, processorMs: 0 };
      const middle = rows.length >> 1;
      if (this.options.turn) await this.options.turn();
      const [first, second] = [await this.runAround(rows.slice(0, middle), isWanted), await this.runAround(rows.slice(middle), isWanted)];
      return { results: [...first.results, ...second.results], ownMs: first.ownMs + second.ownMs, processorMs: (first.processorMs ?? first.ownMs) + (second.processorMs ?? second.ownMs) };
    }
  }
}

function overloaded(waiting: number): MlspecError {
  return new MlspecError("overloaded", `${waiting} rows wait for the model already.`);
}
