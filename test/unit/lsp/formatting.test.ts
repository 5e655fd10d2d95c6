import fc from "fast-check";
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EmptyFileSystem, URI, type AstNode } from "langium";
import { TextDocument } from "vscode-languageserver-textdocument";
import { piecesOfText } from "../../../language-server/lsp/formatting.ts";
import { createEditorServices } from "../../../language-server/lsp/module.ts";

const { mlspec } = createEditorServices({ ...EmptyFileSystem });
const parse = (text: string) => mlspec.shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse("file:///x.mlspec"));

function format(text: string): string {
  const document = parse(text);
  return TextDocument.applyEdits(document.textDocument, mlspec.lsp.Formatter!.formatDocument(document, undefined!) as never);
}

const examples = globSync("examples/*/*.mlspec").map((path) => [path, readFileSync(path, "utf8")] as const);

/** The tree without positions. */
const shapeOf = (text: string): unknown => {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    if ("$refText" in value) return (value as { $refText: string }).$refText;
    return Object.fromEntries(Object.entries(value as AstNode).filter(([key]) => !key.startsWith("$") || key === "$type").map(([key, v]) => [key, plain(v)]));
  };
  return plain(parse(text).parseResult.value);
};

const commentsOf = (text: string) => piecesOfText(text, mlspec.parser.Lexer).filter((p) => p.kind !== "code").map((p) => p.image);

function expectFormatted(before: string): void {
  const after = format(before);
  expect(shapeOf(after)).toEqual(shapeOf(before));
  expect(commentsOf(after)).toEqual(commentsOf(before));
  expect(format(after)).toBe(after);
}

/** What is there, and what comes out. */
const cases: readonly [what: string, before: string, after: string][] = [
  ["one space around what needs it, none elsewhere", "entity  city{key:city_id}", "entity city { key: city_id }\n"],
  ["blocks on one line stay there", "slo a of b { objective: x, respond { detect: 5m } }", "slo a of b { objective: x, respond { detect: 5m } }\n"],
  ["broken blocks get one item a line", "source a {\nread: csv(\"a\") time: at\ncolumns { at: timestamp, b: int? }\n}", "source a {\n  read: csv(\"a\")\n  time: at\n  columns { at: timestamp, b: int? }\n}\n"],
  ["an opening brace joins its heading", "entity a\n{\n  key: b\n}", "entity a {\n  key: b\n}\n"],
  ["at most one blank line, none inside a block's ends", "\n\nentity a {\n\n  key: b\n\n\n\n  // c\n\n}\n\n\n\nentity c { key: d }", "entity a {\n  key: b\n\n  // c\n}\n\nentity c { key: d }\n"],
  ["signs and subtractions", "features f { a=avg(x) over - 1.5h .. 0h  b= - x-1 c = f( - 1)*( a- -b ) }", "features f { a = avg(x) over -1.5h..0h b = -x - 1 c = f(-1) * (a - -b) }\n"],
  ["groups after words, calls after names", "features f { a = if(x)then f (y)else not(z) and a in[1,2] }", "features f { a = if (x) then f(y) else not (z) and a in [1, 2] }\n"],
  ["columns", "source a { columns { b:string?->c from\"B\"@pii @unit( USD )=1 } }", "source a { columns { b: string? -> c from \"B\" @pii @unit(USD) = 1 } }\n"],
  ["wildcards and members", "dataset d { features : [ a . * , b.c ] }", "dataset d { features: [a.*, b.c] }\n"],
  ["a list that the author broke has an element a line", "dataset d {\n  features: [\n a, b,\n c]\n}", "dataset d {\n  features: [\n    a,\n    b,\n    c\n  ]\n}\n"],
  ["a list broken elsewhere is joined when it fits", "dataset d {\n  features: [a,\n    b]\n}", "dataset d {\n  features: [a, b]\n}\n"],
  ["a continued expression is indented", "label l: bool {\n  is: a\nor b\n}", "label l: bool {\n  is: a\n    or b\n}\n"],
  ["comments stay where they belong", "// top\nentity a { // why\n  /* what */ key: b // how\n  // end\n}\n// after", "// top\nentity a {  // why\n  /* what */ key: b  // how\n  // end\n}\n// after\n"],
  ["documentation moves with its block", "source a {\n      /// one\n      /// two\n  time: at\n}", "source a {\n  /// one\n  /// two\n  time: at\n}\n"],
  ["windows line ends", "entity a {\r\n  key:b\r\n}\r\n", "entity a {\r\n  key: b\r\n}\r\n"],
  ["an empty file", "", ""],
  ["an empty block", "policy p {\n\n}", "policy p {}\n"],
  ["a file that does not parse is left alone", "entity  a  {", "entity  a  {"],
];

describe("formatting", () => {
  it.each(cases)("%s", (_what, before, after) => {
    expect(format(before)).toBe(after);
    expect(format(after)).toBe(after);
  });

  it("breaks what does not fit into 140 columns, from the outside", () => {
    const name = "a".repeat(45);
    expect(format(`dataset d { features: [${name}, ${name}, ${name}, f(1)] }`)).toBe(
      `dataset d {\n  features: [\n    ${name},\n    ${name},\n    ${name},\n    f(1)\n  ]\n}\n`,
    );
  });

  it("touches only the lines asked for", () => {
    const document = parse("entity  a { key:b }\nentity  c { key:d }\n");
    const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 5 } };
    const edits = mlspec.lsp.Formatter!.formatDocumentRange(document, { range } as never);
    expect(TextDocument.applyEdits(document.textDocument, edits as never)).toBe("entity  a { key:b }\nentity c { key: d }\n");
  });

  it.each(examples)("keeps tree and comments of %s, and formats it once", (_path, text) => {
    expectFormatted(text);
  });

  it("does so however the examples are spaced, and wherever there are comments", () => {
    const spaces = fc.constantFrom(" ", "  ", "\n", "\n\n\n", "\t", " // c\n", "\n// c\n", " /* c */ ", "\n/* c\n c */\n", "\n  ");
    fc.assert(
      fc.property(fc.constantFrom(...examples.map(([, text]) => text)), fc.infiniteStream(spaces), (text, stream) => {
        const respaced = respace(text, stream);
        fc.pre(parse(respaced).parseResult.parserErrors.length === 0);
        expectFormatted(respaced);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

/** Other white space between the tokens, only where it cannot make or break a keyword: inside of declarations. */
function respace(text: string, stream: Iterator<string>): string {
  const pieces = piecesOfText(text, mlspec.parser.Lexer);
  const kept = new Set([".", "..", "@"]);
  return pieces.map((piece, i) => {
    const next = pieces[i + 1];
    if (next === undefined || piece.kind !== "code" || next.kind !== "code" || kept.has(piece.type) || kept.has(next.type)) {
      return piece.image + text.slice(piece.end, next?.offset);
    }
    const startsLine = next.newlines > 0 && text[next.offset - 1] === "\n";
    return piece.image + (startsLine ? "\n" : `${stream.next().value} `);
  }).join("");
}
