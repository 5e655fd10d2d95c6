/** The lineage graph beside the editor; it follows edits, and a click goes to the source. */
import { type Disposable, Selection, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import { lineageRequest, type PlacedLineageGraph } from "../../language-server/lsp/protocol.ts";
import type { Host } from "../host.ts";
import { pickSpec, type Target } from "../pick.ts";
import type { FromLineage, ToLineage } from "./messages.ts";
import { page, panelIcon, webviewOptions } from "./webview.ts";

const REFRESH_MS = 400;

export class LineagePanel {
  static #current: LineagePanel | undefined;

  static async show(host: Host, target?: Target): Promise<void> {
    const picked = await pickSpec(host, target, () => true, "anything");
    if (picked === null) return;
    LineagePanel.#current ??= new LineagePanel(host);
    await LineagePanel.#current.#open(picked.uri, target?.name ?? null);
  }

  readonly #host: Host;
  readonly #panel: WebviewPanel;
  readonly #subscriptions: Disposable[] = [];
  #uri: Uri | undefined;
  #focus: string | null = null;
  #graph: PlacedLineageGraph | null = null;
  #ready = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(host: Host) {
    this.#host = host;
    this.#panel = window.createWebviewPanel("mlspec.lineage", "Lineage", { viewColumn: ViewColumn.Beside, preserveFocus: true }, webviewOptions(host.context));
    this.#panel.iconPath = panelIcon(host.context);
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
    // Before the page listens nothing is sent: it asks.
    if (this.#uri === undefined || !this.#ready) return;
    this.#graph = await this.#host.client.sendRequest<PlacedLineageGraph | null>(lineageRequest, { uri: this.#uri.toString() });
    if (this.#graph === null) return;
    const message: ToLineage = { type: "graph", graph: this.#graph, file: workspace.asRelativePath(this.#uri), focus: this.#focus };
    this.#focus = null;
    await this.#panel.webview.postMessage(message);
  }

  async #receive(message: FromLineage): Promise<void> {
    if (message.type === "ready") {
      this.#ready = true;
      return this.#refresh();
    }
    const location = this.#graph?.nodes.find(({ id }) => id === message.id)?.location;
    if (location === undefined) return;
    const { start, end } = location.range;
    await window.showTextDocument(Uri.parse(location.uri), { viewColumn: ViewColumn.One, selection: new Selection(start.line, start.character, end.line, end.character) });
  }
}
