/** What `mlspec status` says of each spec of the workspace; one place asks, views and pickers read. */
import { EventEmitter, RelativePattern, workspace, type Disposable, type Uri } from "vscode";
import type { StatusReport } from "../cli/status-report.ts";
import type { MlspecProcess } from "./mlspec-process.ts";

export type SpecStatus = { readonly spec: string; readonly report: StatusReport } | { readonly spec: string; readonly problem: string };

/** A service under traffic changes its state all the time: that is looked at every so often, not at each change. */
const PAUSE_MS = 400;
const MOST_SPECS = 50;

/** Specs, and what runs and rollouts leave behind. */
const watched = ["**/*.mlspec", "**/.mlspec/runs/*", "**/.mlspec/state.db-wal", "**/.mlspec/registry/models/*/*.json"];

export class StatusStore implements Disposable {
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #mlspec: MlspecProcess;
  readonly #disposables: Disposable[] = [];
  #statuses: readonly SpecStatus[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(mlspec: MlspecProcess) {
    this.#mlspec = mlspec;
    for (const pattern of (workspace.workspaceFolders ?? []).flatMap((folder) => watched.map((glob) => new RelativePattern(folder, glob)))) {
      const watcher = workspace.createFileSystemWatcher(pattern);
      this.#disposables.push(watcher, watcher.onDidChange(this.refreshSoon), watcher.onDidCreate(this.refreshSoon), watcher.onDidDelete(this.refreshSoon));
    }
  }

  get statuses(): readonly SpecStatus[] {
    return this.#statuses;
  }

  reportOf(spec: string): StatusReport | null {
    const status = this.#statuses.find((each) => each.spec === spec);
    return status !== undefined && "report" in status ? status.report : null;
  }

  readonly refreshSoon = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, PAUSE_MS);
  };

  /** One at a time; what changed while one was under way is read after it. */
  async refresh(): Promise<void> {
    await this.#running;
    this.#running ??= this.#read().finally(() => (this.#running = null));
    await this.#running;
  }

  async #read(): Promise<void> {
    // Reading the state of a spec runs a process in the workspace: not before the user trusts it.
    if (!workspace.isTrusted) return;
    const files = await workspace.findFiles("**/*.mlspec", "**/{node_modules,.mlspec}/**", MOST_SPECS);
    const specs = (await Promise.all(files.map(async (file) => ((await mayDeclareModel(file)) ? [file.fsPath] : [])))).flat().sort();
    const statuses: SpecStatus[] = [];
    for (const spec of specs) statuses.push(await this.#statusOf(spec));
    this.#statuses = statuses.filter((status) => "problem" in status || status.report.models.length > 0);
    this.#changed.fire();
  }

  async #statusOf(spec: string): Promise<SpecStatus> {
    const outcome = await this.#mlspec.call(this.#mlspec.withFolders(["status", "$spec", "--json"], spec), { quiet: true });
    try {
      return { spec, report: JSON.parse(outcome.stdout) as StatusReport };
    } catch {
      return { spec, problem: outcome.stderr.split("\n")[0] ?? "could not be read" };
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const each of this.#disposables) each.dispose();
    this.#changed.dispose();
  }
}

/** Spares a process for files that hold sources and features alone. */
async function mayDeclareModel(file: Uri): Promise<boolean> {
  const text = new TextDecoder().decode(await workspace.fs.readFile(file));
  return /\bmodel\s+\w/.test(text);
}
