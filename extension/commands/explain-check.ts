import { commands, EventEmitter, type TextDocumentContentProvider, Uri, window } from "vscode";
import { checksRequest, type CheckSummary, explainRequest } from "../../language-server/lsp/protocol.ts";
import type { Host } from "../host.ts";

/** Pages of checks are read-only documents of their own: a preview of one leaves nothing behind that wants saving. */
export const explanationScheme = "mlspec-check";

export class Explanations implements TextDocumentContentProvider {
  readonly onDidChange = new EventEmitter<Uri>().event;
  readonly #client: Host["client"];

  constructor(client: Host["client"]) {
    this.#client = client;
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const check = uri.path.slice(1).replace(/\.md$/, "");
    return (await this.#client.sendRequest<string | null>(explainRequest, { check })) ?? `No check is called ${check}.`;
  }
}

export async function explainCheck(host: Host, id?: string): Promise<void> {
  const check = id ?? (await chooseCheck(host));
  if (check === undefined) return;
  await commands.executeCommand("markdown.showPreviewToSide", Uri.from({ scheme: explanationScheme, path: `/${check}.md` }));
}

async function chooseCheck({ client }: Host): Promise<string | undefined> {
  const checks = await client.sendRequest<readonly CheckSummary[]>(checksRequest);
  const items = checks.map(({ id, title }) => ({ label: id, detail: title }));
  return (await window.showQuickPick(items, { title: "Explain which check?", matchOnDetail: true }))?.label;
}
