/** The editor's services: which class answers which LSP request. */
import type { DeepPartial, Module } from "langium";
import type { DefaultSharedModuleContext, LangiumServices, LangiumSharedServices } from "langium/lsp";
import { createMlspecServices, type MlspecServices } from "../services.ts";
import { Analyses } from "./analyses.ts";
import { Client } from "./client.ts";
import { MlspecCodeActions } from "./code-actions.ts";
import { MlspecCodeLenses } from "./code-lenses.ts";
import { MlspecCompletion } from "./completion.ts";
import { contained } from "./contained.ts";
import { MlspecDefinitions } from "./definition.ts";
import type { EditorServices, MlspecLspServices } from "./editor-services.ts";
import { EditorValidator } from "./diagnostics.ts";
import { MlspecDocumentLinks } from "./document-links.ts";
import { MlspecDocumentSymbols } from "./document-symbols.ts";
import { FolderOperations, SpecUpdates } from "./document-updates.ts";
import { MlspecFolding } from "./folding.ts";
import { MlspecFormatter } from "./formatting.ts";
import { MlspecHover } from "./hover.ts";
import { MlspecInlayHints } from "./inlay-hints.ts";
import { LineageNodes } from "./lineage-nodes.ts";
import { ReferenceIndex } from "./reference-index.ts";
import { MlspecRename } from "./rename.ts";
import { NoLocalSymbols } from "./scope-computation.ts";
import { MlspecSemanticTokens } from "./semantic-tokens.ts";
import { MlspecServer } from "./server-capabilities.ts";
import { MlspecSignatureHelp } from "./signature-help.ts";
import { SpecWorkspace } from "./workspace.ts";
import { MlspecWorkspaceSymbols } from "./workspace-symbols.ts";

const lspModule: Module<MlspecLspServices, DeepPartial<LangiumServices> & EditorServices> = {
  lsp: {
    CodeActionProvider: (services) => contained("code actions", new MlspecCodeActions(services)),
    CodeLensProvider: (services) => contained("code lenses", new MlspecCodeLenses(services)),
    CompletionProvider: (services) => contained("completion", new MlspecCompletion(services)),
    DefinitionProvider: (services) => contained("definitions", new MlspecDefinitions(services)),
    DocumentLinkProvider: () => contained("document links", new MlspecDocumentLinks()),
    DocumentSymbolProvider: () => contained("document symbols", new MlspecDocumentSymbols()),
    FoldingRangeProvider: (services) => contained("folding", new MlspecFolding(services)),
    Formatter: (services) => contained("formatting", new MlspecFormatter(services)),
    HoverProvider: (services) => contained("hovers", new MlspecHover(services)),
    InlayHintProvider: (services) => contained("inlay hints", new MlspecInlayHints(services)),
    RenameProvider: (services) => contained("renaming", new MlspecRename(services)),
    SemanticTokenProvider: (services) => contained("semantic tokens", new MlspecSemanticTokens(services)),
    SignatureHelp: (services) => contained("signature help", new MlspecSignatureHelp(services)),
  },
  references: { ScopeComputation: (services) => new NoLocalSymbols(services) },
  validation: { DocumentValidator: (services) => new EditorValidator(services) },
  editor: {
    Analyses: (services) => new Analyses(services),
    Client: (services) => new Client(services.shared),
    Lineage: (services) => new LineageNodes(services.shared, services.language.Names, services.editor.Analyses),
  },
};

const sharedLspModule: Module<LangiumSharedServices, DeepPartial<LangiumSharedServices>> = {
  lsp: {
    DocumentUpdateHandler: (services) => new SpecUpdates(services),
    FileOperationHandler: (services) => new FolderOperations(services),
    LanguageServer: (services) => new MlspecServer(services),
    WorkspaceSymbolProvider: (services) => contained("workspace symbols", new MlspecWorkspaceSymbols(services)),
  },
  workspace: {
    IndexManager: (services) => new ReferenceIndex(services),
    WorkspaceManager: (services) => new SpecWorkspace(services),
  },
};

/** The language's services with the editor's on top. */
export function createEditorServices(context: DefaultSharedModuleContext): { readonly shared: LangiumSharedServices; readonly mlspec: MlspecLspServices } {
  const extra = lspModule as unknown as Module<MlspecServices, DeepPartial<MlspecServices>>;
  const { shared, mlspec } = createMlspecServices(context, extra, sharedLspModule);
  return { shared, mlspec: mlspec as MlspecLspServices };
}
