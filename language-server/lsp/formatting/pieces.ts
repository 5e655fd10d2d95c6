/** The text as the formatter sees it: tokens and comments in order, and how many line breaks the author put before each. */
type PieceKind = "code" | "line-comment" | "block-comment";

export interface Piece {
  readonly kind: PieceKind;
  readonly image: string;
  /** Name of the lexer's token type: `ID`, `QUANTITY`, `{` … */
  readonly type: string;
  readonly offset: number;
  readonly end: number;
  /** Line breaks between the piece before and this one. */
  readonly newlines: number;
}

export interface RawToken {
  readonly image: string;
  readonly type: string;
  readonly offset: number;
}

/** `tokens` and `comments` come from the lexer, each in the order of the text. Together the pieces hold all but white space. */
export function piecesOf(text: string, tokens: readonly RawToken[], comments: readonly RawToken[]): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const add = (kind: PieceKind, image: string, type: string, offset: number) => {
    pieces.push({ kind, image, type, offset, end: offset + image.length, newlines: countNewlines(text, end, offset) });
    end = offset + image.length;
  };
  for (const token of merge(tokens, comments)) {
    if (token.type === "BLOCK_COMMENT") add("block-comment", token.image, token.type, token.offset);
    else if (token.type === "LINE_COMMENT" || token.type === "DOC_COMMENT") {
      for (const line of commentLines(token)) add("line-comment", line.image, token.type, line.offset);
    } else add("code", token.image, token.type, token.offset);
  }
  return pieces;
}

function* merge(left: readonly RawToken[], right: readonly RawToken[]): Iterable<RawToken> {
  let j = 0;
  for (const token of left) {
    for (let comment = right[j]; comment !== undefined && comment.offset < token.offset; comment = right[++j]) yield comment;
    yield token;
  }
  yield* right.slice(j);
}

/** A documentation comment is one token of many lines: each becomes a piece, without the white space around it. */
function* commentLines(token: RawToken): Iterable<{ image: string; offset: number }> {
  let offset = token.offset;
  for (const line of token.image.split("\n")) {
    const start = line.length - line.trimStart().length;
    yield { image: line.trim(), offset: offset + start };
    offset += line.length + 1;
  }
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = text.indexOf("\n", from); i >= 0 && i < to; i = text.indexOf("\n", i + 1)) count++;
  return count;
}
