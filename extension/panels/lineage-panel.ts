/** The lineage graph beside the editor; it follows edits, and a click goes to the source. */
import { type Disposable, Selection, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";
import { lineageRequest } from "../../language-server/lsp/protocol.ts";
import type { Host } from "../host.ts";
import { pickSpec, type Target } from "../pick.ts";
import type { FromLineage, ToLineage } from "./messages.ts";
import { page, webviewOptions } from "./webview.ts";

interface LineageAnswer {
  readonly graph: LineageGraph;
  /** By file index of the origins. */
  readonly files: readonly string[];
}

const REFRESH_MS = 400;

export class LineagePanel {
  static #current: LineagePanel | undefined;

  static async show(host: Host, target?: Target): Promise<void> {
    const picked = await pickSpec(host, target, () => true, "anything");
    if (picked === null) return;
    LineagePanel.#current ??= new LineagePanel(host);
    await LineagePanel.#current.#open(Uri.file(picked.path), target?.name ?? null);
  }

  readonly #host: Host;
  readonly #panel: WebviewPanel;
  readonly #subscriptions: Disposable[] = [];
  #uri: Uri | undefined;
  #focus: string | null = null;
  #answer: LineageAnswer | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(host: Host) {
    this.#host = host;
    this.#panel = window.createWebviewPanel("mlspec.lineage", "Lineage", { viewColumn: ViewColumn.Beside, preserveFocus: true }, webviewOptions(host.context));
    this.#subscriptions.push(
      this.#panel.webview.onDidReceiveMessage((message: FromLineage) => void this.#receive(message)),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === "mlspec") this.#refreshSoon();
      }),
      this.#panel.onDidDispose(() => {
        LineagePanel.#current = undefined;
        clearTimeout(this.#timer);
        for (const each of this.#subscriptions) each.dispose();
      }),
    );
    this.#panel.webview.html = page(this.#panel.webview, host.context, "lineage", "Lineage");
  }

  async #open(uri: Uri, focus: string | null): Promise<void> {
    this.#uri = uri;
    this.#focus = focus;
    this.#panel.title = `Lineage: ${workspace.asRelativePath(uri)}`;
    this.#panel.reveal(undefined, true);
    await this.#refresh();
  }

  #refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), REFRESH_MS);
  }

  async #refresh(): Promise<void> {
    if (this.#uri === undefined) return;
    this.#answer = await this.#host.client.sendRequest<LineageAnswer>(lineageRequest, { uri: this.#uri.toString() });
    const message: ToLineage = { type: "graph", graph: this.#answer.graph, file: workspace.asRelativePath(this.#uri), focus: this.#focus };
    await this.#panel.webview.postMessage(message);
  }

  async #receive(message: FromLineage): Promise<void> {
    if (message.type === "ready") return this.#refresh();
    const origin = this.#answer?.graph.nodes.find(({ id }) => id === message.id)?.origin;
    const file = origin === undefined ? undefined : this.#answer?.files[origin.file];
    if (origin === undefined || file === undefined) return;
    const [startLine, startCharacter, endLine, endCharacter] = origin.range;
    await window.showTextDocument(Uri.file(file), { viewColumn: ViewColumn.One, selection: new Selection(startLine, startCharacter, endLine, endCharacter) });
  }
}
