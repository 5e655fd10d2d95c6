/** textDocument/documentLink: an import's path opens the file. */
import { GrammarUtils, type LangiumDocument } from "langium";
import type { DocumentLinkProvider } from "langium/lsp";
import type { DocumentLink } from "vscode-languageserver";
import { resolveImport, specOf } from "../language/imports.ts";

export class MlspecDocumentLinks implements DocumentLinkProvider {
  getDocumentLinks(document: LangiumDocument): DocumentLink[] {
    return (specOf(document).imports ?? []).flatMap((node) => {
      const path = GrammarUtils.findNodeForProperty(node.$cstNode, "path");
      const target = typeof node.path === "string" ? resolveImport(document.uri, node.path) : undefined;
      if (path === undefined || target === undefined) return [];
      const { start, end } = path.range;
      const insideQuotes = { start: { ...start, character: start.character + 1 }, end: { ...end, character: end.character - 1 } };
      return [{ range: insideQuotes, target: target.toString(), tooltip: "Open the imported file" }];
    });
  }
}
