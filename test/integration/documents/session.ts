/**
 * A reader's terminal: one shell in a folder of its own, in which the fences of a page are run one after the other, with `mlspec` on the PATH. What a
 * page calls by examples (port 8080, version 3f1c9a0b77de) is put in its place.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface, type Interface } from "node:readline";

export interface Ran {
  readonly out: string;
  readonly err: string;
  /** Commands that ended with another status than 0: `22 curl …`. */
  readonly failed: readonly string[];
}

/** A program by its name on the PATH, with the port and the versions (the first that was registered, the second) of this session in the place of those that pages show. */
const shim = (port: number, before: string, command: string): string => `#!/bin/bash
versions=($(ls -tr .mlspec/registry/models/*/*.json 2>/dev/null | sed 's|.*/||; s|[.]json$||'))
args=()
for arg in "$@"; do
  arg="\${arg//localhost:8080/localhost:${port}}"
  arg="\${arg//3f1c9a0b77de/\${versions[0]}}"
  args+=("\${arg//8a52c41d90ef/\${versions[1]}}")
done
${before}
exec ${command} "\${args[@]}"
`;

/** A server is waited for; other commands of the fence come when it answers. */
const awaited = (text: string): string => text.replaceAll(/^(mlspec serve .*&)$/gm, "$1\nwait_for_server $!");

const curl = (): string => execFileSync("which", ["curl"], { encoding: "utf8" }).trim();

const prelude = (notes: string): string => `
wait_for_server() { until curl -k http://localhost:8080/v2/health/ready >/dev/null 2>&1; do kill -0 $1 || return 1; sleep 0.2; done; }
set -E
trap 'status=$?; echo "$status $BASH_COMMAND" >> ${notes}' ERR
`;

export class Session {
  readonly folder = mkdtempSync(join(tmpdir(), "mlspec-page-"));
  readonly #notes = mkdtempSync(join(tmpdir(), "mlspec-page-notes-"));
  readonly #shell: ChildProcess;
  readonly #lines: Interface;
  #count = 0;

  private constructor(port: number, program: string) {
    const bin = join(this.#notes, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "mlspec"), shim(port, `[ "$1" = serve ] && args+=(--port ${port})`, `"${process.execPath}" --disable-warning=ExperimentalWarning "${program}"`), { mode: 0o755 });
    // Errors of HTTP are failures, and still show their body.
    writeFileSync(join(bin, "curl"), shim(port, "", `"${curl()}" -sS --fail-with-body -w '\\n'`), { mode: 0o755 });
    const { MLSPEC_STATE: _state, MLSPEC_DATA: _data, MLSPEC_TOKEN: _token, MLSPEC_PREDICT_TOKEN: _predict, FORCE_COLOR: _color, ...rest } = process.env;
    // In a group of its own, so that what a page leaves running ends with it.
    this.#shell = spawn("bash", { cwd: this.folder, detached: true, env: { ...rest, NO_COLOR: "1", COLUMNS: "120", PATH: `${bin}${delimiter}${rest["PATH"] ?? ""}` }, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#shell.stdout! });
    this.#lines.on("line", () => undefined);
  }

  static async open(program: string): Promise<Session> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    return new Session(port, program);
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.folder, name, ".."), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  async run(commands: string): Promise<Ran> {
    const n = ++this.#count;
    const note = (kind: string): string => join(this.#notes, `${n}.${kind}`);
    writeFileSync(note("sh"), prelude(note("failed")) + awaited(commands));
    const done = new Promise<void>((resolve, reject) => {
      const onLine = (line: string): void => void (line === `done ${n}` && (this.#lines.off("line", onLine), resolve()));
      this.#lines.on("line", onLine);
      this.#shell.once("close", () => reject(new Error(`the shell ended in\n${commands}`)));
    });
    this.#shell.stdin!.write(`source ${note("sh")} >${note("out")} 2>${note("err")} </dev/null; trap - ERR; echo done ${n}\n`);
    await done;
    const read = (kind: string): string => (existsSync(note(kind)) ? readFileSync(note(kind), "utf8") : "");
    return { out: read("out"), err: read("err"), failed: read("failed").split("\n").filter((line) => line !== "") };
  }

  async close(): Promise<void> {
    const closed = once(this.#shell, "exit");
    if (this.#shell.pid !== undefined) process.kill(-this.#shell.pid, "SIGKILL");
    await closed;
    for (const folder of [this.folder, this.#notes]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
