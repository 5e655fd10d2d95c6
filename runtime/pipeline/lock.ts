/** One run at a time works on a result. A lock left behind by a process that died is taken over. */
import { mkdirSync, openSync, readFileSync, rmSync, writeSync, closeSync } from "node:fs";
import { dirname } from "node:path";
import { MlspecError } from "../errors.ts";
import { codeOf } from "../registry/files.ts";

export interface Lock {
  release(): void;
}

/** @throws MlspecError `run-in-progress` while another live process holds it. */
export function takeLock(path: string, what: string): Lock {
  mkdirSync(dirname(path), { recursive: true });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const pid = holder(path);
      if (pid !== null && isAlive(pid)) {
        throw new MlspecError("run-in-progress", `process ${pid} is working on ${what} already`, { hint: "Wait for it, or stop it; what it has done so far is kept." });
      }
      rmSync(path, { force: true });
    }
  }
  throw new MlspecError("run-in-progress", `the lock of ${what} changes hands all the time`, { where: { file: path } });
}

function holder(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
