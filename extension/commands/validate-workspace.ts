import { commands, ProgressLocation, window, workspace } from "vscode";
import type { Host } from "../host.ts";

interface Report {
  readonly summary: { readonly files: number; readonly errors: number; readonly warnings: number };
}

/** Every spec on disk, as CI would see it; problems are in the Problems panel, which the language server keeps. */
export async function validateWorkspace(host: Host): Promise<void> {
  const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  if (folders.length === 0) {
    void window.showInformationMessage("Open a folder first.");
    return;
  }
  await workspace.saveAll(false);
  const outcome = await window.withProgress({ location: ProgressLocation.Window, title: "Validating specs" }, (_progress, _token) =>
    host.mlspec.call(["validate", ...folders, "--format", "json"]));
  if (outcome.code > 1) {
    void window.showErrorMessage(outcome.stderr.split("\n")[0] ?? "mlspec validate could not run");
    return;
  }
  const { files, errors, warnings } = (JSON.parse(outcome.stdout) as Report).summary;
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
  if (errors + warnings === 0) void window.showInformationMessage(`${count(files, "spec")}: no problems.`);
  else {
    const choice = await window.showWarningMessage(`${count(files, "spec")}: ${count(errors, "error")}, ${count(warnings, "warning")}.`, "Show Problems");
    if (choice !== undefined) await commands.executeCommand("workbench.actions.view.problems");
  }
}
