import type { IToken } from "chevrotain";
import { createParser, LangiumParser, type AstNode, type LangiumCoreServices, type ParseResult, type ParserOptions } from "langium";
import { makeWhole } from "./whole.ts";

/** A level of brackets takes some fifty stack frames; nobody writes a tenth of this. */
const deepest = 100;

/** A file that is nested deeper than the stack goes is an error in that file, not the end of the program. */
export class MlspecParser extends LangiumParser {
  override parse<T extends AstNode = AstNode>(input: string, options?: ParserOptions): ParseResult<T> {
    const offset = tooDeep(input);
    if (offset !== undefined) return this.refuse(input, offset, options);
    try {
      const result = super.parse<T>(input, options);
      if (result.parserErrors.length > 0) makeWhole(result.value);
      return result;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // What was being built lies half-finished on the parser's own stack; the rest is reset by the next input.
      (this as unknown as { stack: unknown[] }).stack = [];
      return this.refuse(input, longest(this.lexer.tokenize(input).tokens), options);
    }
  }

  private refuse<T extends AstNode>(input: string, offset: number, options?: ParserOptions): ParseResult<T> {
    const before = input.slice(0, offset).split("\n");
    const message = "this is nested too deeply to be read: give parts of it names of their own";
    const error = { offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: 1, message };
    return { ...super.parse<T>("", options), lexerErrors: [error] };
  }
}

/** Where the brackets become too deep; texts and comments do not count. */
function tooDeep(input: string): number | undefined {
  let depth = 0;
  for (const match of input.matchAll(/"(?:\\.|[^"\\\r\n])*"|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|[([{]|[)\]}]/g)) {
    const [piece] = match;
    if (piece.length > 1) continue;
    if ("([{".includes(piece)) depth++;
    else depth = Math.max(0, depth - 1);
    if (depth > deepest) return match.index;
  }
  return undefined;
}

const begins: ReadonlySet<string> = new Set(["{", "}", "require", "deny"]);

/** Where the item with the most words begins: a sum of thousands is nested as deep, each term within the next, though it has no brackets. */
function longest(tokens: readonly IToken[]): number {
  let [best, at, from] = [0, 0, 0];
  for (const [i, token] of tokens.entries()) {
    if (begins.has(token.image) || token.tokenType.name === "KEY") from = i;
    if (i - from <= best) continue;
    [best, at] = [i - from, (tokens[from] ?? token).startOffset];
  }
  return at;
}

/** As Langium's `createLangiumParser`, with the class above. */
export function createMlspecParser(services: LangiumCoreServices): LangiumParser {
  const parser = createParser(services.Grammar, new MlspecParser(services), services.parser.Lexer.definition);
  parser.finalize();
  return parser;
}
