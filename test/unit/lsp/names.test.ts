/** Definition, references, highlights, rename, symbols: whatever goes by names. */
import { describe, expect, it } from "vitest";
import type { DocumentSymbol, Location, WorkspaceEdit } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { open, shop, uriOf, type Workspace } from "./workspace.ts";

const catalog = "entity «product» { key: sku }\nrole lead { members: [] }\n";

async function definition(files: string | Record<string, string>) {
  const workspace = await open(files);
  const links = await workspace.services.lsp.DefinitionProvider!.getDefinition(workspace.document, workspace.params);
  return { workspace, found: (links ?? []).map((link) => ({ uri: link.targetUri, range: link.targetSelectionRange })) };
}

async function references(files: string | Record<string, string>): Promise<{ workspace: Workspace; found: Location[] }> {
  const workspace = await open(files);
  const found = await workspace.services.lsp.ReferencesProvider!.findReferences(workspace.document, { ...workspace.params, context: { includeDeclaration: true } });
  return { workspace, found };
}

const byPlace = (a: Location, b: Location) => a.uri.localeCompare(b.uri) || a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;

describe("definition", () => {
  it.each([
    ["a declaration", "entity «product» { key: sku }\nfeatures f for prod‸uct { from: s }"],
    ["a column of a source", "source s {\n  columns {\n    «price»: float\n  }\n}\nfeatures f {\n  from: s\n  a = log(pri‸ce)\n}"],
    ["a feature after a dot", "source s {\n  columns { p: float }\n}\nfeatures f {\n  from: s\n  «a» = log(p)\n}\nlabel l: float {\n  of: s\n  is: p\n}\ndataset d {\n  examples: s\n  label: l\n  features: [f.a‸]\n}"],
    ["a fallback", "model m {\n  fallback «usual» = 0.5\n}\nservice s {\n  model: m\n  otherwise: m.us‸ual\n}"],
    ["a stage before which an approval is needed", "role lead { members: [] }\nrollout r of m on s {\n  stage «ramp» { traffic: 10% }\n}\npolicy p { require approval(lead) before ra‸mp }"],
  ])("of %s", async (_what, text) => {
    const { workspace, found } = await definition(text);
    expect(found).toEqual(workspace.marked);
  });

  it("leads to another file", async () => {
    const { workspace, found } = await definition({ "main.mlspec": 'import "./catalog.mlspec"\nfeatures f for produ‸ct { from: s }', "catalog.mlspec": catalog });
    expect(found).toEqual(workspace.marked);
  });

  it("of an import is the file", async () => {
    const { found } = await definition({ "main.mlspec": 'import "./cata‸log.mlspec"', "catalog.mlspec": catalog });
    expect(found).toMatchObject([{ uri: uriOf("catalog.mlspec") }]);
  });

  it("of a built-in name is nowhere", async () => {
    const { found } = await definition(`${shop}evaluation e of ranker { metrics: [au‸c] }`);
    expect(found).toEqual([]);
  });
});

describe("references", () => {
  it("are found over all files, from a use", async () => {
    const { workspace, found } = await references({
      "catalog.mlspec": catalog,
      "a.mlspec": 'import "./catalog.mlspec"\nfeatures f for «prod‸uct» { from: s }',
      "b.mlspec": 'import "./catalog.mlspec"\nsource s {\n  columns { sku: string -> «product» }\n}',
      "c.mlspec": "entity product { key: sku }",
    });
    expect(found.toSorted(byPlace)).toEqual([...workspace.marked].toSorted(byPlace));
  });

  it("of a column include windows, labels and inputs", async () => {
    const { workspace, found } = await references(
      "source s {\n  columns {\n    «pri‸ce»: float\n    at: timestamp\n  }\n  expect { require «price» > 0 }\n}\nfeatures f {\n  from: s\n  a = log(«price»)\n}\nlabel l: bool {\n  of: s\n  is: «price» > 3\n}\n"
      + "dataset d {\n  examples: s\n  label: l\n  features: [s.«price»]\n}\nmodel m {\n  predict: l from d\n  inputs { p = standardize(s.«price») }\n}",
    );
    expect(found.toSorted(byPlace)).toEqual([...workspace.marked].toSorted(byPlace));
  });

  it("are marked in the file", async () => {
    const workspace = await open("source «s» {\n  columns { a: int }\n}\nfeatures f {\n  from: «‸s»\n}");
    const found = await workspace.services.lsp.DocumentHighlightProvider!.getDocumentHighlight(workspace.document, workspace.params);
    expect(found!.map((h) => h.range)).toEqual(workspace.marked.map((m) => m.range));
  });
});

