/**
 * Concurrent requests share a run of the model. A run begins as soon as the model is free, with everything that arrived in
 * the same turn of the event loop; while it is busy, requests gather until there are `size` rows or the oldest has waited
 * `waitMs`: then they go in a run of their own. So a lone request never waits, and a busy server runs full batches.
 */
import { MlspecError } from "../errors.ts";
import { longestTimerMs } from "./deadline.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export type ModelRows = readonly (readonly Scalar[])[];
export type RunModel = (rows: ModelRows) => Promise<readonly Prediction[]>;

export interface BatcherOptions {
  readonly size: number;
  readonly waitMs: number;
  /** Rows that may wait; beyond that a request is turned away at once. */
  readonly mostWaiting: number;
  readonly onBatch: (rows: number) => void;
}

/** Runs under way at once: a model that is slower than its requests must not pile them up where they cannot be dropped any more. */
const mostRunning = 4;

interface Waiting {
  readonly rows: ModelRows;
  readonly resolve: (predictions: readonly Prediction[]) => void;
  readonly reject: (error: unknown) => void;
  readonly isWanted: () => boolean;
}

export class Batcher {
  private readonly run: RunModel;
  private readonly options: BatcherOptions;
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private running = 0;
  private turn = false;
  private timer: NodeJS.Timeout | null = null;
  private whenDrained: (() => void)[] = [];

  constructor(run: RunModel, options: BatcherOptions) {
    this.run = run;
    this.options = options;
  }

  /** Predictions in the order of `rows`. A request that is not wanted any more when its turn comes is left out. */
  predict(rows: ModelRows, isWanted: () => boolean = () => true): Promise<readonly Prediction[]> {
    return new Promise((resolve, reject) => {
      if (this.waitingRows + rows.length > this.options.mostWaiting && this.waitingRows > 0) {
        reject(new MlspecError("overloaded", `${this.waitingRows} rows wait for the model already.`));
        return;
      }
      this.waiting.push({ rows, resolve, reject, isWanted });
      this.waitingRows += rows.length;
      if (this.waitingRows >= this.options.size) this.start();
      else if (this.running === 0) this.startAfterThisTurn();
      else this.startAfterWait();
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  drained(): Promise<void> {
    if (this.running === 0 && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => { this.whenDrained.push(resolve); });
  }

  private startAfterThisTurn(): void {
    if (this.turn) return;
    this.turn = true;
    setImmediate(() => {
      this.turn = false;
      if (this.running === 0) this.start();
      else if (this.waiting.length > 0) this.startAfterWait();
    });
  }

  private startAfterWait(): void {
    this.timer ??= setTimeout(() => { this.timer = null; this.start(); }, Math.min(this.options.waitMs, longestTimerMs));
  }

  private start(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    while (this.waiting.length > 0 && this.running < mostRunning) {
      const batch = this.take();
      if (batch.length > 0) void this.runBatch(batch);
    }
    this.tellDrained();
  }

  /** Up to `size` rows, at least one request: a request is never divided. */
  private take(): Waiting[] {
    let rows = 0;
    let count = 0;
    while (count < this.waiting.length) {
      const more = this.waiting[count]?.rows.length ?? 0;
      if (count > 0 && rows + more > this.options.size) break;
      rows += more;
      count++;
    }
    const taken = this.waiting.splice(0, count);
    this.waitingRows -= rows;
    return taken.filter((each) => each.isWanted());
  }

  private async runBatch(batch: readonly Waiting[]): Promise<void> {
    const only = batch.length === 1 ? batch[0] : undefined;
    const rows = only === undefined ? batch.flatMap((each) => each.rows) : only.rows;
    this.running++;
    this.options.onBatch(rows.length);
    try {
      const predictions = await this.run(rows);
      let from = 0;
      for (const each of batch) each.resolve(predictions.slice(from, (from += each.rows.length)));
    } catch (error) {
      await this.runOneByOne(batch, error);
    } finally {
      this.running--;
      if (this.running === 0 && this.waiting.length > 0) this.start();
      this.tellDrained();
    }
  }

  private tellDrained(): void {
    if (this.running > 0 || this.waiting.length > 0) return;
    for (const resolve of this.whenDrained.splice(0)) resolve();
  }

  /** One request's values may be what the model fails on: the others of its batch must not suffer. */
  private async runOneByOne(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      batch[0]?.reject(error);
      return;
    }
    for (const each of batch) {
      if (each.isWanted()) await this.run(each.rows).then(each.resolve, each.reject);
    }
  }
}
