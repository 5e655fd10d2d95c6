/** `mlspec` as a shell starts it: a real process, its output, its exit code. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

export interface Result {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Nothing of the machine that runs the tests: no colours, no state folder, no tokens, no GPU. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { MLSPEC_STATE: _state, MLSPEC_DATA: _data, MLSPEC_TOKEN: _token, MLSPEC_PREDICT_TOKEN: _predict, FORCE_COLOR: _color, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1", ...extra };
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  /** Resolves with the first line of output for which `wanted` holds; rejects with what was said when the process ends before. */
  line(wanted: (line: string) => boolean): Promise<string>;
  /** The first event of that type, of those that were and that will be. */
  event<T>(type: string, which?: (event: T) => boolean): Promise<T>;
  readonly lines: readonly string[];
}

/** `under`: a command that runs it, with its arguments. */
export function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, under: readonly string[] = []): Started {
  const [command = "", ...rest] = [...under, process.execPath, "--disable-warning=ExperimentalWarning", "--trace-warnings", program, ...args];
  const child = spawn(command, rest, { cwd, env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of [...waiting]) look();
  });
  const ended = once(child, "close").then(([code]) => {
    // Whoever starts `mlspec` in a test finds out when it lets go of an open file without closing it (DEP0137).
    if (err.includes("on garbage collection")) throw new Error(`mlspec ${args.join(" ")} left files open:\n${err}`);
    return { code: code as number | null, out: lines.map((line) => `${line}\n`).join(""), err };
  });
  const line = (wanted: (line: string) => boolean): Promise<string> => new Promise((resolve, reject) => {
    let from = 0;
    const look = (): void => {
      for (; from < lines.length; from++) {
        const text = lines[from]!;
        if (!wanted(text)) continue;
        waiting.delete(look);
        resolve(text);
        return;
      }
    };
    waiting.add(look);
    look();
    ended.then((result) => reject(new Error(`mlspec ${args.join(" ")} ended with ${result.code} before that:\n${result.out}${result.err}`)), reject);
  });
  const event = async <T>(type: string, which: (event: T) => boolean = () => true): Promise<T> => {
    const wanted = (text: string): boolean => text.startsWith("{") && (JSON.parse(text) as { type: string }).type === type && which(JSON.parse(text) as T);
    return JSON.parse(await line(wanted)) as T;
  };
  return { child, ended, line, event, lines };
}

/** With a text on its standard input. */
export async function piped(cwd: string, text: string | Uint8Array, ...args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { cwd, env: environment({}) });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (more: string) => (out += more));
  child.stderr.setEncoding("utf8").on("data", (more: string) => (err += more));
  child.stdin.end(text);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

export const mlspec = (cwd: string, ...args: readonly string[]): Promise<Result> => start(cwd, args).ended;

/** What a command with `--json` says. */
export async function json<T>(cwd: string, ...args: readonly string[]): Promise<T> {
  const { code, out, err } = await mlspec(cwd, ...args);
  if (code !== 0) throw new Error(`mlspec ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  return JSON.parse(out) as T;
}

export const events = <T = Record<string, unknown>>(out: string): readonly T[] => out.trimEnd().split("\n").map((line) => JSON.parse(line) as T);
