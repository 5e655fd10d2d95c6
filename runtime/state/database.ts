/** The one module that knows SQLite: opening, migrating and transactions. Many processes may hold the file open. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MlspecError, messageOf } from "../errors.ts";
import { migrations } from "./migrations.ts";
import { fileAt } from "./place.ts";

export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/** How long a writer waits for another process's transaction. Transactions here are a few milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
const RETRY_MS = 5;

/** `durable`: on disk when the transaction returns. `relaxed`: a power cut may lose it, whole. `read`: one moment's view, no lock. `never`: undone when the work is over, so that it needs no room. */
export type Durability = "durable" | "relaxed" | "read" | "never";

/** The little of SQL that the repositories in this folder use. */
export interface Database {
  all(sql: string, ...values: readonly Value[]): readonly Row[];
  get(sql: string, ...values: readonly Value[]): Row | null;
  /** Returns the number of rows changed. */
  run(sql: string, ...values: readonly Value[]): number;
  /** All or nothing; unless it only reads, no other process writes meanwhile. Nested calls join the outer one. */
  transaction<T>(work: () => T, durability?: Durability): T;
  /** Is the file at its path still the one that was opened? Otherwise nobody else sees what is written here, nor is seen. */
  isInPlace(): boolean;
  close(): void;
}

export function openDatabase(folder: string): Database {
  const file = join(folder, "state.db");
  refuseNoFile(file);
  try {
    mkdirSync(folder, { recursive: true });
    const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    // WAL: readers never wait. NORMAL loses at most the last transactions in a power cut, never the file's consistency: enough for
    // counters. Transitions, a few per rollout, ask for a durable transaction.
    waiting(() => connection.exec("PRAGMA journal_mode = WAL"));
    connection.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    const database = wrap(connection, folder);
    migrate(connection, database, file);
    return database;
  } catch (error) {
    if (error instanceof MlspecError) throw error;
    const full = diskFull(error, folder);
    if (full !== error) throw full;
    throw unreadable(file, error);
  }
}

/** Opening a named pipe would wait for a writer, for ever. */
function refuseNoFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw unreadable(file, new Error("it is a folder, a pipe or a device, not a file"));
}

/**
 * Does what SQLite does not wait for by itself: changing the journal's mode fails at once, whatever the timeout, while another process
 * that opens the new file at the same moment has a write under way.
 */
function waiting(work: () => void): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (primaryCode(error) !== SQLITE_BUSY || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/**
 * Read only, from wherever it lies. SQLite needs to write an index of its log beside the file; where it may not, a copy is read, which nobody
 * else changes meanwhile, since nobody can write there.
 */
export function lookAtDatabase(folder: string): Database {
  const file = join(folder, "state.db");
  refuseNoFile(file);
  try {
    const connection = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const database = wrap(connection, folder);
      if (versionOf(database) === migrations.length) return database;
    } catch {
      // Read from a copy, which says what is wrong if that is the file itself.
    }
    connection.close();
  } catch {
    // The same.
  }
  return lookAtCopy(folder, file);
}

function lookAtCopy(folder: string, file: string): Database {
  const copy = mkdtempSync(join(tmpdir(), "mlspec-state-"));
  const remove = (): void => rmSync(copy, { recursive: true, force: true });
  try {
    for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) copyFileSync(file + suffix, join(copy, `state.db${suffix}`));
    const database = openDatabase(copy);
    return { ...database, close: () => { database.close(); remove(); } };
  } catch (error) {
    remove();
    if (error instanceof MlspecError && error.code !== "state-unreadable") throw error;
    throw unreadable(join(folder, "state.db"), error instanceof MlspecError ? error.cause : error);
  }
}

function unreadable(file: string, cause: unknown): MlspecError {
  return new MlspecError("state-unreadable", `cannot open the state ${file}: ${messageOf(cause)}`, {
    where: { file }, cause, hint: "If the file is damaged, restore it from a copy, or `mlspec state rebuild <spec>` makes a new one of what else is there. If it may not be read, `--state` or MLSPEC_STATE names another folder.",
  });
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
/** Where less is left than a page of the log and its index need, an I/O error (or an index that cannot be made) is a full disk. */
const NEARLY_NOTHING = 65_536;

/** SQLite's primary result code; null for an error that is not SQLite's. */
function primaryCode(error: unknown): number | null {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : null;
}

export const isBusy = (error: unknown): boolean => primaryCode(error) === SQLITE_BUSY;

/** A full disk by its name; any other error as it is. */
function diskFull(error: unknown, folder: string): unknown {
  const primary = primaryCode(error);
  if (primary !== SQLITE_FULL && !((primary === SQLITE_IOERR || primary === SQLITE_CANTOPEN) && freeBytes(folder) < NEARLY_NOTHING)) return error;
  return new MlspecError("disk-full", `No space left for the state in ${folder}.`, { hint: "Make room on the disk that holds the state folder, then run again; what was there is intact.", cause: error });
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function wrap(connection: DatabaseSync, folder: string): Database {
  const file = join(folder, "state.db");
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  let depth = 0;
  const opened = fileAt(file);
  return {
    isInPlace: () => fileAt(file) === opened,
    all: (sql, ...values) => prepared(sql).all(...values),
    get: (sql, ...values) => prepared(sql).get(...values) ?? null,
    run: (sql, ...values) => {
      try {
        return Number(prepared(sql).run(...values).changes);
      } catch (error) {
        throw diskFull(error, folder);
      }
    },
    transaction(work, durability = "relaxed") {
      if (depth > 0) return work();
      if (durability === "durable") connection.exec("PRAGMA synchronous = FULL");
      depth += 1;
      try {
        connection.exec(durability === "read" ? "BEGIN" : "BEGIN IMMEDIATE");
        const result = work();
        connection.exec(durability === "never" ? "ROLLBACK" : "COMMIT");
        return result;
      } catch (error) {
        // A failed COMMIT (disk full) may have ended the transaction already.
        if (connection.isTransaction) connection.exec("ROLLBACK");
        throw diskFull(error, folder);
      } finally {
        depth -= 1;
        if (durability === "durable") connection.exec("PRAGMA synchronous = NORMAL");
      }
    },
    close() {
      statements.clear();
      connection.close();
    },
  };
}

const versionOf = (database: Database): number => Number(database.get("PRAGMA user_version")?.["user_version"] ?? 0);

/** Brings the file from the version it has to the newest, each step in its own transaction. */
function migrate(connection: DatabaseSync, database: Database, file: string): void {
  const version = (): number => versionOf(database);
  if (version() > migrations.length) {
    throw new MlspecError("state-too-new", `${file} was written by a newer mlspec`, { hint: "Update mlspec, or name another state folder with --state." });
  }
  while (version() < migrations.length) {
    database.transaction(() => {
      // Another process may have migrated while this one waited for the lock.
      const from = version();
      const step = migrations[from];
      if (step === undefined) return;
      connection.exec(step);
      connection.exec(`PRAGMA user_version = ${from + 1}`);
    });
  }
}
