import { commands, window, workspace } from "vscode";

/** Nothing of a workspace is run before its user trusts it. */
export function confirmTrust(): boolean {
  if (workspace.isTrusted) return true;
  void window.showWarningMessage("Running needs a trusted workspace: a spec names files that are read and written.", "Manage Trust")
    .then((choice) => (choice === undefined ? undefined : commands.executeCommand("workbench.trust.manage")));
  return false;
}
