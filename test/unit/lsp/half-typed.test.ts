/** Nothing an editor asks may fail because the text is not finished: every feature, anywhere, in cut and mutilated specs. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { URI, type LangiumDocument } from "langium";
import { placedLineage } from "../../../language-server/lsp/requests.ts";
import { selectionRanges } from "../../../language-server/lsp/selection-ranges.ts";
import { open, uriOf } from "./workspace.ts";

const example = readFileSync("examples/yarnit/yarnit.mlspec", "utf8");
const catalog = readFileSync("examples/yarnit/catalog.mlspec", "utf8");

const { services } = await open({ "catalog.mlspec": catalog });
const { DocumentBuilder, LangiumDocuments, LangiumDocumentFactory } = services.shared.workspace;
let count = 0;

async function opened(text: string): Promise<LangiumDocument> {
  const document = LangiumDocumentFactory.fromString(text, URI.parse(uriOf(`half-typed-${count++}.mlspec`)));
  LangiumDocuments.addDocument(document);
  await DocumentBuilder.build([document], { validation: true });
  return document;
}

async function askEverything(document: LangiumDocument, offset: number): Promise<void> {
  const position = document.textDocument.positionAt(offset);
  const params = { textDocument: { uri: document.textDocument.uri }, position };
  const range = { start: { line: 0, character: 0 }, end: document.textDocument.positionAt(document.textDocument.getText().length) };
  const { lsp } = services;
  const diagnostics = document.diagnostics ?? [];
  await lsp.CompletionProvider!.getCompletion(document, params);
  await lsp.HoverProvider!.getHoverContent(document, params);
  await lsp.SignatureHelp!.provideSignatureHelp(document, params);
  await lsp.DefinitionProvider!.getDefinition(document, params);
  await lsp.ReferencesProvider!.findReferences(document, { ...params, context: { includeDeclaration: true } });
  await lsp.DocumentHighlightProvider!.getDocumentHighlight(document, params);
  await lsp.DocumentSymbolProvider!.getSymbols(document, params);
  await lsp.FoldingRangeProvider!.getFoldingRanges(document, params);
  await lsp.SemanticTokenProvider!.semanticHighlight(document, params);
  await lsp.InlayHintProvider!.getInlayHints(document, { ...params, range });
  await lsp.CodeLensProvider!.provideCodeLens(document, params);
  await lsp.DocumentLinkProvider!.getDocumentLinks(document, params);
  await lsp.CodeActionProvider!.getCodeActions(document, { ...params, range, context: { diagnostics } });
  await lsp.Formatter!.formatDocument(document, { ...params, options: { tabSize: 2, insertSpaces: true } });
  selectionRanges(document, [position]);
  placedLineage(services.editor.Analyses.of(document));
}

async function forget(document: LangiumDocument): Promise<void> {
  await DocumentBuilder.update([], [document.uri]);
}

describe("every feature answers", () => {
  it("wherever the text is cut off", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: example.length }), async (end) => {
        const document = await opened(example.slice(0, end));
        await askEverything(document, end);
        await forget(document);
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  it("whatever is missing from the middle", async () => {
    const place = fc.integer({ min: 0, max: example.length });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 30 }), place, async (start, length, cursor) => {
        const text = example.slice(0, start) + example.slice(start + length);
        const document = await opened(text);
        await askEverything(document, Math.min(cursor, text.length));
        await askEverything(document, start);
        await forget(document);
      }),
      { numRuns: 30, seed: 12 },
    );
  });

  it("in a file with nothing in it", async () => {
    const document = await opened("");
    await expect(askEverything(document, 0)).resolves.toBeUndefined();
  });
});
