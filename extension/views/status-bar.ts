import { type Disposable, languages, StatusBarAlignment, ThemeColor, window, DiagnosticSeverity } from "vscode";
import type { ServingState } from "../serving-state.ts";
import type { StatusStore } from "../status-store.ts";

/** Left: what is served or rolling out, and what is wrong with the specs. A click validates the workspace. */
export function createStatusBar(status: StatusStore, serving: ServingState): Disposable[] {
  const bar = window.createStatusBarItem("mlspec.status", StatusBarAlignment.Left, 50);
  bar.name = "MLSpec";
  bar.command = "mlspec.validateWorkspace";
  const update = (): void => {
    const errors = languages.getDiagnostics().filter(([uri]) => uri.path.endsWith(".mlspec")).flatMap(([, all]) => all).filter(({ severity }) => severity === DiagnosticSeverity.Error).length;
    const rolling = status.statuses.flatMap((each) => ("report" in each ? each.report.rollouts : [])).find(({ state }) => state === "active");
    const parts = [errors === 0 ? "$(check) MLSpec" : `$(error) MLSpec ${errors}`];
    if (serving.all.length > 0) parts.push(`$(broadcast) ${serving.all.map(({ service }) => service).join(", ")}`);
    if (rolling !== undefined) parts.push(`$(rocket) ${rolling.stage ?? ""}${rolling.awaitsApproval === null ? "" : " waits for approval"}`);
    bar.text = parts.join("  ");
    bar.tooltip = rolling?.summary ?? (errors === 0 ? "All specs are valid. Click to validate the workspace." : `${errors} error(s) in specs. Click to validate the workspace.`);
    bar.backgroundColor = rolling?.awaitsApproval ? new ThemeColor("statusBarItem.warningBackground") : undefined;
  };
  update();
  bar.show();
  return [bar, languages.onDidChangeDiagnostics(update), status.onDidChange(update), serving.onDidChange(update)];
}