async function rename(files: string | Record<string, string>, newName: string): Promise<Record<string, string>> {
  const workspace = await open(files);
  const provider = workspace.services.lsp.RenameProvider!;
  await provider.prepareRename(workspace.document, workspace.params);
  const edit = (await provider.rename(workspace.document, { ...workspace.params, newName })) as WorkspaceEdit;
  return Object.fromEntries(Object.entries(edit.changes ?? {}).map(([uri, edits]) => [uri, TextDocument.applyEdits(workspace.file(uri.slice(uriOf("").length)).textDocument, edits)]));
}

describe("rename", () => {
  it("changes every use in every file", async () => {
    const main = 'import "./catalog.mlspec"\nsource s {\n  columns { sku: string -> prod‸uct }\n}\n';
    expect(await rename({ "main.mlspec": main, "catalog.mlspec": "entity product { key: sku }" }, "article")).toEqual({
      [uriOf("main.mlspec")]: 'import "./catalog.mlspec"\nsource s {\n  columns { sku: string -> article }\n}\n',
      [uriOf("catalog.mlspec")]: "entity article { key: sku }",
    });
  });

  it("changes a column where it is used", async () => {
    const text = "source s {\n  columns { price: float }\n}\nfeatures f {\n  from: s\n  a = log(pri‸ce)\n}\n";
    expect(await rename(text, "amount")).toEqual({ [uriOf("main.mlspec")]: "source s {\n  columns { amount: float }\n}\nfeatures f {\n  from: s\n  a = log(amount)\n}\n" });
  });

  it.each([
    ["a built-in name", `${shop}evaluation e of ranker { metrics: [au‸c] }`, "x", "`auc` is built in"],
    ["to what is no name", "entity pro‸duct { key: sku }", "7up", "`7up` is not a name"],
    ["to a word of the language", "entity pro‸duct { key: sku }", "source", "`source` is a word of the language"],
    ["to a name that another column has", "source s {\n  columns { pri‸ce: float, amount: float }\n}", "amount", "`amount` is already the name of a column here"],
    ["to a name that another declaration has", "entity pro‸duct { key: sku }\nrole lead { members: [] }", "lead", "`lead` is already the name of a role here"],
    ["to a name that means something else where it is used", "source s {\n  columns { price: float }\n}\nfeatures f {\n  from: s\n  a‸a = log(price)\n  b = aa + 1\n}", "price", "`price` already means a column where `aa` is used (line 7)"],
  ])("is refused for %s", async (_what, text, newName, reason) => {
    await expect(rename(text, newName)).rejects.toThrow(reason);
  });

  it("is refused for a name that an importing file has", async () => {
    const files = { "main.mlspec": "entity pro‸duct { key: sku }", "other.mlspec": 'import "./main.mlspec"\nentity article { key: a }' };
    await expect(rename(files, "article")).rejects.toThrow("`article` is already the name of an entity here");
  });
});

describe("symbols", () => {
  it("of a document are its declarations with columns, definitions and stages", async () => {
    const { services, document, params } = await open(
      "source s {\n  columns {\n    a: int?\n    b: string -> e\n  }\n}\nfeatures f {\n  from: request { q: string }\n  g = length(q)\n}\nmodel m {\n  inputs { x = standardize(g) }\n  fallback usual = 0.5\n}\nrollout r of m on v {\n  stage ramp { traffic: 10% }\n}",
    );
    const outline = (symbols: readonly DocumentSymbol[]): unknown[] => symbols.map((s) => [s.name, s.detail, ...outline(s.children ?? [])]);
    expect(outline((await services.lsp.DocumentSymbolProvider!.getSymbols(document, params)))).toEqual([
      ["s", "source", ["a", "int?"], ["b", "string → e"]],
      ["f", "features", ["q", "string"], ["g", ""]],
      ["m", "model", ["inputs", "", ["x", ""]], ["usual", "fallback"]],
      ["r", "rollout", ["ramp", "stage"]],
    ]);
  });

  it("of a workspace are found by a part of their name, columns too", async () => {
    const { services } = await open({ "main.mlspec": shop, "b.mlspec": "entity salesman { key: id }" });
    const found = await services.shared.lsp.WorkspaceSymbolProvider!.getSymbols({ query: "sal" });
    expect(found.map((s) => [s.name, s.containerName])).toEqual([["sales_7d", "popularity"], ["sales", "ranker.inputs"], ["salesman", undefined]]);
  });
});
