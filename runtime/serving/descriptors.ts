/** How many connections a process has room for: each takes one of the descriptors that the system lets it have, and its files need some as well. */
import { readdirSync, readFileSync } from "node:fs";

/** What POSIX systems commonly give, where the system does not say. (Node raises its own soft limit to the hard one when it starts.) */
const usualLimit = 1_024;
/** For files that are opened later: the log's, those of a version that is loaded, a query's, a thread's. */
const roomForFiles = 64;
/** Each takes some 10 kB: more descriptors than this are no reason for more connections. */
const mostEver = 16_384;

export interface Descriptors {
  /** Null where the system does not say. */
  readonly limit: number | null;
  readonly open: number | null;
}

/** Of this process, on Linux. */
export const ownDescriptors = (): Descriptors => ({ limit: quietly(() => limitIn(readFileSync("/proc/self/limits", "utf8"))), open: quietly(() => readdirSync("/proc/self/fd").length) });

/** The soft limit on open files (proc(5), `limits`); null when it is not said. */
export function limitIn(limits: string): number | null {
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits) ?? [];
  return soft === undefined ? null : soft === "unlimited" ? Infinity : Number(soft);
}

/** At least one, so that somebody is answered. */
export const mostConnections = ({ limit, open }: Descriptors): number => Math.max(1, Math.min(mostEver, (limit ?? usualLimit) - (open ?? roomForFiles) - roomForFiles));

function quietly<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
