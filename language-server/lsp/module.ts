/** The editor's services: which class answers which LSP request. `main.ts` adds this to the language's services. */
import type { DeepPartial, Module } from "langium";
import type { LangiumServices, LangiumSharedServices } from "langium/lsp";
import type { MlspecServices } from "../services.ts";
import { Client } from "./client.ts";
import { MlspecCompletion } from "./completion.ts";
import { MlspecDefinitions } from "./definition.ts";
import { MlspecDocumentLinks } from "./document-links.ts";
import { MlspecDocumentSymbols } from "./document-symbols.ts";
import { FolderOperations, SpecUpdates } from "./document-updates.ts";
import { MlspecFolding } from "./folding.ts";
import { MlspecFormatter } from "./formatting.ts";
import { ReferenceIndex } from "./reference-index.ts";
import { MlspecRename } from "./rename.ts";
import { MlspecSemanticTokens } from "./semantic-tokens.ts";
import { MlspecWorkspaceSymbols } from "./workspace-symbols.ts";

export interface EditorServices {
  readonly editor: { readonly Client: Client };
}

export type MlspecLspServices = MlspecServices & EditorServices;

export const mlspecLspModule: Module<MlspecLspServices, DeepPartial<LangiumServices> & EditorServices> = {
  lsp: {
    CompletionProvider: (services) => new MlspecCompletion(services),
    DefinitionProvider: (services) => new MlspecDefinitions(services),
    DocumentLinkProvider: () => new MlspecDocumentLinks(),
    DocumentSymbolProvider: () => new MlspecDocumentSymbols(),
    FoldingRangeProvider: (services) => new MlspecFolding(services),
    Formatter: (services) => new MlspecFormatter(services),
    RenameProvider: (services) => new MlspecRename(services),
    SemanticTokenProvider: (services) => new MlspecSemanticTokens(services),
  },
  editor: { Client: (services) => new Client(services.shared) },
};

export const mlspecSharedLspModule: Module<LangiumSharedServices, DeepPartial<LangiumSharedServices>> = {
  lsp: {
    DocumentUpdateHandler: (services) => new SpecUpdates(services),
    FileOperationHandler: (services) => new FolderOperations(services),
    WorkspaceSymbolProvider: (services) => new MlspecWorkspaceSymbols(services),
  },
  workspace: { IndexManager: (services) => new ReferenceIndex(services) },
};
