/** A run beside the editor: loss curve, metrics by slice, gates; live while it runs, from its record afterwards. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Disposable, Position, Selection, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { RunEvent } from "../../runtime/events.ts";
import type { Host } from "../host.ts";
import { pickItem, type Target } from "../pick.ts";
import type { FromRun, ToRun } from "./messages.ts";
import { page, panelIcon, webviewOptions } from "./webview.ts";

const outcomeIcons = { done: "pass", failed: "error", cancelled: "circle-slash", unfinished: "question" } as const;

export class RunPanel {
  static #current: RunPanel | undefined;

  /** One panel is reused: a new run replaces what it shows. */
  static show(host: Host, title: string, events: readonly RunEvent[] = []): RunPanel {
    RunPanel.#current ??= new RunPanel(host);
    RunPanel.#current.#reset(title, events);
    return RunPanel.#current;
  }

  /** *Show Run*: the run passed along, or the user's choice of those recorded. */
  static async open(host: Host, target?: Target & { readonly run?: string }): Promise<void> {
    await host.status.refresh();
    const reports = host.status.statuses.flatMap((each) => ("report" in each ? [each.report] : []));
    const runs = reports.flatMap((report) => report.runs.map((run) => ({ ...run, state: report.state, spec: report.spec })));
    const items = runs.map((run) => ({ label: `$(${outcomeIcons[run.outcome]}) ${run.model}`, description: `${run.outcome}${run.seconds === null ? "" : ` in ${run.seconds.toFixed(1)} s`}, ${new Date(run.started).toLocaleString()}`, detail: run.error ?? run.run, run }));
    if (items.length === 0) {
      void window.showInformationMessage("No run is recorded yet. *MLSpec: Run Pipeline* makes one.");
      return;
    }
    const chosen = items.find(({ run }) => run.run === target?.run) ?? (await pickItem(items, "Show which run?"));
    if (chosen === null) return;
    const text = await readFile(join(chosen.run.state, "runs", `${chosen.run.run}.ndjson`), "utf8");
    const events = text.split("\n").filter(Boolean).flatMap((line) => parseLine(line));
    RunPanel.show(host, chosen.run.model, events);
  }

  readonly #panel: WebviewPanel;
  readonly #subscriptions: Disposable[] = [];
  #title = "";
  #events: RunEvent[] = [];
  #ready = false;

  private constructor(host: Host) {
    this.#panel = window.createWebviewPanel("mlspec.run", "MLSpec Run", { viewColumn: ViewColumn.Beside, preserveFocus: true }, webviewOptions(host.context));
    this.#panel.iconPath = panelIcon(host.context);
    this.#subscriptions.push(
      this.#panel.webview.onDidReceiveMessage((message: FromRun) => void this.#receive(message)),
      this.#panel.onDidDispose(() => {
        RunPanel.#current = undefined;
        for (const each of this.#subscriptions) each.dispose();
      }),
    );
    this.#panel.webview.html = page(this.#panel.webview, host.context, "run", "MLSpec Run");
  }

  add(event: RunEvent): void {
    this.#events.push(event);
    if (event.type === "run-finished") this.#panel.title = this.#title;
    this.#send({ type: "event", event });
  }

  #reset(title: string, events: readonly RunEvent[]): void {
    this.#title = title;
    this.#events = [...events];
    this.#panel.title = events.length === 0 ? `${title} (running)` : title;
    this.#panel.reveal(undefined, true);
    this.#send({ type: "reset", title, events });
  }

  async #receive(message: FromRun): Promise<void> {
    if (message.type === "ready") {
      this.#ready = true;
      this.#send({ type: "reset", title: this.#title, events: this.#events });
      return;
    }
    const at = new Position(Math.max(0, message.line - 1), 0);
    await window.showTextDocument(Uri.file(message.file), { viewColumn: ViewColumn.One, selection: new Selection(at, at) });
  }

  /** Before the page listens, events are only kept: it asks for all of them. */
  #send(message: ToRun): void {
    if (this.#ready) void this.#panel.webview.postMessage(message);
  }
}

/** A run that was killed may have left half a last line. */
function parseLine(line: string): readonly RunEvent[] {
  try {
    return [JSON.parse(line) as RunEvent];
  } catch {
    return [];
  }
}
