/**
 * What a state folder holds (examples, predictions, tokens, keys) is for its owner alone, whatever the user's umask says. Files are made
 * by many hands (DuckDB, SQLite, LMDB, our own): so the process's umask is set, once, and what was made before is brought in line.
 */
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { StateFolder } from "./state-folder.ts";

const othersBits = 0o077;

/** Makes nothing. For a process that works on this state folder and on little else. What may not be changed stays as it is: a state may be read-only, or another's. */
export function keepPrivate(folder: StateFolder): void {
  process.umask(othersBits);
  if (process.platform === "win32") return;
  const { root } = folder;
  // All of `.mlspec` is ours. A folder that the user has named may hold other things: of those only what is of ours is closed.
  if (basename(root) === ".mlspec") closeAll(root);
  else for (const name of ours(folder)) closeAll(join(root, name));
}

function ours({ root, database, registry, datasets, training, runs, token, specs }: StateFolder): readonly string[] {
  const names = [database, `${database}-wal`, `${database}-shm`, registry, datasets, training, runs, token, specs].map((path) => path.slice(root.length + 1));
  return [...names, "online", "log", "evidence", "serving"];
}

/** A folder that is closed already is not walked: nothing in it can be reached. */
function closeAll(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSymbolicLink() || (stat.mode & othersBits) === 0) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) closeAll(join(path, name));
  close(path, stat.mode);
}

function close(path: string, mode: number): void {
  if ((mode & othersBits) === 0) return;
  try {
    chmodSync(path, mode & 0o777 & ~othersBits);
  } catch {
    // Not ours to change.
  }
}
