/** A process that has ended and that its parent does not ask for: as under a process 1 that never waits. Linux only. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export interface Unreaped {
  readonly pid: number;
  /** Ends the parent, and the zombie with it. */
  end(): Promise<void>;
}

/** Runs `command` of `sh` to its end, below a parent that has become another program and knows nothing of it. */
export async function unreaped(command: string): Promise<Unreaped> {
  // Not before the shell has become the other program: until then it is told of children that end, and may ask for them.
  const later = `{ until grep -q sleep /proc/$$/comm; do :; done; exec ${command}; }`;
  const parent = spawn("sh", ["-c", `${later} & echo $!; exec sleep 300`], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  for (let waited = 0; !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")); waited++) {
    if (waited > 2000) throw new Error(`process ${pid} does not end`);
    await pause(10);
  }
  return { pid, end: () => ended(parent) };
}

async function ended(parent: ChildProcess): Promise<void> {
  const exit = once(parent, "exit");
  parent.kill("SIGKILL");
  await exit;
}
