import { join } from "node:path";
import type { ExtensionContext, LogOutputChannel } from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions, TransportKind } from "vscode-languageclient/node";
import { settings } from "./settings.ts";

export function createLanguageClient(context: ExtensionContext, log: LogOutputChannel): LanguageClient {
  const { node, codeLens, inlayHints } = settings();
  const module = join(context.extensionPath, "dist", "language-server.mjs");
  const server = { module, transport: TransportKind.ipc, ...(node ? { runtime: node } : {}) };
  const options: ServerOptions = { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } } };
  const client: LanguageClientOptions = {
    documentSelector: [{ language: "mlspec" }],
    outputChannel: log,
    initializationOptions: { commands: codeLens, inlayHints },
    markdown: { isTrusted: { enabledCommands: ["mlspec.explainCheck"] } },
  };
  return new LanguageClient("mlspec", "MLSpec", options, client);
}
