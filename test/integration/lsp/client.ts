/** An editor, as the language server sees one: a process that talks JSON-RPC with it over standard input and output. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from "vscode-languageserver/node";
import type { Diagnostic, InitializeResult, PublishDiagnosticsParams, Registration } from "vscode-languageserver";
import type { InitializationOptions } from "../../../language-server/lsp/protocol.ts";

export class Editor {
  readonly folder: string;
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly exitCode: Promise<number | null>;
  readonly registrations: Registration[] = [];
  /** What the server wrote to standard error. */
  errors = "";
  capabilities: InitializeResult["capabilities"] = {};
  readonly #published = new Map<string, Diagnostic[]>();
  readonly #waiting = new Set<() => void>();

  private constructor(folder: string, execArgv: readonly string[]) {
    this.folder = folder;
    this.process = spawn(process.execPath, [...execArgv, resolve("language-server/main.ts"), "--stdio"], { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stderr!.on("data", (chunk: Buffer) => (this.errors += chunk.toString()));
    this.exitCode = new Promise((done) => this.process.on("exit", (code) => done(code)));
    this.connection = createMessageConnection(new StreamMessageReader(this.process.stdout!), new StreamMessageWriter(this.process.stdin!));
    this.connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
      this.#published.set(params.uri, params.diagnostics);
      for (const check of [...this.#waiting]) check();
    });
    this.connection.onRequest("client/registerCapability", (params: { registrations: Registration[] }) => void this.registrations.push(...params.registrations));
    this.connection.onRequest("workspace/configuration", (params: { items: unknown[] }) => params.items.map(() => null));
    this.connection.listen();
  }

  static async start(files: Readonly<Record<string, string>>, initializationOptions: InitializationOptions = {}, opensFolder = true, execArgv: readonly string[] = []): Promise<Editor> {
    const editor = new Editor(await mkdtemp(join(tmpdir(), "mlspec-lsp-")), execArgv);
    for (const [name, text] of Object.entries(files)) await editor.write(name, text);
    const rootUri = pathToFileURL(editor.folder).toString();
    const result = await editor.connection.sendRequest<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: opensFolder ? rootUri : null,
      workspaceFolders: opensFolder ? [{ uri: rootUri, name: "shop" }] : null,
      capabilities: {
        workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, configuration: true },
        textDocument: { completion: { completionItem: { snippetSupport: true } }, publishDiagnostics: { relatedInformation: true } },
      },
      initializationOptions,
    });
    editor.capabilities = result.capabilities;
    await editor.connection.sendNotification("initialized", {});
    return editor;
  }

  uri(name: string): string {
    return pathToFileURL(join(this.folder, name)).toString();
  }

  at(name: string, line: number, character: number) {
    return { textDocument: { uri: this.uri(name) }, position: { line, character } };
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, name)), { recursive: true });
    await writeFile(join(this.folder, name), text);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { recursive: true });
  }

  open(name: string, text: string): Promise<void> {
    return this.connection.sendNotification("textDocument/didOpen", { textDocument: { uri: this.uri(name), languageId: "mlspec", version: 1, text } });
  }

  change(name: string, version: number, text: string): Promise<void> {
    return this.connection.sendNotification("textDocument/didChange", { textDocument: { uri: this.uri(name), version }, contentChanges: [{ text }] });
  }

  close(name: string): Promise<void> {
    return this.connection.sendNotification("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
  }

  /** 1: created, 2: changed, 3: deleted. */
  changedOnDisk(name: string, type: 1 | 2 | 3): Promise<void> {
    return this.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: this.uri(name), type }] });
  }

  request<R>(method: string, params: unknown): Promise<R> {
    return this.connection.sendRequest<R>(method, params);
  }

  /** The diagnostics of a file, as soon as they are as wanted. */
  diagnostics(name: string, wanted: (diagnostics: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    return new Promise((done) => {
      const check = () => {
        const now = this.#published.get(this.uri(name));
        if (now === undefined || !wanted(now)) return;
        this.#waiting.delete(check);
        done(now);
      };
      this.#waiting.add(check);
      check();
    });
  }

  async stop(): Promise<number | null> {
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    const code = await this.exitCode;
    this.connection.dispose();
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }
}

export const has = (part: string) => (diagnostics: readonly Diagnostic[]) => diagnostics.some((d) => JSON.stringify(d.message).includes(part));
