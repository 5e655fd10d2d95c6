/** Whether a process that left its id somewhere still works: the one answer for locks, leases and half-written generations. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessId {
  readonly pid: number;
  /** Identifies the start of the process, since ids are used again; null where the system does not say. */
  readonly started: string | null;
  /** Among which processes its id counts, and the host's name there: `pid:[4026531836]@shop-1`. Null or absent where the system does not say. */
  readonly among?: string | null;
}

export const thisProcess = (): ProcessId => ({ pid: process.pid, started: statOf(process.pid)?.started ?? null, among: here });

/** Of another container, as a rule: what this system says of the id is about another process. */
export const isElsewhere = ({ among }: ProcessId): boolean => among !== undefined && among !== null && here !== null && namespaceOf(among) !== namespaceOf(here);

/** For messages. */
export const processText = (by: ProcessId): string => (isElsewhere(by) ? `process ${by.pid} of another container or machine (${hostOf(by.among ?? "")})` : `process ${by.pid}`);

/** What to do about it. */
export const stopText = (by: ProcessId): string => (isElsewhere(by) ? `process ${by.pid} on ${hostOf(by.among ?? "")}` : `kill ${by.pid}`);

const namespaceOf = (among: string): string => among.slice(0, among.indexOf("@"));
const hostOf = (among: string): string => among.slice(among.indexOf("@") + 1);

/** Linux: pid_namespaces(7). */
const here: string | null = namespace();

function namespace(): string | null {
  try {
    return `${readlinkSync("/proc/self/ns/pid")}@${hostname()}`;
  } catch {
    return null;
  }
}

/** False for what has ended, also when nobody has asked for its exit status yet (a zombie), and for another process of the same id. */
export function isAlive({ pid, started }: ProcessId): boolean {
  if (!exists(pid)) return false;
  const stat = statOf(pid);
  // Another user's processes may be hidden: what the system does not tell speaks for the holder.
  if (stat === null) return true;
  return !ended.has(stat.state) && (started === null || started === stat.started);
}

/** Zombie and dead, of the states in proc(5). In many containers process 1 never waits for its children, and they stay so. */
const ended: ReadonlySet<string> = new Set(["Z", "X", "x"]);

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Linux: the state, and boot id and start time in clock ticks since boot (fields 3 and 22 of `stat`, proc(5)). Null elsewhere. */
function statOf(pid: number): { readonly state: string; readonly started: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${fields[19] ?? ""}` };
  } catch {
    return null;
  }
}
