/** What `mlspec status` says of each spec of the workspace; one place asks, views and pickers read. */
import { EventEmitter, RelativePattern, workspace, type Disposable } from "vscode";
import type { StatusReport } from "../cli/status-report.ts";
import type { MlspecProcess } from "./mlspec-process.ts";

export type SpecStatus = { readonly spec: string; readonly report: StatusReport } | { readonly spec: string; readonly problem: string };

const DEBOUNCE_MS = 300;

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
    for (const folder of workspace.workspaceFolders ?? []) {
      // Specs, and what runs and rollouts leave behind.
      for (const pattern of ["**/*.mlspec", "**/.mlspec/runs/*", "**/.mlspec/state.db-wal", "**/.mlspec/registry/models/*/*.json"]) {
        const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, pattern));
        this.#disposables.push(watcher, watcher.onDidChange(this.refreshSoon), watcher.onDidCreate(this.refreshSoon), watcher.onDidDelete(this.refreshSoon));
      }
    }
  }

  get statuses(): readonly SpecStatus[] {
    return this.#statuses;
  }

  readonly refreshSoon = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), DEBOUNCE_MS);
  };

  /** One at a time: a call while one is under way joins it. */
  async refresh(): Promise<void> {
    this.#running ??= this.#read().finally(() => (this.#running = null));
    await this.#running;
  }

  async #read(): Promise<void> {
    // Reading the state of a spec runs a process in the workspace: not before the user trusts it.
    if (!workspace.isTrusted) return;
    const files = await workspace.findFiles("**/*.mlspec", "**/{node_modules,.mlspec}/**", 50);
    const statuses: SpecStatus[] = [];
    for (const spec of files.map((file) => file.fsPath).sort()) statuses.push(await this.#statusOf(spec));
    this.#statuses = statuses.filter((status) => "problem" in status || status.report.models.length > 0);
    this.#changed.fire();
  }

  async #statusOf(spec: string): Promise<SpecStatus> {
    const outcome = await this.#mlspec.call(this.#mlspec.withFolders(["status", "$spec", "--json"], spec));
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
