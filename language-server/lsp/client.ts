/** What the client said about itself when it connected, and its settings. */
import type { LangiumSharedServices } from "langium/lsp";
import type { InitializeParams } from "vscode-languageserver";
import type { InitializationOptions } from "./protocol.ts";

export class Client {
  readonly #shared: LangiumSharedServices;
  #options: InitializationOptions = {};
  #snippets = false;
  #refreshesHints = false;

  constructor(shared: LangiumSharedServices) {
    this.#shared = shared;
    shared.lsp.LanguageServer.onInitialize((params: InitializeParams) => {
      this.#options = (params.initializationOptions ?? {}) as InitializationOptions;
      this.#snippets = params.capabilities.textDocument?.completion?.completionItem?.snippetSupport ?? false;
      this.#refreshesHints = params.capabilities.workspace?.inlayHint?.refreshSupport ?? false;
    });
  }

  get snippets(): boolean {
    return this.#snippets;
  }

  get refreshesHints(): boolean {
    return this.#refreshesHints;
  }

  get commands(): boolean {
    return this.#options.commands === true;
  }

  /** The setting wins over what was said at the start; a client without settings keeps the latter. */
  async showsDefaults(): Promise<boolean> {
    const setting: unknown = await this.#shared.workspace.ConfigurationProvider.getConfiguration("mlspec", "inlayHints");
    const said = typeof setting === "object" && setting !== null ? (setting as { defaults?: unknown }).defaults : setting;
    return typeof said === "boolean" ? said : this.#options.inlayHints !== false;
  }
}
