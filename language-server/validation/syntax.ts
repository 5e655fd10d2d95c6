/** Syntax errors in the words of the language. The parser's own messages list token sequences; nobody should see those. */
import type { ILexerErrorMessageProvider, IParserErrorMessageProvider, IRecognitionException, IToken, TokenType } from "chevrotain";
import { defaultLexerErrorProvider } from "chevrotain";
import { CstUtils, type CompositeCstNode, type LangiumDocument, type ParseResult } from "langium";
import { nearest } from "../language/suggest.ts";
import { reserved } from "../language/token-builder.ts";
import { shown } from "./shown.ts";
import { columnTypes, declarations } from "../vocabulary/index.ts";
import type { Problem } from "./problem.ts";
import { reservedName } from "./spelling.ts";

const isEnd = (token: IToken): boolean => token.tokenType.name === "EOF" || token.image === "";
const found = (token: IToken): string => (isEnd(token) ? "the end of the file" : shown(clip(token.image)));
const clip = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text);
const kinds = new Set(declarations.map((d) => d.kind));
const isDeclarationStart = (token: IToken): boolean => kinds.has(token.image) && token.tokenType.name !== "ID";

const closers: Readonly<Record<string, string>> = {
  "}": "this block is not closed: `}` expected", ")": "this `(` is not closed: `)` expected", "]": "this list is not closed: `]` expected",
};

export const parserMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, previous, ruleName }) => mismatch(expected, actual, previous, ruleName.replace("\u200B", "")),
  buildNotAllInputParsedMessage: ({ firstRedundant }) => outsideOfDeclarations(firstRedundant),
  buildNoViableAltMessage: ({ actual, previous, ruleName }) => noAlternative(actual[0], first(previous), ruleName.replace("\u200B", "")),
  buildEarlyExitMessage: ({ actual }) => `did not expect ${actual[0] === undefined ? "this" : found(actual[0])} here`,
};

/** Typed as a list of tokens, but the parser passes the one before. */
const first = (previous: IToken | IToken[]): IToken | undefined => (Array.isArray(previous) ? previous[0] : previous);

function outsideOfDeclarations(token: IToken): string {
  if (token.image === "import") return "imports come before all declarations";
  const kind = declarations.find((d) => d.kind === token.image);
  if (kind !== undefined) return `\`${kind.kind}\` begins a declaration: write \`${kind.heading} { … }\``;
  if (token.image === ";") return "`;` stands only between items in braces: leave it out here";
  const near = nearest(token.image, kinds);
  const hint = near === undefined ? "" : `: did you mean \`${near} …\`?`;
  return token.image === "}" ? "this `}` closes nothing" : `expected a declaration, but found ${found(token)}${hint}`;
}

function mismatch(expected: TokenType, actual: IToken, previous: IToken, rule: string): string {
  const wanted = expected.LABEL ?? expected.name.replace(/:KW$/, "");
  const misplaced = partOfColumn(actual, previous, rule, wanted);
  if (misplaced !== undefined) return `${misplaced} stands too late here: a column is \`${columnForm}\`, in this order`;
  const closer = closers[wanted];
  if (actual.image === ".") return "expected a name after `.`";
  if (binary.has(actual.image)) return `expected a value after \`${actual.image}\``;
  if (closer !== undefined && (isEnd(actual) || isDeclarationStart(actual) || wanted !== "}")) return `${closer} before ${found(actual)}`;
  if (closer !== undefined && (actual.image === ":" || actual.image === "=")) return `expected a name before \`${actual.image}\``;
  if (closer !== undefined) return `did not expect ${found(actual)} here`;
  if (wanted === "ID" && rule === "TypeRef") return `expected a type after \`${clip(previous.image)}\`, but found ${found(actual)}`;
  if (wanted === "ID") return rule === "Annotation" ? "expected the name of a tag after `@`" : `expected a name after \`${clip(previous.image)}\`, but found ${found(actual)}`;
  if (wanted === "EOF") return outsideOfDeclarations(actual);
  if (wanted === "STRING") return `expected a text in double quotes after \`${clip(previous.image)}\`, but found ${found(actual)}`;
  if (wanted === "then" || wanted === "else") return `this \`if\` has no \`${wanted}\`: every \`if\` has both \`then\` and \`else\``;
  if (wanted === ":" && rule === "Column") return `expected \`: type\` after the column \`${clip(previous.image)}\`, but found ${found(actual)}`;
  return `expected \`${wanted}\` after \`${clip(previous.image)}\`, but found ${found(actual)}`;
}

