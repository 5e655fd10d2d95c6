/**
 * Every answered prediction and every outcome, on disk before the answer goes out. `log/<service>/*.parquet` are predictions,
 * `log/<service>/outcomes/*.parquet` outcomes, `*.journal` what is not Parquet yet. A disk that is full loses lines (counted), never answers.
 */
import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { openDatabase } from "../../data/database.ts";
import type { Database } from "../../data/database.ts";
import type { Cell } from "../../data/batch.ts";
import { text } from "../../data/sql/quote.ts";
import type { OutcomeSums } from "../../statistics/confidence-sequence.ts";
import type { Columns, JournalHeader } from "./columns.ts";
import { Journal } from "./journal.ts";
import { KnownIds } from "./known-ids.ts";
import { maturedOutcomes, type MaturedQuery } from "./matured.ts";
import { continueMerges, mergeSmallFiles } from "./merge.ts";
import { dropOldRows, dropOldJournals } from "./old-files.ts";
import { journalsIn, toParquet } from "./parquet.ts";

export interface LogEvents {
  onLost(lines: number): void;
  onFlushFailed(problem: string): void;
}

export interface OutcomeKey {
  readonly id: string;
  readonly label: string;
  /** Of `received`. */
  readonly receivedUs: number;
}

export interface LoggedPrediction {
  readonly version: string | null;
  readonly arm: string | null;
  readonly unit: string | null;
}

export interface PredictionLogOptions {
  readonly folder: string;
  /** Names this process's files: time and process id, for example. */
  readonly prefix: string;
  readonly events: LogEvents;
  /** Parquet files of single flushes that are merged into one; 256 unless told. */
  readonly mergeAt?: number;
}

export class PredictionLog {
  private readonly folder: string;
  /** Of predictions, and of outcomes. */
  private readonly folders: readonly string[];
  private readonly database: Database;
  private readonly events: LogEvents;
  private mergeAt: number;
  private readonly predictions: Journal;
  private readonly outcomes: Journal;
  private requestColumns: Columns = {};
  private featureColumns: Columns = {};
  private journals: string[] = [];
  private flushing: Promise<void> = Promise.resolve();
  /** Ids that the log has, or may have. */
  readonly ids = new KnownIds();
  private readonly closing = new AbortController();
  private journalProblem: string | null = null;
  private flushProblem: string | null = null;
  private lastReceivedUs = 0;

  private constructor(options: PredictionLogOptions, database: Database) {
    this.folder = options.folder;
    this.folders = [options.folder, join(options.folder, "outcomes")];
    this.database = database;
    this.events = options.events;
    this.mergeAt = options.mergeAt ?? 256;
    const failure = (problem: string | null, lost: number): void => {
      this.journalProblem = problem;
      if (lost > 0) this.events.onLost(lost);
    };
    this.predictions = new Journal(options.folder, options.prefix, header("predictions", {}, {}), failure);
    this.outcomes = new Journal(join(options.folder, "outcomes"), options.prefix, header("outcomes", {}, {}), failure);
  }

  /** Also turns what a killed process left behind into Parquet. */
  static async open(options: PredictionLogOptions): Promise<PredictionLog> {
    const log = new PredictionLog(options, await openDatabase({ threads: 1, memoryBytes: 512 * 2 ** 20 }));
    try {
      for (const folder of log.folders) {
        await continueMerges(folder);
        log.journals.push(...(await journalsIn(folder)));
      }
    } catch (error) {
      log.failed(error);
    }
    await log.flush();
    await log.continueReceived();
    await log.readIds();
    return log;
  }

  /** What is wrong with the log at present, in words; null when nothing is. */
  get problem(): string | null {
    return this.journalProblem ?? this.flushProblem;
  }

  /** Lines that wait to be written. */
  get waiting(): number {
    return this.predictions.waiting + this.outcomes.waiting;
  }

  /** Makes room for a version's columns; a name that has another kind now keeps its first kind, as far as values fit, unless texts must fit. */
  declare(request: Columns, features: Columns): void {
    this.requestColumns = joined(this.requestColumns, request);
    this.featureColumns = joined(this.featureColumns, features);
    this.predictions.setHeader(header("predictions", this.requestColumns, this.featureColumns));
  }

  appendPrediction(line: string): Promise<boolean> {
    return this.predictions.append(line);
  }

  appendOutcome(line: string): Promise<boolean> {
    return this.outcomes.append(line);
  }

  /**
   * When an outcome that comes now was received, in microseconds since 1970: the clock's time, but later than every outcome before it, also where the clock has
   * gone back since (it was set by hand before this process began). So the first outcome is the one with the least, whatever the clock
   * does: the physical part of a hybrid logical clock (Kulkarni et al. 2014).
   */
  received(nowUs: number): number {
    this.lastReceivedUs = Math.max(nowUs, this.lastReceivedUs + 1);
    return this.lastReceivedUs;
  }

