/**
 * One process at a time works on a result, or serves. A lock left behind by a process that died is taken over. The file names the holder; a second one
 * beside it is locked by the system, which knows what ids cannot say: whether a process of another container lives.
 */
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MlspecError } from "../errors.ts";
import { isAlive, isElsewhere, processText, thisProcess, type ProcessId } from "../processes.ts";
import { codeOf, readPlainFileSync } from "../registry/files.ts";
import { holdFile, isFileHeld } from "../state/held.ts";
import { heldFile } from "../state/place.ts";

export interface Lock {
  release(): void;
}

/** @throws MlspecError `run-in-progress` while another live process holds it. */
export const takeLock = (path: string, what: string): Lock => takeLockFile(path, (by) => inProgress(by, what));

/** The live process that holds it; null when none does. For display: it may end at any moment. */
export function lockHolder(path: string): Holder | null {
  const by = readHolder(path);
  return by !== null && (isElsewhere(by) ? isFileHeld(heldFile(path)) : isAlive(by)) ? by : null;
}

type Refusal = (by: Holder) => MlspecError;

export interface Holder extends ProcessId {
  /** What the holder has left with it; empty when nothing. */
  readonly note: string;
}

/** `note`: one word for whoever asks who holds it. @throws what `refusal` makes of the live process that holds it. */
export function takeLockFile(path: string, refusal: Refusal, note = ""): Lock {
  mkdirSync(dirname(path), { recursive: true });
  const held = holdFile(heldFile(path));
  const by = held === null ? readHolder(path) : null;
  if (by !== null) throw refusal(by);
  if (held === null) throw contested(path);
  try {
    const lock = nameHolder(path, refusal, note);
    return { release: () => { lock.release(); held.release(); } };
  } catch (error) {
    held.release();
    throw error;
  }
}

/** With the system's lock held. Who is named there may be of a release that knew none. */
function nameHolder(path: string, refusal: Refusal, note: string): Lock {
  const own = `${path}.${process.pid}`;
  const { pid, started, among } = thisProcess();
  writeFileSync(own, [pid, started, note, among].map((word) => word || nothing).join(" "));
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (link(own, path)) return { release: () => rmSync(path, { force: true }) };
      const by = readHolder(path);
      if (isHeld(by)) throw refusal(by);
      setAside(path, `${own}.old`, refusal);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw contested(path);
}

const contested = (path: string): MlspecError => new MlspecError("run-in-progress", `the lock ${path} is being taken by another process`, { where: { file: path }, hint: "Try again." });

/** A lock comes into being with its holder's name in it: nobody ever reads one that is half written. */
function link(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return false;
  }
}

/** Of several that find a dead process's lock, one moves it away; who moved another's new lock instead gives it back. */
function setAside(path: string, aside: string, refusal: Refusal): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const by = readHolder(aside);
  const held = isHeld(by);
  if (held) link(aside, path);
  rmSync(aside, { force: true });
  if (held) throw refusal(by);
}

const inProgress = (by: ProcessId, what: string): MlspecError =>
  new MlspecError("run-in-progress", `${processText(by)} is working on ${what} already`, { hint: "Wait for it, or stop it; what it has done so far is kept." });

/** In place of a word: where the system does not say when a process began, for one. */
const nothing = "-";

/** Null: nobody's. Locks of earlier releases name the process id alone. */
function readHolder(path: string): Holder | null {
  try {
    const [id, started = null, note = "", among = null] = readPlainFileSync(path).toString("utf8").split(" ").map((word) => (word === nothing ? undefined : word));
    const pid = Number(id);
    return Number.isInteger(pid) && pid > 0 ? { pid, started, note, among } : null;
  } catch {
    return null;
  }
}

/**
 * While this process holds the system's lock. What names this process was left by an earlier one of its id: no process takes a lock twice. Of another
 * container's process the system has said that it is gone.
 */
const isHeld = (by: Holder | null): by is Holder => by !== null && !isElsewhere(by) && by.pid !== process.pid && isAlive(by);
