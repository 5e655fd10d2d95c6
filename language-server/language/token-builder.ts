import type { CustomPatternMatcherFunc, TokenType, TokenVocabulary } from "chevrotain";
import { DefaultTokenBuilder, type GrammarAST, type TokenBuilderOptions } from "langium";
import { matchInstant, matchQuantity, matchText, quotes } from "./misspelt.ts";

/** What may follow a declaration's keyword and name; anything else makes the word an ordinary name. */
const declarations: Readonly<Record<string, string>> = {
  entity: "\\{", source: "\\{", features: "(\\{|for\\b)", label: "[:{]", dataset: "\\{", model: "\\{", evaluation: "of\\b",
  service: "\\{", slo: "of\\b", rollout: "of\\b", policy: "\\{", role: "\\{", builtin: "[A-Za-z_]",
};

/** Keywords that are keywords only before an opening brace. */
const beforeBrace = ["columns", "request"];

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

/** Words that are keywords wherever they stand. */
export const reserved: ReadonlySet<string> = new Set(["require", "deny", "if", "then", "else", "and", "or", "not", "in", "where", "by", "per", "over", "before", "true", "false", "null"]);

const key = /([A-Za-z_][A-Za-z0-9_]*)[ \t]*(?::|=(?!=))/y;

/** Also a reserved word, which is said to be none (`validation/spelling.ts`): then what stands around it is read as it was meant. */
const matchKey: CustomPatternMatcherFunc = (text, offset) => {
  key.lastIndex = offset;
  const word = key.exec(text)?.[1];
  if (word === undefined || !beginsLine(text, offset)) return null;
  return [word] as unknown as RegExpExecArray;
};

/**
 * A comment that is not closed goes to the end of the file, and is said to be open there (`validation/syntax.ts`). Were it none, every `/*` behind it would
 * look through the whole rest again.
 */
const matchComment: CustomPatternMatcherFunc = (text, offset) => {
  if (!text.startsWith("/*", offset)) return null;
  const end = text.indexOf("*/", offset + 2);
  return [text.slice(offset, end < 0 ? undefined : end + 2)] as unknown as RegExpExecArray;
};

const pattern = (find: (text: string, offset: number) => string | null): CustomPatternMatcherFunc => (text, offset) => {
  const found = find(text, offset);
  return found === null ? null : ([found] as unknown as RegExpExecArray);
};

/** What the grammar says is right; these take for one word what was meant to be one. */
const digits = [..."0123456789"];
const alsoMisspelt: Readonly<Record<string, { readonly match: CustomPatternMatcherFunc; readonly begins: readonly string[] }>> = {
  QUANTITY: { match: pattern(matchQuantity), begins: digits }, INSTANT: { match: pattern(matchInstant), begins: digits }, STRING: { match: pattern(matchText), begins: quotes },
};

/** Nothing but white space before it on its line. */
function beginsLine(text: string, offset: number): boolean {
  let at = offset - 1;
  while (at >= 0 && (text[at] === " " || text[at] === "\t")) at--;
  return at < 0 || text[at] === "\n";
}

const identifierPart = /[A-Za-z0-9_]/;

/**
 * Makes declaration keywords contextual: `source` is a keyword at the beginning of a line, or before `name {`. Elsewhere it
 * is an identifier. Two things follow: any word may name a column, and a block without its closing brace ends at the
 * next declaration, so that one broken block does not silence the rest of the file.
 */
export class MlspecTokenBuilder extends DefaultTokenBuilder {
  /** KEY first: at the beginning of a line `from:` is a property, not a keyword. Comments too: `/` is an operator otherwise. */
  override buildTokens(grammar: GrammarAST.Grammar, options?: TokenBuilderOptions): TokenVocabulary {
    const tokens = super.buildTokens(grammar, options) as TokenType[];
    const first = new Set(["KEY", "BLOCK_COMMENT"]);
    return [...tokens.filter((t) => first.has(t.name)), ...tokens.filter((t) => !first.has(t.name))];
  }

  protected override buildTerminalToken(terminal: GrammarAST.TerminalRule): TokenType {
    const token = super.buildTerminalToken(terminal);
    if (terminal.name === "BLOCK_COMMENT") return Object.assign(token, { PATTERN: matchComment, LINE_BREAKS: true, START_CHARS_HINT: ["/"] });
    const misspelt = alsoMisspelt[terminal.name];
    if (misspelt !== undefined) return Object.assign(token, { PATTERN: misspelt.match, LINE_BREAKS: false, START_CHARS_HINT: [...misspelt.begins] });
    if (terminal.name !== "KEY") return token;
    token.PATTERN = matchKey;
    token.LINE_BREAKS = false;
    token.START_CHARS_HINT = [...letters];
    return token;
  }

  protected override buildKeywordToken(keyword: GrammarAST.Keyword, terminals: TokenType[], caseInsensitive: boolean): TokenType {
    const token = super.buildKeywordToken(keyword, terminals, caseInsensitive);
    const word = keyword.value;
    const follow = declarations[word];
    if (follow !== undefined) return contextual(token, word, new RegExp(`[ \\t]+[A-Za-z_][A-Za-z0-9_]*\\s*${follow}`, "y"), true);
    if (beforeBrace.includes(word)) return contextual(token, word, /\s*\{/y, false);
    if (word === "import") return contextual(token, word, new RegExp(`\\s*[${quotes.join("")}]`, "y"), true);
    return token;
  }
}

function contextual(token: TokenType, word: string, follow: RegExp, atLineStart: boolean): TokenType {
  const match: CustomPatternMatcherFunc = (text, offset) => {
    const end = offset + word.length;
    if (!text.startsWith(word, offset) || identifierPart.test(text[end] ?? "")) return null;
    follow.lastIndex = end;
    const keyword = (atLineStart && startsLine(text, offset)) || follow.test(text);
    return keyword ? ([word] as unknown as RegExpExecArray) : null;
  };
  token.PATTERN = match;
  token.LINE_BREAKS = false;
  token.START_CHARS_HINT = [word[0]!];
  return token;
}

const startsLine = (text: string, offset: number): boolean => offset === 0 || text[offset - 1] === "\n";
