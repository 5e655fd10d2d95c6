/** workspace/symbol: every declaration, column and definition of every file, by fuzzy match on its name. */
import { interruptAndCheck, type LangiumDocuments } from "langium";
import type { FuzzyMatcher, LangiumSharedServices, WorkspaceSymbolProvider } from "langium/lsp";
import { CancellationToken, type WorkspaceSymbol, type WorkspaceSymbolParams } from "vscode-languageserver";
import type { Named } from "../../grammar/generated/ast.ts";
import { specOf } from "../language/imports.ts";
import { preludeUri } from "../language/prelude.ts";
import { symbolKind } from "./document-symbols.ts";
import { membersOf, nameRange, qualifiedName } from "./names.ts";

/** Editors show a few dozen; a one-letter query over a large workspace should not send a hundred thousand. */
const most = 1000;

export class MlspecWorkspaceSymbols implements WorkspaceSymbolProvider {
  readonly #documents: LangiumDocuments;
  readonly #matcher: FuzzyMatcher;

  constructor(services: LangiumSharedServices) {
    this.#documents = services.workspace.LangiumDocuments;
    this.#matcher = services.lsp.FuzzyMatcher;
  }

  async getSymbols(params: WorkspaceSymbolParams, cancelToken = CancellationToken.None): Promise<WorkspaceSymbol[]> {
    const query = params.query.toLowerCase();
    const found: WorkspaceSymbol[] = [];
    for (const document of this.#documents.all) {
      await interruptAndCheck(cancelToken);
      if (document.uri.toString() === preludeUri.toString()) continue;
      for (const node of namesIn(specOf(document).declarations ?? [])) {
        if (found.length >= most) return found;
        const name = node.name;
        const range = nameRange(node);
        if (!name || range === undefined || !this.#matcher.match(query, name)) continue;
        const owner = qualifiedName(node).split(".").slice(0, -1).join(".");
        found.push({ name, kind: symbolKind(node), ...(owner && { containerName: owner }), location: { uri: document.uri.toString(), range } });
      }
    }
    return found;
  }
}

function* namesIn(nodes: readonly Named[]): Iterable<Named> {
  for (const node of nodes) {
    yield node;
    yield* namesIn(membersOf(node));
  }
}
