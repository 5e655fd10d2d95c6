/** Which file lies at a path, which tells it from another one that has taken its place; and where locks lie. */
import { statSync } from "node:fs";
import { join } from "node:path";

/** Names the process that serves, also when state.db is lost. */
export const servingLock = (root: string, service: string): string => join(root, "serving", `${service}.lock`);

/** What the holder of the lock at this path keeps locked. */
export const heldFile = (path: string): string => `${path}.held`;

/**
 * Null where there is none. While a process has a file open, no other one of its disk gets its number; the disk's own number is left out, since
 * the same disk may have another one in another container.
 */
export const fileAt = (path: string): string | null => statSync(path, { throwIfNoEntry: false, bigint: true })?.ino.toString() ?? null;
