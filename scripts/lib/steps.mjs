// Small helpers for the set-up scripts. They run on whatever Node the machine has (20 or later), before anything is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const bin = join(root, "node_modules", ".bin");

/** The environment in which `node` is the project's own Node 24, where this platform has one. */
export const environment = () => ({ ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` });

/** What runs everything: the project's own Node, or, where npm has none for the platform, the one that is running. */
export const node = () => (existsSync(join(bin, "node")) ? join(bin, "node") : process.execPath);

/** Runs a command; resolves with its exit code. `quiet` keeps the output back unless it fails. */
export function run(command, args, { quiet = false, cwd = root, env = environment() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit", shell: process.platform === "win32" });
    const kept = [];
    child.stdout?.on("data", (chunk) => kept.push(chunk));
    child.stderr?.on("data", (chunk) => kept.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const status = code ?? (signal === "SIGINT" ? 130 : 1);
      if (status !== 0 && quiet) process.stderr.write(Buffer.concat(kept));
      resolve(status);
    });
  });
}

export async function must(command, args, options) {
  const status = await run(command, args, options);
  if (status !== 0) {
    process.stderr.write(`\n\`${command} ${args.join(" ")}\` ended with ${status}\n`);
    process.exit(status);
  }
}

export const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Newest modification time, in ms, of the files below the folders. */
export function newest(paths) {
  let time = 0;
  for (const path of paths.filter((each) => existsSync(each))) {
    const stat = statSync(path);
    if (!stat.isDirectory()) time = Math.max(time, stat.mtimeMs);
    else time = Math.max(time, newest(readdirSync(path).filter((name) => name !== "node_modules" && name !== ".mlspec" && name !== "data").map((name) => join(path, name))));
  }
  return time;
}
