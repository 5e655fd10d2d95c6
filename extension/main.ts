/** The VS Code client: it starts the language server and `mlspec` as processes, and shows what they say. No logic of its own. */
import { type ExtensionContext, window, workspace } from "vscode";
import { registerCommands } from "./commands/index.ts";
import type { Host } from "./host.ts";
import { Explanations, explanationScheme } from "./commands/explain-check.ts";
import { createLanguageClient } from "./language-client.ts";
import { MlspecProcess } from "./mlspec-process.ts";
import { ServingState } from "./serving-state.ts";
import { StatusStore } from "./status-store.ts";
import { ModelsView } from "./views/models-view.ts";
import { createStatusBar } from "./views/status-bar.ts";

let host: Host | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("MLSpec", { log: true });
  const mlspec = new MlspecProcess(context, log);
  const status = new StatusStore(mlspec);
  const serving = new ServingState();
  host = { context, log, mlspec, status, serving, client: createLanguageClient(context, log) };
  context.subscriptions.push(log, status, serving, ...registerCommands(host), ...createStatusBar(status, serving));
  context.subscriptions.push(window.registerTreeDataProvider("mlspec.models", new ModelsView(status, serving)));
  context.subscriptions.push(workspace.registerTextDocumentContentProvider(explanationScheme, new Explanations(host.client)));
  context.subscriptions.push(workspace.onDidGrantWorkspaceTrust(status.refreshSoon));
  await host.client.start();
  status.refreshSoon();
}

export async function deactivate(): Promise<void> {
  await host?.client.stop();
}
