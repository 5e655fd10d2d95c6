/** Starts `mlspec` as a process of its own and reads what it prints: the editor runs nothing itself. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import type { CancellationToken, ExtensionContext, LogOutputChannel } from "vscode";
import { settings } from "./settings.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly cancelled: boolean;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly token?: CancellationToken | undefined;
  /** Not told in the log: what the editor asks on its own. */
  readonly quiet?: boolean;
  /** Called with each line of standard output, parsed. Lines that are not JSON go to the log. */
  readonly onEvent?: (event: unknown) => void;
}

export class MlspecProcess {
  readonly #script: string;
  readonly #log: LogOutputChannel;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.#script = join(context.extensionPath, "dist", "cli", "main.mjs");
    this.#log = log;
  }

  /** Adds the state and data folders of the settings; for commands that take them. */
  withFolders(args: readonly string[], spec: string): readonly string[] {
    const { dataFolder, stateFolder } = settings();
    const takesData = args[0] === "run" || args[0] === "serve";
    return [...args, ...(stateFolder ? ["--state", stateFolder] : []), ...(dataFolder && takesData ? ["--data", dataFolder] : [])].map((arg) => (arg === "$spec" ? spec : arg));
  }

  /** Runs to its end. Cancelling interrupts it, so that it can keep what it has. */
  async call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    const { node } = settings();
    this.#log[options.quiet ? "debug" : "info"](`mlspec ${args.join(" ")}`);
    const child = spawn(node || process.execPath, ["--disable-warning=ExperimentalWarning", this.#script, ...args], {
      cwd: options.cwd ?? dirname(this.#script),
      env: { ...process.env, ...(node ? {} : { ELECTRON_RUN_AS_NODE: "1" }), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout: string[] = [];
    const stderr: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line, stdout, options.onEvent));
    createInterface({ input: child.stderr }).on("line", (line) => {
      stderr.push(line);
      this.#log.warn(line);
    });
    let cancelled = false;
    const subscription = options.token?.onCancellationRequested(() => {
      cancelled = true;
      child.kill("SIGINT");
    });
    if (options.token?.isCancellationRequested) child.kill("SIGINT");
    try {
      const code = await new Promise<number>((resolve, reject) => child.on("error", reject).on("close", (status) => resolve(status ?? 1)));
      return { code, stdout: stdout.join("\n"), stderr: stderr.join("\n"), cancelled };
    } finally {
      subscription?.dispose();
    }
  }

  #take(line: string, stdout: string[], onEvent: CallOptions["onEvent"]): void {
    if (onEvent === undefined) return void stdout.push(line);
    try {
      onEvent(JSON.parse(line));
    } catch {
      this.#log.info(line);
    }
  }
}

/** `error[code]: message` and the hint, as `mlspec` prints them. */
export function errorOf(outcome: Outcome): { readonly message: string; readonly hint: string | null } {
  const lines = outcome.stderr.split("\n");
  const message = lines.find((line) => line.startsWith("error[")) ?? lines.find((line) => line.trim() !== "") ?? `mlspec ended with ${outcome.code}`;
  return { message: message.replace(/^error\[[^\]]*\]: /, ""), hint: lines.find((line) => line.trim().startsWith("hint: "))?.trim().slice("hint: ".length) ?? null };
}
