/**
 * Space that is kept for the moment when there is none: some files of random bytes in the state folder. What a person says to a rollout (abort!)
 * must be written on a full disk too; then one of them is given up. In pieces: another process may take what one piece gave back.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const pieces = 4;
/** A transition needs some ten pages of SQLite's log, and the log's index 32 KiB. Random, since some file systems compress. */
const pieceBytes = 256 * 1024;
const prefix = "reserve-";

/** Puts aside what is missing, as far as there is room. */
export function keepReserve(folder: string): void {
  for (let piece = 0; piece < pieces; piece++) {
    const path = join(folder, `${prefix}${piece}`);
    if (existsSync(path)) continue;
    try {
      writeFileSync(path, randomBytes(pieceBytes), { flag: "wx", mode: 0o600 });
    } catch {
      rmSync(path, { force: true });
      return;
    }
  }
}

/** Gives one piece back to the disk; false when none is left. */
export function giveUpReserve(folder: string): boolean {
  const name = readdirSync(folder).find((each) => each.startsWith(prefix));
  if (name === undefined) return false;
  rmSync(join(folder, name), { force: true });
  return true;
}

/** Does the work; on a full disk again, with a piece of the reserve given up each time. `isFull` tells that error from others. */
export function withReserve<T>(folder: string, work: () => T, isFull: (error: unknown) => boolean): T {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isFull(error) || !giveUpReserve(folder)) throw error;
    }
  }
}
