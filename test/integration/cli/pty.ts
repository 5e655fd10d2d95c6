/** A terminal of a width of its own around a shell command, as `script` of util-linux makes one; null where there is none. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export const hasPty = process.platform === "linux" && spawnSync("script", ["--version"]).stdout?.includes("util-linux") === true;
if (!hasPty) console.warn("No `script` of util-linux: what a terminal shows is not tested.");

/** `mlspec` for a shell, `redirected` as it says (`2>err.txt`, `| cat`). */
export const commandLine = (args: readonly string[], redirected = ""): string =>
  `${[process.execPath, "--disable-warning=ExperimentalWarning", program, ...args].map(quoted).join(" ")} ${redirected}`;

export async function onTerminal(cwd: string, command: string, { columns = 80, env = {} }: { readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {}): Promise<string> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...rest } = process.env;
  const child = spawn("script", ["-qec", `stty cols ${columns} rows 40; ${command}`, "/dev/null"], { cwd, env: { ...rest, TERM: "xterm-256color", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  await once(child, "close");
  return shown.replaceAll("\r\n", "\n");
}
