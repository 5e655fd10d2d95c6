/**
 * Every feature of the editor, asked in mutilated specs: it answers without a mistake of ours, and says nothing about the program's insides.
 * MLSPEC_MUTATIONS and MLSPEC_SEED as in `validate.test.ts`; each asks some twenty features, so a tenth as many are tried.
 */
import { describe, expect, test, vi } from "vitest";
import { URI, type LangiumDocument } from "langium";
import { ResponseError } from "vscode-languageserver";
import { placedLineage } from "../../../language-server/lsp/requests.ts";
import { selectionRanges } from "../../../language-server/lsp/selection-ranges.ts";
import { open, uriOf } from "../lsp/workspace.ts";
import { catalog, corpus } from "./corpus.ts";
import { mutated, random, wordsOfAProgram } from "./mutate.ts";

const runs = Math.ceil(Number(process.env["MLSPEC_MUTATIONS"] ?? 1000) / 10);
const seed = Number(process.env["MLSPEC_SEED"] ?? 20261);

const { services } = await open({ "catalog.mlspec": catalog }, { commands: true });
const { DocumentBuilder, LangiumDocuments, LangiumDocumentFactory } = services.shared.workspace;
const uri = URI.parse(uriOf("mutated.mlspec"));

async function opened(text: string): Promise<LangiumDocument> {
  if (LangiumDocuments.hasDocument(uri)) await DocumentBuilder.update([], [uri]);
  const document = LangiumDocumentFactory.fromString(text, uri);
  LangiumDocuments.addDocument(document);
  await DocumentBuilder.build([document], { validation: true });
  return document;
}

/** Renaming what is built in is refused, in words for the user. */
async function refused<T>(ask: () => Promise<T> | T): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ResponseError) return error.message;
    throw error;
  }
}

/** All that is said, as JSON: documentation, labels, edits. */
async function said(document: LangiumDocument, offset: number): Promise<readonly string[]> {
  const position = document.textDocument.positionAt(offset);
  const params = { textDocument: { uri: document.textDocument.uri }, position };
  const range = { start: { line: 0, character: 0 }, end: document.textDocument.positionAt(document.textDocument.getText().length) };
  const { lsp } = services;
  const answers: readonly unknown[] = [
    await lsp.CompletionProvider!.getCompletion(document, params),
    await lsp.HoverProvider!.getHoverContent(document, params),
    await lsp.SignatureHelp!.provideSignatureHelp(document, params),
    await lsp.DefinitionProvider!.getDefinition(document, params),
    await lsp.ReferencesProvider!.findReferences(document, { ...params, context: { includeDeclaration: true } }),
    await lsp.DocumentHighlightProvider!.getDocumentHighlight(document, params),
    await lsp.DocumentSymbolProvider!.getSymbols(document, params),
    await lsp.FoldingRangeProvider!.getFoldingRanges(document, params),
    await lsp.SemanticTokenProvider!.semanticHighlight(document, params),
    await lsp.InlayHintProvider!.getInlayHints(document, { ...params, range }),
    await lsp.CodeLensProvider!.provideCodeLens(document, params),
    await lsp.DocumentLinkProvider!.getDocumentLinks(document, params),
    await lsp.CodeActionProvider!.getCodeActions(document, { ...params, range, context: { diagnostics: document.diagnostics ?? [] } }),
    await refused(() => lsp.RenameProvider!.prepareRename(document, params)),
    await lsp.Formatter!.formatDocument(document, { ...params, options: { tabSize: 2, insertSpaces: true } }),
    await services.shared.lsp.WorkspaceSymbolProvider!.getSymbols({ query: "a" }),
    selectionRanges(document, [position]),
    placedLineage(services.editor.Analyses.of(document)),
  ];
  return answers.map((answer) => JSON.stringify(answer) ?? "");
}

describe("what an editor asks of mutilated specs", () => {
  test(`${runs} of them (seed ${seed})`, async () => {
    const pick = random(seed);
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const failed = new Map<string, string>();
    for (let n = 0; n < runs; n++) {
      const text = mutated(corpus, pick);
      const document = await opened(text);
      for (const offset of [pick(text.length + 1), pick(text.length + 1), text.length]) {
        const answers = await said(document, offset).catch((error: unknown) => [`throws ${error instanceof Error ? error.stack : String(error)}`]);
        // A spec's own words may be anything.
        for (const answer of answers) {
          const word = /^throws/.test(answer) ? answer : wordsOfAProgram(text) === undefined ? wordsOfAProgram(answer) : undefined;
          if (word !== undefined) failed.set(`${word}: ${answer.slice(0, 300)}`, text);
        }
      }
      for (const call of log.mock.calls) failed.set(call.map((part) => (part instanceof Error ? part.stack : String(part))).join(" ").slice(0, 600), text);
      log.mockClear();
    }
    log.mockRestore();
    expect([...failed].slice(0, 12)).toEqual([]);
  }, 60_000 + runs * 1000);
});