const columnForm = 'name: type -> entity from "name in the file" @tag = value';

/** A part of a column that stands behind one it should stand before: there the parser sees the next column, or the end of them. */
function partOfColumn(actual: IToken, previous: IToken, rule: string, wanted: string): string | undefined {
  if (rule === "Column") return wanted === ":" && previous.image === "from" && actual.tokenType.name === "STRING" ? `\`from ${clip(actual.image)}\`` : undefined;
  if (rule !== "Columns" && rule !== "RequestShape") return undefined;
  return actual.image === "->" || actual.image === "@" ? `\`${actual.image}\`` : undefined;
}

const binary = new Set(["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "..", "where", "over", "by", "per", "before"]);
const operators = new Set([...binary, ":", "=", "(", "[", ",", "not", "from", "require", "deny", "if", "then", "else"]);
const expressionRules = new Set(["Expression", "Primary", "Literal", "Negation", "Not", "Argument", "Window", "Range", "Conditional", "Member"]);

function noAlternative(actual: IToken | undefined, previous: IToken | undefined, rule: string): string {
  const here = actual === undefined ? "the end of the file" : found(actual);
  if (rule === "Annotation") return `expected a word or a text after \`(\`, but found ${here}`;
  if (rule === "Member") return `expected a name after \`.\`, but found ${here}`;
  if (expressionRules.has(rule)) return previous !== undefined && operators.has(previous.image) ? `expected a value after \`${previous.image}\`, but found ${here}` : `expected a value, but found ${here}`;
  if (rule === "Name") return `expected a name${previous === undefined ? "" : ` after \`${clip(previous.image)}\``}, but found ${here}`;
  if (rule === "Item" || rule === "Block") {
    if (actual?.tokenType.name === "ID" || actual?.tokenType.name === "KEY" || /^(for|of|on|from)$/.test(actual?.image ?? "")) return `expected \`:\` or \`=\` after ${here}`;
    return `did not expect ${here} here: a block holds \`name: value\`, \`name = value\`, \`require …\` and blocks`;
  }
  return actual === undefined ? `unexpected ${here}` : outsideOfDeclarations(actual);
}

export const lexerMessages: ILexerErrorMessageProvider = {
  ...defaultLexerErrorProvider,
  buildUnexpectedCharactersMessage: (fullText, startOffset, length) => unexpected(fullText.slice(startOffset, startOffset + length)),
};

const corrections: Readonly<Record<string, string>> = { "&": "write `and`", "|": "write `or`", "!": "write `not`", "'": "texts are written in double quotes", "`": "texts are written in double quotes", "#": "comments begin with `//`", "?": "`?` stands behind a type" };

function unexpected(characters: string): string {
  if (characters.startsWith('"')) return "this text is not closed: `\"` expected before the end of the line";
  const correction = corrections[characters.charAt(0)];
  return `unexpected ${shown(clip(characters.trim() || characters))}${correction === undefined ? "" : `: ${correction}`}`;
}

/** Lexer errors, then parser errors that do not follow from an error on the same line or from a block that was already said to be broken. */
export function syntaxProblems(document: LangiumDocument): Problem[] {
  const { lexerErrors, parserErrors } = document.parseResult as ParseResult & { parserErrors: IRecognitionException[] };
  const lines = new Set<number>();
  const problems: Problem[] = [];
  const add = (problem: Problem): void => {
    if (lines.has(problem.range.start.line)) return;
    lines.add(problem.range.start.line);
    problems.push(problem);
  };
  const open = openComment(document);
  if (open !== undefined) add(open);
  for (const e of lexerErrors) add(atOffset(document, e.offset, wordLength(document, e.offset, e.length), e.message));
  for (const e of parserErrors) if (!followsFrom(lines, e)) add(parserProblem(document, e));
  return problems;
}

