/**
 * textDocument/formatting and rangeFormatting. Only white space changes: each edit replaces one gap between two tokens.
 * A file with syntax errors is left as it is, since where its items begin is then a guess.
 */
import { AstUtils, type AstNode, type LangiumDocument, type Lexer } from "langium";
import type { Formatter, LangiumServices } from "langium/lsp";
import { TextEdit, type DocumentFormattingParams, type DocumentRangeFormattingParams, type Range } from "vscode-languageserver";
import { isColumn, isDeclaration, isImport, isItem } from "../../grammar/generated/ast.ts";
import { layout, type LayoutOptions } from "./formatting/layout.ts";
import { piecesOf, type Piece, type RawToken } from "./formatting/pieces.ts";

/** The language's one style: two spaces, 140 columns; not a setting, so that files look alike everywhere. */
const style: LayoutOptions = { width: 140, indent: "  " };

export class MlspecFormatter implements Formatter {
  readonly #lexer: Lexer;

  constructor(services: LangiumServices) {
    this.#lexer = services.parser.Lexer;
  }

  formatDocument(document: LangiumDocument, _params?: DocumentFormattingParams): TextEdit[] {
    return formattingEdits(document, this.#lexer).map((edit) => edit.textEdit);
  }

  formatDocumentRange(document: LangiumDocument, params: DocumentRangeFormattingParams): TextEdit[] {
    const from = document.textDocument.offsetAt({ line: params.range.start.line, character: 0 });
    const to = document.textDocument.offsetAt({ line: params.range.end.line + 1, character: 0 });
    return formattingEdits(document, this.#lexer)
      .filter((edit) => edit.end >= from && edit.end < to)
      .map((edit) => edit.textEdit);
  }

  formatDocumentOnType(): TextEdit[] {
    return [];
  }

  get formatOnTypeOptions(): undefined {
    return undefined;
  }
}

interface GapEdit {
  readonly end: number;
  readonly textEdit: TextEdit;
}

function formattingEdits(document: LangiumDocument, lexer: Lexer): GapEdit[] {
  const { parserErrors, lexerErrors, value } = document.parseResult;
  if (parserErrors.length > 0 || lexerErrors.length > 0) return [];
  const text = document.textDocument.getText();
  const pieces = piecesOfText(text, lexer);
  const gaps = layout(pieces, itemStarts(value), style);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const rangeOf = (start: number, end: number): Range => ({
    start: document.textDocument.positionAt(start),
    end: document.textDocument.positionAt(end),
  });
  return gaps.flatMap((gap, i) => {
    const start = pieces[i - 1]?.end ?? 0;
    const end = pieces[i]?.offset ?? text.length;
    const newText = gap.replaceAll("\n", eol);
    return text.slice(start, end) === newText ? [] : [{ end, textEdit: TextEdit.replace(rangeOf(start, end), newText) }];
  });
}

export function piecesOfText(text: string, lexer: Lexer): Piece[] {
  const { tokens, hidden } = lexer.tokenize(text);
  const raw = (token: { image: string; tokenType: { name: string }; startOffset: number }): RawToken => ({
    image: token.image,
    type: token.tokenType.name,
    offset: token.startOffset,
  });
  return piecesOf(text, tokens.map(raw), hidden.map(raw));
}

function itemStarts(root: AstNode): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const node of AstUtils.streamAllContents(root)) {
    if ((isItem(node) || isDeclaration(node) || isImport(node) || isColumn(node)) && node.$cstNode) starts.add(node.$cstNode.offset);
  }
  return starts;
}
