/**
 * Entity features for serving, in LMDB: by view and entity key, the values and the time they are as of. The only importer of `lmdb`.
 *
 * Layout (string keys, MessagePack values)
 *   view:<view>               which generation is served: {@link ViewState}
 *   pending:<generation>      a generation that is being written, and by which process
 *   row:<generation>:<key>    [asOf, value, value, …] in the order of the view's columns
 * Reads of one event-loop turn see one snapshot; readers in other processes keep theirs until their turn ends.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { open } from "lmdb";
import type { RootDatabase } from "lmdb";
import { MlspecError, messageOf } from "../errors.ts";
import { isAlive } from "../processes.ts";

export type OnlineValue = string | number | bigint | boolean | null;
export type EntityKey = string | number | bigint | boolean;

export interface OnlineRow {
  readonly key: EntityKey;
  /** By feature name; what is missing is null. */
  readonly values: Readonly<Record<string, OnlineValue>>;
  /** Milliseconds since 1970, when it differs from the view's. */
  readonly asOfMs?: number;
}

export interface ViewState {
  readonly view: string;
  readonly generation: number;
  readonly columns: readonly string[];
  readonly asOfMs: number;
  readonly maxAgeMs: number | null;
  readonly rows: number;
  /** What an entity without events has (a count is 0, a mean is null), in the order of `columns`. */
  readonly empty: readonly OnlineValue[];
}

export interface ViewUpdate {
  readonly view: string;
  readonly columns: readonly string[];
  readonly asOfMs: number;
  readonly maxAgeMs: number | null;
  /** Values of an entity that has no events; by default all null. */
  readonly empty?: Readonly<Record<string, OnlineValue>>;
  readonly rows: AsyncIterable<OnlineRow> | Iterable<OnlineRow>;
}

export interface Lookup {
  /** In the order of the view's columns; the view's `empty` values when the entity is unknown. */
  readonly values: readonly OnlineValue[];
  readonly asOfMs: number;
  readonly found: boolean;
}

type Stored = ViewState | readonly OnlineValue[] | { readonly pid: number; readonly view: string } | number | Record<string, unknown>;

const rowsPerTransaction = 5_000;
/** LMDB's keys have at most 1,978 bytes; longer entity keys are stored by their hash. */
const longestKey = 500;

export class OnlineStore {
  readonly folder: string;
  private readonly database: RootDatabase<Stored, string>;
  private readonly isAlive: (pid: number) => boolean;

  private constructor(folder: string, database: RootDatabase<Stored, string>, isAlive: (pid: number) => boolean) {
    this.folder = folder;
    this.database = database;
    this.isAlive = isAlive;
  }

  static open(folder: string, alive: (pid: number) => boolean = (pid) => isAlive({ pid, started: null })): OnlineStore {
    try {
      mkdirSync(folder, { recursive: true });
      return new OnlineStore(folder, open<Stored, string>({ path: folder, encoding: "msgpack", noMemInit: true }), alive);
    } catch (cause) {
      throw new MlspecError("online-store-unreadable", `The online store ${folder} cannot be opened: ${messageOf(cause)}`, {
        where: { file: folder }, cause,
        hint: "It holds nothing that cannot be computed again: delete the folder and start `mlspec serve` anew.",
      });
    }
  }

  view(name: string): ViewState | null {
    return (this.database.get(`view:${name}`) as ViewState | undefined) ?? null;
  }

  views(): readonly ViewState[] {
    return [...this.database.getRange({ start: "view:", end: "view;" })].map(({ value }) => value as ViewState);
  }

  /** Null when nothing was ever written for the view. A few microseconds. */
  lookup(view: ViewState, key: EntityKey): Lookup {
    const row = this.database.get(rowKey(view.generation, key)) as readonly OnlineValue[] | undefined;
    if (row === undefined) return { values: view.empty, asOfMs: view.asOfMs, found: false };
    return { values: row.slice(1), asOfMs: row[0] as number, found: true };
  }