/** What was left of a broken line was taken for the name of a column, and the next line for its type. */
function followsFrom(lines: ReadonlySet<number>, { context, previousToken }: IRecognitionException & { readonly previousToken?: IToken }): boolean {
  const isColumn = context.ruleStack.at(-1)?.replace("\u200B", "") === "Column";
  return isColumn && previousToken?.startLine !== undefined && lines.has(previousToken.startLine - 1);
}

/** The comment that nobody closed: then it is the last thing in the file. */
function openComment(document: LangiumDocument): Problem | undefined {
  const last = (document.parseResult.value.$cstNode as CompositeCstNode | undefined)?.content.at(-1);
  if (last === undefined || !CstUtils.isCommentNode(last, ["BLOCK_COMMENT"]) || (last.length > 3 && last.text.endsWith("*/"))) return undefined;
  return atOffset(document, last.offset, 2, "this comment is not closed: `*/` expected");
}

function wordLength(document: LangiumDocument, offset: number, length: number): number {
  const word = /^[A-Za-z0-9_.]+/.exec(document.textDocument.getText().slice(offset, offset + 80))?.[0];
  return Math.max(length, word?.length ?? 0);
}

function parserProblem(document: LangiumDocument, error: IRecognitionException): Problem {
  const { token } = error;
  const word = wordForName(document, error);
  if (word !== undefined) return { ...atOffset(document, word.startOffset, word.image.length, ""), ...reservedName(word.image) };
  const type = typeInQuotes(error);
  if (type !== undefined) return { ...atOffset(document, token.startOffset, token.image.length, `a type is written without quotes: \`${type}\``), suggestion: type };
  const previous = (error as IRecognitionException & { previousToken?: IToken }).previousToken;
  const message = valueMissing(document, error, previous) ?? error.message;
  if (Number.isNaN(token.startOffset) || isEnd(token)) {
    const at = previous !== undefined && !Number.isNaN(previous.startOffset) ? previous.startOffset + previous.image.length : document.textDocument.getText().trimEnd().length;
    return atOffset(document, Math.max(0, at - 1), 1, message);
  }
  return atOffset(document, token.startOffset, token.image.length, message);
}

/** `in: int`, `source by { … }`: a reserved word with what follows a name. */
function wordForName(document: LangiumDocument, { token, previousToken: previous }: IRecognitionException & { readonly previousToken?: IToken }): IToken | undefined {
  const text = document.textDocument.getText();
  const isName = (word: IToken | undefined): word is IToken => word !== undefined && reserved.has(word.image) && /^[ \t]*(?::|=(?!=))/.test(text.slice(word.startOffset + word.image.length, word.startOffset + word.image.length + 80));
  const isDeclared = reserved.has(token.image) && previous !== undefined && kinds.has(previous.image) && previous.startOffset < token.startOffset;
  return isDeclared ? token : [token, previous].find(isName);
}

function typeInQuotes({ token }: IRecognitionException): string | undefined {
  const word = token.tokenType.name === "STRING" ? token.image.slice(1, -1) : "";
  return columnTypes.find(({ name }) => name === word.replace(/\?$/, "")) === undefined ? undefined : word;
}

/** "`read` has no value": names the property that was left without one. */
function valueMissing(document: LangiumDocument, error: IRecognitionException, previous: IToken | undefined): string | undefined {
  if (error.name !== "NoViableAltException" || previous === undefined || (previous.image !== ":" && previous.image !== "=")) return undefined;
  const before = document.textDocument.getText().slice(Math.max(0, previous.startOffset - 80), previous.startOffset);
  const name = /([A-Za-z_][A-Za-z0-9_]*)\s*$/.exec(before)?.[1];
  return name === undefined ? undefined : `\`${name}\` has no value: expected an expression before ${found(error.token)}`;
}

function atOffset(document: LangiumDocument, offset: number, length: number, message: string): Problem {
  const range = { start: document.textDocument.positionAt(offset), end: document.textDocument.positionAt(offset + length) };
  return { code: "syntax", severity: "error", message, range };
}
