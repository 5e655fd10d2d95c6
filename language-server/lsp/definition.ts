/** textDocument/definition: where a name is declared; on an import's path, the file. Built-in names have no place to go to. */
import type { LangiumDocument } from "langium";
import { DefaultDefinitionProvider, type LangiumServices } from "langium/lsp";
import type { DefinitionParams, LocationLink } from "vscode-languageserver";
import { isImport } from "../../grammar/generated/ast.ts";
import { resolveImport } from "../language/imports.ts";
import { preludeUri } from "../language/prelude.ts";
import { leafAt } from "./names.ts";

export class MlspecDefinitions extends DefaultDefinitionProvider {
  readonly #services: LangiumServices;

  constructor(services: LangiumServices) {
    super(services);
    this.#services = services;
  }

  override async getDefinition(document: LangiumDocument, params: DefinitionParams): Promise<LocationLink[] | undefined> {
    const imported = this.#importedFile(document, params);
    if (imported !== undefined) return [imported];
    const links = await super.getDefinition(document, params);
    return links?.filter((link) => link.targetUri !== preludeUri.toString());
  }

  #importedFile(document: LangiumDocument, params: DefinitionParams): LocationLink | undefined {
    const leaf = leafAt(document, params.position);
    if (leaf === undefined || !isImport(leaf.astNode) || !leaf.text.startsWith("\"")) return undefined;
    const uri = resolveImport(document.uri, leaf.astNode.path);
    if (uri === undefined || !this.#services.shared.workspace.LangiumDocuments.hasDocument(uri)) return undefined;
    const start = { line: 0, character: 0 };
    const top = { start, end: start };
    return { targetUri: uri.toString(), targetRange: top, targetSelectionRange: top, originSelectionRange: leaf.range };
  }
}
