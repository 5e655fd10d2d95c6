/** One run at a time works on a result. A lock left behind by a process that died is taken over. */
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MlspecError } from "../errors.ts";
import { isAlive, thisProcess, type ProcessId } from "../processes.ts";
import { codeOf, readPlainFileSync } from "../registry/files.ts";

export interface Lock {
  release(): void;
}

/** @throws MlspecError `run-in-progress` while another live process holds it. */
export function takeLock(path: string, what: string): Lock {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  const { pid, started } = thisProcess();
  writeFileSync(own, started === null ? String(pid) : `${pid} ${started}`);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (link(own, path)) return { release: () => rmSync(path, { force: true }) };
      const by = holder(path);
      if (isHeld(by)) throw inProgress(by, what);
      setAside(path, `${own}.old`, what);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new MlspecError("run-in-progress", `the lock of ${what} changes hands all the time`, { where: { file: path } });
}

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
function setAside(path: string, aside: string, what: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const by = holder(aside);
  const held = isHeld(by);
  if (held) link(aside, path);
  rmSync(aside, { force: true });
  if (held) throw inProgress(by, what);
}

const inProgress = ({ pid }: ProcessId, what: string): MlspecError =>
  new MlspecError("run-in-progress", `process ${pid} is working on ${what} already`, { hint: "Wait for it, or stop it; what it has done so far is kept." });

/** Null: nobody's. Locks of earlier releases name the process id alone. */
function holder(path: string): ProcessId | null {
  try {
    const [id, started] = readPlainFileSync(path).toString("utf8").split(" ");
    const pid = Number(id);
    return Number.isInteger(pid) && pid > 0 ? { pid, started: started ?? null } : null;
  } catch {
    return null;
  }
}

/** What names this process was left by an earlier one of its id: no process takes a lock twice. */
const isHeld = (by: ProcessId | null): by is ProcessId => by !== null && by.pid !== process.pid && isAlive(by);
