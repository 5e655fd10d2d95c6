/** A real VS Code in a browser: code-server with the packaged extension, as a user would have it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeServer } from "../../scripts/lib/editor.mjs";

export interface EditorServer {
  readonly url: (folder: string) => string;
  /** Output of the server, for failures. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Settings that keep the window quiet; `trust: false` shows what Restricted Mode shows. */
export interface EditorOptions {
  readonly trust: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export async function startEditor({ trust, settings = {} }: EditorOptions): Promise<EditorServer> {
  const home = await mkdtemp(join(tmpdir(), "mlspec-editor-"));
  const folders = ["--user-data-dir", join(home, "data"), "--extensions-dir", join(home, "extensions")];
  await mkdir(join(home, "data", "User"), { recursive: true });
  await writeFile(join(home, "data", "User", "settings.json"), JSON.stringify({
    "workbench.startupEditor": "none", "workbench.secondarySideBar.defaultVisibility": "hidden", "telemetry.telemetryLevel": "off", "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never", "workbench.tips.enabled": false, "chat.disableAIFeatures": true, "git.enabled": false, "extensions.ignoreRecommendations": true, "editor.minimap.enabled": false,
    "workbench.colorTheme": "Default Dark Modern", "window.commandCenter": false, "files.autoSave": "off", "workbench.enableExperiments": false, "extensions.autoCheckUpdates": false, "update.mode": "none", ...settings,
  }));
  await run(["--install-extension", packaged(), ...folders]);
  const port = await freePort();
  const trusting = trust ? ["--disable-workspace-trust"] : [];
  const child = start(["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", ...trusting, ...folders]);
  const output: string[] = [];
  child.stdout!.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, () => output.join(""));
  return {
    url: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`,
    log: () => output.join(""),
    async stop() {
      if (child.exitCode === null) {
        const closed = once(child, "close");
        process.kill(-child.pid!, "SIGTERM");
        await closed;
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** What `npm run package` made for this machine. */
function packaged(): string {
  const vsix = join(import.meta.dirname, "../../dist", `mlspec-${process.platform}-${process.arch}.vsix`);
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: \`npm run package\` makes it.`);
  return vsix;
}

function start(args: readonly string[]): ChildProcess {
  // Its own process group, so that the extension host goes with it. VS Code's variables of a terminal we may run in confuse it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VSCODE_")));
  return spawn(process.execPath, [codeServer()!, ...args], { detached: true, env, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(args: readonly string[]): Promise<void> {
  const child = start(args);
  const output: string[] = [];
  child.stdout!.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`code-server ${args.join(" ")} ended with ${code}:\n${output.join("")}`);
}

/** Tries until it works, for a minute. */
async function until(works: () => Promise<boolean>, log: () => string): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    if (await works().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`code-server did not answer:\n${log()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
