/** Which file lies at a path: tells it from another one that has taken its place. */
import { statSync } from "node:fs";

/**
 * Null where there is none. While a process has a file open, no other one of its disk gets its number; the disk's own number is left out, since
 * the same disk may have another one in another container.
 */
export const fileAt = (path: string): string | null => statSync(path, { throwIfNoEntry: false, bigint: true })?.ino.toString() ?? null;