  /**
   * Replaces a view's rows: readers see all of the old ones until all of the new ones are there. When `rows` fails or the
   * process dies, the old ones stay, and what was written of the new ones is removed (by the next replacement after a crash).
   */
  async replaceView(update: ViewUpdate): Promise<ViewState> {
    await this.removeAbandoned();
    const generation = this.begin(update.view);
    try {
      const rows = await this.writeRows(generation, update);
      const state: ViewState = {
        view: update.view, generation, columns: [...update.columns], asOfMs: update.asOfMs, maxAgeMs: update.maxAgeMs, rows,
        empty: update.columns.map((column) => update.empty?.[column] ?? null),
      };
      const before = this.flip(state);
      await this.database.flushed;
      if (before !== null) await this.removeRows(before.generation);
      return state;
    } catch (error) {
      await this.abandon(generation);
      throw asStoreError(error, this.folder);
    }
  }

  /** Newer values for some entities of a view, in one transaction. */
  async update(viewName: string, rows: Iterable<OnlineRow>): Promise<void> {
    const view = this.view(viewName);
    if (view === null) throw new MlspecError("view-not-online", `The view ${viewName} has no values in the online store yet.`);
    await this.database.transaction(() => {
      for (const row of rows) void this.database.put(rowKey(view.generation, row.key), encode(view.columns, row, view.asOfMs));
    });
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private begin(view: string): number {
    return this.database.transactionSync(() => {
      const generation = ((this.database.get("generation") as number | undefined) ?? 0) + 1;
      this.database.putSync("generation", generation);
      this.database.putSync(`pending:${generation}`, { pid: process.pid, view });
      return generation;
    });
  }

  private async writeRows(generation: number, update: ViewUpdate): Promise<number> {
    let count = 0;
    let last: Promise<unknown> = Promise.resolve();
    for await (const row of update.rows) {
      last = this.database.put(rowKey(generation, row.key), encode(update.columns, row, update.asOfMs));
      if (++count % rowsPerTransaction === 0) await last; // bounds what waits in memory
    }
    await last;
    return count;
  }

  /** The new generation becomes the served one; returns the state before. */
  private flip(state: ViewState): ViewState | null {
    return this.database.transactionSync(() => {
      const before = this.view(state.view);
      this.database.putSync(`view:${state.view}`, state);
      this.database.removeSync(`pending:${state.generation}`);
      // Until its rows are gone the old generation is marked, so that a crash now does not leak them.
      if (before !== null) this.database.putSync(`pending:${before.generation}`, { pid: process.pid, view: state.view });
      return before;
    });
  }

  /** Generations whose writer died. */
  private async removeAbandoned(): Promise<void> {
    for (const { key, value } of [...this.database.getRange({ start: "pending:", end: "pending;" })]) {
      const { pid } = value as { pid: number };
      if (pid !== process.pid && !this.isAlive(pid)) await this.removeRows(Number(key.slice("pending:".length)));
    }
  }

  /** After a failed write: best effort, since the disk may be full; the mark stays, so that a later replacement cleans up. */
  private async abandon(generation: number): Promise<void> {
    await this.removeRows(generation).catch(() => undefined);
  }

  private async removeRows(generation: number): Promise<void> {
    const range = { start: `row:${generation}:`, end: `row:${generation};`, limit: rowsPerTransaction };
    // Keys are taken out first: an iterator over keys that are being removed skips some.
    for (let keys = [...this.database.getKeys(range)]; keys.length > 0; keys = [...this.database.getKeys(range)]) {
      await Promise.all(keys.map((key) => this.database.remove(key)));
    }
    await this.database.remove(`pending:${generation}`);
  }
}

function rowKey(generation: number, key: EntityKey): string {
  const text = String(key);
  if (text.length * 3 <= longestKey || Buffer.byteLength(text) <= longestKey) return `row:${generation}:${text}`;
  return `row:${generation}:#${createHash("sha256").update(text).digest("hex")}`;
}

function encode(columns: readonly string[], row: OnlineRow, asOfMs: number): readonly OnlineValue[] {
  const values: OnlineValue[] = [row.asOfMs ?? asOfMs];
  for (const column of columns) values.push(row.values[column] ?? null);
  return values;
}

function asStoreError(error: unknown, folder: string): Error {
  const text = messageOf(error);
  if (/no space left|MDB_MAP_FULL|ENOSPC/i.test(text)) {
    return new MlspecError("disk-full", `No space left for the online store ${folder}.`, {
      where: { file: folder }, cause: error, hint: "Free space on that disk. The values served before are still served.",
    });
  }
  return error instanceof Error ? error : new Error(text);
}
