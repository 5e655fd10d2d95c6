/** What an editor draws around the text: folds, tokens, lenses, hints, links, signatures, selections. */
import { describe, expect, it } from "vitest";
import type { CodeLens, InlayHintLabelPart } from "vscode-languageserver";
import { selectionRanges } from "../../../language-server/lsp/selection-ranges.ts";
import type { InitializationOptions } from "../../../language-server/lsp/protocol.ts";
import { open, shop, uriOf } from "./workspace.ts";

describe("folding", () => {
  it.each([
    ["blocks, without their closing line", "source a {\n  columns {\n    b: int\n  }\n}\n", [[0, 3], [1, 2]]],
    ["nothing that is on one line", "entity a { key: b }\n", []],
    ["broken lists", "dataset d {\n  features: [\n    a,\n    b\n  ]\n}", [[0, 4], [1, 3]]],
    ["comments that follow each other", "// a\n// b\n\n// c\nentity a { key: b }", [[0, 1]]],
    ["block comments", "/* a\n\nb */\nentity a { key: b }", [[0, 2]]],
    ["imports", 'import "./a.mlspec"\nimport "./b.mlspec"\n', [[0, 1]]],
    ["regions", "// region data\nentity a { key: b }\n// endregion\n", [[0, 2]]],
    ["a block that is not closed yet", "source a {\n  columns {\n    b: int\n  }\n", [[1, 2]]],
  ])("%s", async (_what, text, expected) => {
    const { services, document, params } = await open(text);
    const folds = await services.lsp.FoldingRangeProvider!.getFoldingRanges(document, params);
    expect(folds.map((fold) => [fold.startLine, fold.endLine])).toEqual(expected);
  });
});

/** `word type modifiers…` for each token. */
async function tokens(text: string): Promise<string[]> {
  const { services, document, params } = await open(text);
  const provider = services.lsp.SemanticTokenProvider!;
  const { data } = await provider.semanticHighlight(document, params);
  const { tokenTypes, tokenModifiers } = provider.semanticTokensOptions.legend;
  const found: string[] = [];
  let line = 0;
  let character = 0;
  for (let i = 0; i < data.length; i += 5) {
    const [lines, characters, length, type, modifiers] = data.slice(i, i + 5) as [number, number, number, number, number];
    character = lines > 0 ? characters : character + characters;
    line += lines;
    const word = document.textDocument.getText({ start: { line, character }, end: { line, character: character + length } });
    found.push([word, tokenTypes[type], ...tokenModifiers.filter((_, bit) => (modifiers & (1 << bit)) !== 0)].join(" "));
  }
  return found;
}

describe("semantic tokens", () => {
  it("tell columns, features, functions, types and built-in names apart", async () => {
    expect(await tokens("source s {\n  columns { a: int @deprecated, b: string -> e }\n}\nentity e { key: k }\nfeatures f for e {\n  from: s\n  g = sum(a) over 7d\n}\nevaluation q of m { metrics: [auc] }\nmodel m {}")).toEqual([
      "s struct declaration", "a property declaration deprecated", "int type defaultLibrary", "deprecated decorator",
      "b property declaration", "string type defaultLibrary", "e interface",
      "e interface declaration",
      "f namespace declaration", "e interface", "s struct", "g variable declaration", "sum function defaultLibrary", "a property deprecated",
      "q class declaration", "m class", "auc enumMember defaultLibrary readonly", "m class declaration",
    ]);
  });
});

async function lenses(text: string, options: InitializationOptions): Promise<CodeLens[]> {
  const { services, document, params } = await open(text, options);
  return (await services.lsp.CodeLensProvider!.provideCodeLens(document, params))!;
}

describe("code lenses", () => {
  it("run models, serve services, start rollouts, and count uses", async () => {
    const found = await lenses("model m {}\nservice s { model: m }\nrollout r of m on s { stage full { traffic: 100% } }", { commands: true });
    expect(found.map((lens) => [lens.range.start.line, lens.command!.title, lens.command!.command])).toEqual([
      [0, "▶ Run pipeline", "mlspec.run"], [0, "2 uses", "mlspec.showReferences"],
      [1, "▶ Serve", "mlspec.serve"], [1, "1 use", "mlspec.showReferences"],
      [2, "▶ Start rollout", "mlspec.rollout.start"],
    ]);
    expect(found[0]!.command!.arguments).toEqual([{ uri: uriOf("main.mlspec"), name: "m" }]);
  });

  it("are not offered to a client that has no such commands", async () => {
    expect(await lenses("model m {}", {})).toEqual([]);
  });
});

