import { commands, window, workspace } from "vscode";
import type { Host } from "../host.ts";

interface Check {
  readonly id: string;
  readonly title: string;
}

export async function explainCheck(host: Host, id?: string): Promise<void> {
  const check = id ?? (await chooseCheck(host));
  if (check === undefined) return;
  const outcome = await host.mlspec.call(["explain", check]);
  if (outcome.code !== 0) {
    void window.showErrorMessage(outcome.stderr.split("\n")[0] ?? `no check is called ${check}`);
    return;
  }
  const document = await workspace.openTextDocument({ language: "markdown", content: outcome.stdout });
  await commands.executeCommand("markdown.showPreview", document.uri);
}

async function chooseCheck(host: Host): Promise<string | undefined> {
  const outcome = await host.mlspec.call(["explain", "--json"]);
  const checks = JSON.parse(outcome.stdout) as readonly Check[];
  return (await window.showQuickPick(checks.map(({ id, title }) => ({ label: id, detail: title })), { title: "Explain which check?" }))?.label;
}
