/** Where the cursor stands, by tokens alone: it works in the half-typed text that the parser can make nothing of. */
import type { Lexer } from "langium";

export interface Token {
  readonly type: string;
  readonly image: string;
  readonly offset: number;
  readonly end: number;
}

export interface Cursor {
  readonly text: string;
  readonly offset: number;
  /** The word under the cursor: [start, end); empty between tokens. */
  readonly wordStart: number;
  readonly wordEnd: number;
  /** The declaration around the cursor: from a keyword at the beginning of a line to the next. */
  readonly chunkStart: number;
  readonly chunkEnd: number;
  /** Tokens of the chunk before the word. */
  readonly before: readonly Token[];
  /** Indices into `before` of brackets that are open at the cursor, outermost first. */
  readonly open: readonly number[];
  /** The first token after the word. */
  readonly next: string;
}

export type Spot =
  | { readonly kind: "comment"; readonly line: string }
  | { readonly kind: "import-path"; readonly typed: string }
  | { readonly kind: "data-path"; readonly typed: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "unit"; readonly number: string; readonly typed: string }
  | { readonly kind: "top-level" }
  | { readonly kind: "header" }
  | { readonly kind: "item" }
  | { readonly kind: "after-operand" }
  | { readonly kind: "annotation" }
  | { readonly kind: "expression" };

const keywordAtLineStart = /^(?:entity|source|features|label|dataset|model|evaluation|service|slo|rollout|policy|role|import)\b/gm;
const wordPart = /[A-Za-z0-9_]/;

export function cursorAt(text: string, offset: number, lexer: Lexer): Cursor {
  let wordStart = offset;
  let wordEnd = offset;
  while (wordStart > 0 && wordPart.test(text[wordStart - 1]!)) wordStart--;
  while (wordEnd < text.length && wordPart.test(text[wordEnd]!)) wordEnd++;
  const [chunkStart, chunkEnd] = chunkAround(text, wordStart, wordEnd);
  const before = lexer.tokenize(text.slice(chunkStart, wordStart)).tokens.map((t) => ({
    type: t.tokenType.name, image: t.image, offset: chunkStart + t.startOffset, end: chunkStart + t.startOffset + t.image.length,
  }));
  const next = /^\s*([A-Za-z0-9_]+|\S)?/.exec(text.slice(wordEnd, wordEnd + 200))?.[1] ?? "";
  return { text, offset, wordStart, wordEnd, chunkStart, chunkEnd, before, open: openBrackets(before), next };
}

/** A keyword that is just being typed does not begin a chunk of its own: it is what is to be completed. */
function chunkAround(text: string, wordStart: number, wordEnd: number): [number, number] {
  let start = 0;
  for (const match of text.matchAll(keywordAtLineStart)) {
    if (match.index === wordStart) continue;
    if (match.index > wordEnd) return [start, match.index];
    start = match.index;
  }
  return [start, text.length];
}

function openBrackets(tokens: readonly Token[]): number[] {
  const open: number[] = [];
  tokens.forEach((token, i) => {
    if ("{[(".includes(token.type)) open.push(i);
    else if ("}])".includes(token.type)) open.pop();
  });
  return open;
}

const operandEnds = new Set(["ID", "QUANTITY", "INSTANT", "STRING", "true", "false", "null", ")", "]", "}"]);

export function spotOf(cursor: Cursor): Spot {
  const { text, offset, wordStart, before, open } = cursor;
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const outside = inText(cursor, line);
  if (outside !== undefined) return outside;
  const number = /(?:^|[^A-Za-z0-9_.])([0-9]+(?:\.[0-9]+)?)([A-Za-z%]*)$/.exec(line);
  if (number !== null) return { kind: "unit", number: number[1]!, typed: number[2]! };
  const last = before.at(-1);
  const startsLine = /^\s*[A-Za-z0-9_]*$/.test(line);
  if (open.length === 0) {
    const complete = last === undefined || last.type === "}" || (last.type === "STRING" && before.at(-2)?.type === "import");
    return startsLine || complete ? { kind: "top-level" } : { kind: "header" };
  }
  if (last?.type === "@") return { kind: "annotation" };
  const bracket = before[open.at(-1)!]!;
  const afterOperand = last !== undefined && operandEnds.has(last.type);
  if (bracket.type === "{") {
    const separated = last === bracket || last?.type === "," || last?.type === ";" || last?.type === "}";
    if (separated || (startsLine && afterOperand)) return { kind: "item" };
  }
  return afterOperand && last.end < wordStart ? { kind: "after-operand" } : { kind: "expression" };
}

/** Comments and quoted texts, where almost nothing is completed. */
function inText({ text, offset, chunkStart }: Cursor, line: string): Spot | undefined {
  const plain = withoutTexts(line);
  const comment = plain.indexOf("//");
  const opened = plain.indexOf('"');
  if (comment >= 0 && (opened < 0 || comment < opened)) return { kind: "comment", line };
  const rest = text.slice(chunkStart, offset);
  const bare = withoutTexts(rest);
  // In a text that is still open a glob is no comment either.
  const code = bare.slice(0, /"(?:\\.|[^"\\\r\n])*$/.exec(bare)?.index);
  if (code.lastIndexOf("/*") > code.lastIndexOf("*/")) return { kind: "nothing" };
  const quote = /"((?:\\.|[^"\\])*)$/.exec(withoutTexts(line));
  if (quote === null) return undefined;
  const typed = quote[1]!;
  if (/^\s*import\s+"/.test(line)) return { kind: "import-path", typed };
  const inReader = /\b(?:csv|parquet|json)\s*\([^()]*"[^"]*$/.test(withoutTexts(rest));
  return inReader ? { kind: "data-path", typed } : { kind: "nothing" };
}

/** Closed texts blanked out, so that a `//` or a bracket inside one does not count. */
const withoutTexts = (text: string): string => text.replace(/"(?:\\.|[^"\\\r\n])*"/g, (quoted) => " ".repeat(quoted.length));