async function hints(text: string, options: InitializationOptions = {}): Promise<[number, number, string][]> {
  const { services, document, params } = await open(text, options);
  const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
  const found = (await services.lsp.InlayHintProvider!.getInlayHints(document, { ...params, range }))!;
  return found.map((hint) => [hint.position.line, hint.position.character, (hint.label as InlayHintLabelPart[]).map((part) => part.value).join("")]);
}

describe("inlay hints", () => {
  it("show the defaults that a block leaves unsaid", async () => {
    expect(await hints("service s {\n  model: m\n  timeout: 50ms\n}")).toEqual([[0, 11, "log: predictions(flush: 1s), batch { … }"]]);
  });

  it("stand at the end of a block on one line", async () => {
    expect(await hints("service s { model: m, timeout: 50ms, log: off, batch { size: 2 } }")).toEqual([[0, 62, "wait: 1ms"]]);
  });

  it("show what a stage implies, unless it speaks of errors itself", async () => {
    const model = "source s {\n  read: csv(\"s.csv\")\n  columns { x: int, y: bool }\n}\nlabel l: bool { of: s, is: y }\ndataset d { examples: s, label: l, features: [s.x] }\nmodel m { predict: l from d }\nservice v { model: m }\n";
    const stages = "rollout r of m on v {\n  stage shadow { hold: 1h }\n  stage half {\n    traffic: 50%\n    hold: 1h\n    require rate(errors) <= 1%\n  }\n  stage full { traffic: 100% }\n}";
    const found = (await hints(`${model}${stages}`)).filter(([line]) => line > 8).map(([line, , label]) => [line - 8, label]);
    expect(found).toEqual([
      [1, "otherwise: roll_back, at_most: 14d, require rate(errors) <= control"], [2, "otherwise: roll_back, at_most: 14d"], [7, "hold: 0s, otherwise: roll_back, at_most: 14d"],
    ]);
  });

  it("can be turned off", async () => {
    expect(await hints("service s {\n  model: m\n}", { inlayHints: false })).toEqual([]);
  });
});

describe("signature help", () => {
  it.each([
    ["the first argument", "features f { a = clip(‸) }", "clip(x: number, low: number, high: number): same", "x: number"],
    ["a later argument", "features f { a = clip(x, 0, ‸) }", "clip(x: number, low: number, high: number): same", "high: number"],
    ["an argument by name", "model m { inputs { a = embedding(x, top: ‸) } }", "embedding(value, size:, top:?, buckets:?)", "top:?"],
    ["the inner of two calls", "model m { inputs { a = one_hot(lower(‸), top: 3) } }", "lower(s: string): string", "s: string"],
    ["a list inside", "source s { read: csv(\"a\", missing: [‸]) }", expect.stringMatching(/^csv\(path, …, delimiter:\?, .*missing:\?, .*\)$/) as string, "missing:?"],
  ])("marks %s", async (_what, text, label, parameter) => {
    const { services, document, params } = await open(text);
    const help = (await services.lsp.SignatureHelp!.provideSignatureHelp(document, params))!;
    const signature = help.signatures[0]!;
    expect(signature.label).toEqual(label);
    expect(signature.parameters![signature.activeParameter!]!.label).toBe(parameter);
  });

  it("says nothing outside of calls", async () => {
    const { services, document, params } = await open("label l: bool { is: (‸) }");
    expect(await services.lsp.SignatureHelp!.provideSignatureHelp(document, params)).toBeUndefined();
  });
});

describe("links", () => {
  it("open imports", async () => {
    const { services, document, params, marked } = await open({ "a/main.mlspec": 'import "«../b.mlspec»"', "b.mlspec": "" });
    expect(await services.lsp.DocumentLinkProvider!.getDocumentLinks(document, params)).toMatchObject([{ range: marked[0]!.range, target: uriOf("b.mlspec") }]);
  });
});

describe("selection ranges", () => {
  it("grow from the word to the file", async () => {
    const { document, position } = await open("features f {\n  a = log(pri‸ce) + 1\n}\n");
    const texts: string[] = [];
    for (let range = selectionRanges(document, [position])[0]; range !== undefined; range = range.parent) texts.push(document.textDocument.getText(range.range));
    expect(texts).toEqual(["price", "log(price)", "log(price) + 1", "a = log(price) + 1", "{\n  a = log(price) + 1\n}", "features f {\n  a = log(price) + 1\n}", "features f {\n  a = log(price) + 1\n}\n"]);
  });
});

describe("a shop that is complete", () => {
  it("needs no more than its own vocabulary for all of this", async () => {
    const { services, document, params } = await open(shop, { commands: true });
    expect(document.parseResult.parserErrors).toEqual([]);
    expect((await services.lsp.CodeLensProvider!.provideCodeLens(document, params))!.length).toBeGreaterThan(8);
  });
});
