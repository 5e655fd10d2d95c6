/**
 * A lock that ends with its holder, however that ends: the system lets go of it. It holds between containers that share a disk, where process ids say
 * nothing, since each counts its own. SQLite asks the system for it, on every system that MLSpec runs on; nothing is ever written into the file.
 */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./database.ts";

export interface Held {
  release(): void;
}

/** What nobody refers to any more is closed with the garbage, and its lock would end. */
const kept = new Set<DatabaseSync>();

/** Whoever looks has it for a moment, too. */
const WAIT_MS = 500;

/**
 * Null: somebody holds it, another part of this process included. The file stays: who removed it would let two in. Nobody may read it
 * in any other way: by POSIX, a process that closes a file of its own loses every lock on it.
 */
export function holdFile(path: string): Held | null {
  const connection = new DatabaseSync(path, { timeout: WAIT_MS });
  try {
    // In memory: there must be no journal beside the file, which a killed process would leave to be played back.
    connection.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    kept.add(connection);
    return { release: () => { if (kept.delete(connection)) connection.close(); } };
  } catch (error) {
    connection.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

/** For display: it may end at any moment. */
export function isFileHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const connection = new DatabaseSync(path, { readOnly: true });
    try {
      connection.prepare("SELECT count(*) FROM sqlite_master").get();
      return false;
    } finally {
      connection.close();
    }
  } catch (error) {
    return isBusy(error);
  }
}