  /** Everything appended so far becomes Parquet. One at a time; what fails is tried again by the next. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushNow());
    return this.flushing;
  }

  /** The logged predictions of these outcomes, the first one of each id, of those that had no earlier outcome of the same label. */
  async find(outcomes: readonly OutcomeKey[]): Promise<readonly (OutcomeKey & LoggedPrediction)[]> {
    if (outcomes.length === 0 || !(await this.has("*.parquet"))) return [];
    const wanted = outcomes.map(({ id, label, receivedUs }) => `(${text(id)}, ${text(label)}, ${receivedUs})`).join(", ");
    const earlier = `SELECT 1 FROM read_parquet(${text(join(this.folder, "outcomes", "*.parquet"))}, union_by_name = true) o
      WHERE o.id = w.id AND o.label = w.label AND epoch_us(o.received) < w.received`;
    const rows = await this.database.rows(
      `SELECT w.id, w.label, w.received, p.version, p.arm, p.unit FROM (VALUES ${wanted}) w(id, label, received)
       JOIN read_parquet(${text(join(this.folder, "*.parquet"))}, union_by_name = true) p ON p.id = w.id
       ${(await this.has("outcomes/*.parquet")) ? `WHERE NOT EXISTS (${earlier})` : ""}
       QUALIFY row_number() OVER (PARTITION BY w.id, w.label ORDER BY p.time) = 1`);
    const found = new Map(rows.map((row) => [`${textOf(row["label"]) ?? ""} ${textOf(row["id"]) ?? ""}`, row]));
    return outcomes.flatMap((outcome) => {
      const row = found.get(`${outcome.label} ${outcome.id}`);
      return row === undefined ? [] : [{ ...outcome, version: textOf(row["version"]), arm: textOf(row["arm"]), unit: textOf(row["unit"]) }];
    });
  }

  /**
   * Rows that are older than `ms` (since 1970) are deleted; outcomes by when they were received. Journals that never became Parquet
   * (they are damaged) go when nothing was written to them since then. What fails is told, and tried again by the next.
   */
  dropBefore(ms: number): Promise<void> {
    this.flushing = this.flushing.then(async () => {
      for (const [folder, column] of [[this.folder, "time"], [join(this.folder, "outcomes"), "received"]] as const) await dropOldRows(this.database, folder, column, ms);
      this.journals = await dropOldJournals(this.journals, ms);
    }).catch((error: unknown) => { this.events.onFlushFailed(`old rows are not deleted: ${messageOf(error)}`); });
    return this.flushing;
  }

  /** By arm; empty while nothing is logged. Everything appended so far is looked at, and nothing is merged meanwhile. */
  matured(query: MaturedQuery): Promise<ReadonlyMap<string, OutcomeSums>> {
    const read = this.flush().then(async () => {
      if (!(await this.has("*.parquet"))) return new Map<string, OutcomeSums>();
      const outcomes = (await this.has("outcomes/*.parquet")) ? join(this.folder, "outcomes", "*.parquet") : null;
      return await maturedOutcomes(this.database, join(this.folder, "*.parquet"), outcomes, query);
    });
    this.flushing = read.then(() => undefined, () => undefined);
    return read;
  }

  /** What is flushed from now on need not wait until the ids of a long log have been read. */
  end(): void {
    this.closing.abort();
  }

  async close(): Promise<void> {
    this.end();
    await this.flush();
    this.database.close();
  }

  private async flushNow(): Promise<void> {
    // Also where nothing was appended yet: whoever looks at health before the first request must not be told that the log is written.
    const unusable = (await Promise.all(this.folders.map(problemOfFolder))).find((problem) => problem !== null);
    if (unusable !== undefined) {
      this.failed(new Error(unusable));
      return;
    }
    this.journals.push(...(await this.predictions.rotate()), ...(await this.outcomes.rotate()));
    const left: string[] = [];
    for (const journal of this.journals) {
      await toParquet(this.database, journal).catch((error: unknown) => {
        left.push(journal);
        this.failed(error);
      });
    }
    this.journals = left;
    if (left.length > 0) return;
    this.flushProblem = null;
    for (const folder of this.folders) {
      await mergeSmallFiles(this.database, folder, this.mergeAt).catch((error: unknown) => {
        this.mergeAt = Infinity; // nothing is lost: not tried again before the next start, rather than with every flush
        this.events.onFlushFailed(`small files are not merged: ${messageOf(error)}`);
      });
    }
  }

  /** Beside everything else, but for a log without files: that is read at once. Nothing is merged or deleted meanwhile; until it is done every id may be known. */
  private async readIds(): Promise<void> {
    const pattern = (await this.has("*.parquet")) ? join(this.folder, "*.parquet") : null;
    const read = this.ids.fill(this.database, pattern, this.closing.signal).catch((error: unknown) => {
      if (!this.closing.signal.aborted) this.events.onFlushFailed(`the log's ids are not read, so outcomes are all looked for in its files: ${messageOf(error)}`);
    });
    this.flushing = this.flushing.then(() => read);
    if (pattern === null) await read;
  }

  /** From where the processes before this one ended. */
  private async continueReceived(): Promise<void> {
    try {
      if (!(await this.has("outcomes/*.parquet"))) return;
      const rows = await this.database.rows(`SELECT max(epoch_us(received)) AS last FROM read_parquet(${text(join(this.folder, "outcomes", "*.parquet"))}, union_by_name = true)`);
      this.lastReceivedUs = Number(rows[0]?.["last"] ?? 0);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.flushProblem = messageOf(error);
    this.events.onFlushFailed(this.flushProblem);
  }

  private async has(pattern: string): Promise<boolean> {
    const rows = await this.database.rows(`SELECT count(*) AS n FROM glob(${text(join(this.folder, pattern))})`);
    return Number(rows[0]?.["n"] ?? 0) > 0;
  }
}

/** Null when files can be made there; it is made itself where it is not. */
async function problemOfFolder(folder: string): Promise<string | null> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${folder} is no folder that can be written (${messageOf(error)})`;
  }
}

const joined = (before: Columns, more: Columns): Columns =>
  Object.fromEntries(Object.entries({ ...more, ...before }).map(([name, kind]) => [name, more[name] === "string" ? "string" : kind]));

function header(stream: JournalHeader["stream"], request: Columns, features: Columns): string {
  return JSON.stringify({ journal: 1, stream, request, features } satisfies JournalHeader);
}

const textOf = (cell: Cell | undefined): string | null => (typeof cell === "string" ? cell : null);
