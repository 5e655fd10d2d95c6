/** textDocument/foldingRange: blocks and broken brackets, comments, imports, and `// region` … `// endregion`. Needs tokens only. */
import type { LangiumDocument, Lexer } from "langium";
import type { FoldingRangeProvider, LangiumServices } from "langium/lsp";
import { FoldingRangeKind, type FoldingRange } from "vscode-languageserver";
import { piecesOfText } from "./formatting.ts";
import type { Piece } from "./formatting/pieces.ts";

export class MlspecFolding implements FoldingRangeProvider {
  readonly #lexer: Lexer;

  constructor(services: LangiumServices) {
    this.#lexer = services.parser.Lexer;
  }

  getFoldingRanges(document: LangiumDocument): FoldingRange[] {
    const pieces = piecesOfText(document.textDocument.getText(), this.#lexer);
    const lines = linesOf(pieces, (offset) => document.textDocument.positionAt(offset).line);
    return [...brackets(lines), ...comments(lines), ...regions(lines), ...imports(lines)].sort((a, b) => a.startLine - b.startLine);
  }
}

type Placed = Piece & { readonly line: number; readonly endLine: number };

function linesOf(pieces: readonly Piece[], lineAt: (offset: number) => number): Placed[] {
  return pieces.map((piece) => ({ ...piece, line: lineAt(piece.offset), endLine: lineAt(piece.end) }));
}

function* brackets(pieces: readonly Placed[]): Iterable<FoldingRange> {
  const stack: Placed[] = [];
  for (const piece of pieces) {
    if (piece.kind !== "code") continue;
    if ("{[(".includes(piece.type)) stack.push(piece);
    else if ("}])".includes(piece.type)) {
      const open = stack.pop();
      // The closing bracket's line stays visible.
      if (open !== undefined && piece.line - 1 > open.line) yield { startLine: open.line, endLine: piece.line - 1 };
    }
  }
}

/** Block comments, and line comments that follow each other. */
function* comments(pieces: readonly Placed[]): Iterable<FoldingRange> {
  let first: Placed | undefined;
  let last: Placed | undefined;
  for (const piece of [...pieces, undefined]) {
    if (piece?.kind === "line-comment" && !marker.test(piece.image) && last !== undefined && piece.newlines === 1) last = piece;
    else {
      if (first && last && last.line > first.line) yield { startLine: first.line, endLine: last.line, kind: FoldingRangeKind.Comment };
      const starts = piece?.kind === "line-comment" && piece.newlines > 0 && !marker.test(piece.image);
      first = starts || (piece?.kind === "line-comment" && piece.offset === 0) ? piece : undefined;
      last = first;
    }
    if (piece?.kind === "block-comment" && piece.endLine > piece.line) {
      yield { startLine: piece.line, endLine: piece.endLine, kind: FoldingRangeKind.Comment };
    }
  }
}

const marker = /^\/\/\s*#?(region|endregion)\b/;

function* regions(pieces: readonly Placed[]): Iterable<FoldingRange> {
  const stack: Placed[] = [];
  for (const piece of pieces) {
    const word = piece.kind === "line-comment" ? marker.exec(piece.image)?.[1] : undefined;
    if (word === "region") stack.push(piece);
    else if (word === "endregion") {
      const start = stack.pop();
      if (start !== undefined) yield { startLine: start.line, endLine: piece.line, kind: FoldingRangeKind.Region };
    }
  }
}

function* imports(pieces: readonly Placed[]): Iterable<FoldingRange> {
  const words = pieces.filter((piece) => piece.kind === "code" && piece.type === "import");
  const first = words[0];
  const last = words.at(-1);
  if (first && last && last.line > first.line) yield { startLine: first.line, endLine: last.line, kind: FoldingRangeKind.Imports };
}
