/** The server over standard input and output, as a client sees it. */
import { afterEach, describe, expect, it } from "vitest";
import type { CompletionList, DocumentSymbol, Hover, Location, LocationLink, SemanticTokens, TextEdit, WorkspaceEdit, WorkspaceSymbol } from "vscode-languageserver";
import { checksRequest, compileRequest, explainRequest, lineageRequest, type CompileResult, type PlacedLineageGraph } from "../../../language-server/lsp/protocol.ts";
import { Editor, has } from "./client.ts";

let editor: Editor | undefined;
const start = async (...args: Parameters<typeof Editor.start>) => (editor = await Editor.start(...args));

afterEach(async () => {
  await editor?.stop();
  editor = undefined;
});

const catalog = "entity product { key: sku }\n";
const shop = `import "./catalog.mlspec"

source purchases {
  read: parquet("purchases.parquet")
  time: bought_at
  columns {
    sku: string -> product
    price: float
    bought_at: timestamp
  }
}

features popularity for product {
  from: purchases
  sales_7d = count() over 7d
}
`;

describe("diagnostics", () => {
  it("come as one types, and go", async () => {
    const { uri, open, change, diagnostics } = bound(await start({}));
    await open("main.mlspec", "source s {\n  read: csv(\"a.csv\")\n  time: att\n  columns { at: timestamp }\n}\n");
    const [first] = await diagnostics("main.mlspec", has("att"));
    expect(first).toMatchObject({ severity: 1, range: { start: { line: 2, character: 8 }, end: { line: 2, character: 11 } }, code: "unresolved-reference" });
    await change("main.mlspec", 2, "source s {\n  read: csv(\"a.csv\")\n  time: at\n  columns { at: timestamp }\n}\n");
    await diagnostics("main.mlspec", (now) => now.every((d) => d.severity !== 1));
    expect(uri("main.mlspec")).toContain("file://");
  });

  it("of one broken block do not silence the others", async () => {
    const { open, diagnostics } = bound(await start({}));
    await open("main.mlspec", "source broken {\n  read: csv(\n\nservice s {\n  model: nobody\n}\n");
    const found = await diagnostics("main.mlspec", (now) => has("nobody")(now) && now.length > 1);
    expect(found.length).toBeGreaterThan(1);
  });

  it("have quick fixes for names that were probably meant", async () => {
    const editor = await start({});
    await editor.open("main.mlspec", "source s {\n  read: csv(\"a.csv\")\n  time: aat\n  columns { at: timestamp }\n}\n");
    const diagnostics = await editor.diagnostics("main.mlspec", has("aat"));
    const actions = await editor.request<{ title: string; edit: WorkspaceEdit }[]>("textDocument/codeAction", {
      textDocument: { uri: editor.uri("main.mlspec") }, range: diagnostics[0]!.range, context: { diagnostics },
    });
    const edits = actions.map((action) => action.edit.changes![editor.uri("main.mlspec")]![0]!.newText);
    expect(edits).toContain("at");
  });
});

describe("files that belong together", () => {
  it("validate again when an imported file is edited but not saved, directly and through others", async () => {
    const { open, change, diagnostics } = bound(await start({
      "catalog.mlspec": catalog,
      "shop.mlspec": shop,
      "top.mlspec": 'import "./shop.mlspec"\nlabel l: float {\n  of: purchases\n  is: price\n}\n',
    }));
    await diagnostics("shop.mlspec", (now) => now.every((d) => d.severity !== 1));
    await open("shop.mlspec", shop);
    await change("shop.mlspec", 2, shop.replace("price: float", "amount: float"));
    await diagnostics("top.mlspec", has("`price`"));
    await open("catalog.mlspec", catalog);
    await change("catalog.mlspec", 2, "entity article { key: sku }\n");
    await diagnostics("shop.mlspec", has("`product`"));
    await change("catalog.mlspec", 3, catalog);
    await diagnostics("shop.mlspec", (now) => !has("`product`")(now));
  });

  it("forget edits that were closed without saving", async () => {
    const { open, change, close, diagnostics } = bound(await start({ "catalog.mlspec": catalog, "shop.mlspec": shop }));
    await open("catalog.mlspec", catalog);
    await change("catalog.mlspec", 2, "");
    await diagnostics("shop.mlspec", has("`product`"));
    await close("catalog.mlspec");
    await diagnostics("shop.mlspec", (now) => !has("`product`")(now));
  });

  it("notice what is created, changed and deleted on disk", async () => {
    const editor = await start({ "shop.mlspec": shop });
    await editor.diagnostics("shop.mlspec", has("catalog.mlspec"));
    await editor.write("catalog.mlspec", catalog);
    await editor.changedOnDisk("catalog.mlspec", 1);
    await editor.diagnostics("shop.mlspec", (now) => !has("catalog.mlspec")(now) && !has("`product`")(now));
    await editor.write("catalog.mlspec", "entity article { key: sku }\n");
    await editor.changedOnDisk("catalog.mlspec", 2);
    await editor.diagnostics("shop.mlspec", has("`product`"));
    await editor.remove("catalog.mlspec");
    await editor.changedOnDisk("catalog.mlspec", 3);
    await editor.diagnostics("shop.mlspec", has("catalog.mlspec"));
  });

  it("are read from the disk when no folder is open", async () => {
    const editor = await start({ "catalog.mlspec": catalog }, {}, false);
    await editor.open("shop.mlspec", shop);
    await editor.diagnostics("shop.mlspec", (now) => now.every((d) => d.severity !== 1));
    const links = await editor.request<LocationLink[]>("textDocument/definition", editor.at("shop.mlspec", 6, 20));
    expect(links).toMatchObject([{ targetUri: editor.uri("catalog.mlspec") }]);
  });

  it("are watched, and nothing else is", async () => {
    const editor = await start({ "shop.mlspec": shop, "catalog.mlspec": catalog });
    await editor.diagnostics("shop.mlspec", () => true);
    const watchers = editor.registrations.filter((r) => r.method === "workspace/didChangeWatchedFiles").map((r) => r.registerOptions as unknown);
    expect(watchers).toEqual([{ watchers: [{ globPattern: "**/*.mlspec" }] }]);
  });

  it("leave out the state folder", async () => {
    const editor = await start({ "shop.mlspec": shop, "catalog.mlspec": catalog, ".mlspec/copy.mlspec": "entity hidden { key: k }", "node_modules/x/x.mlspec": "entity hidden { key: k }" });
    await editor.changedOnDisk(".mlspec/copy.mlspec", 1);
    await editor.changedOnDisk("node_modules/x/x.mlspec", 1);
    await editor.diagnostics("shop.mlspec", () => true);
    expect(await editor.request<WorkspaceSymbol[]>("workspace/symbol", { query: "hidden" })).toEqual([]);
  });
});

describe("the features of an editor", () => {
  it("work over two files on disk", async () => {
    const editor = await start({ "catalog.mlspec": catalog, "shop.mlspec": shop }, { commands: true });
    const { uri, at, request } = bound(editor);
    await editor.open("shop.mlspec", shop);
    await editor.diagnostics("shop.mlspec", (now) => now.every((d) => d.severity !== 1));

    const completion = await request<CompletionList>("textDocument/completion", at("shop.mlspec", 14, 18));
    expect(completion.items.map((item) => item.label)).toContain("count");

    const hover = await request<Hover>("textDocument/hover", at("shop.mlspec", 14, 4));
    expect(JSON.stringify(hover.contents)).toContain("sales_7d: int");

    const definition = await request<LocationLink[]>("textDocument/definition", at("shop.mlspec", 12, 26));
    expect(definition).toMatchObject([{ targetUri: uri("catalog.mlspec"), targetSelectionRange: { start: { line: 0, character: 7 } } }]);

    const references = await request<Location[]>("textDocument/references", { ...at("shop.mlspec", 12, 26), context: { includeDeclaration: true } });
    expect(references.map((r) => [r.uri, r.range.start.line]).sort()).toEqual([[uri("catalog.mlspec"), 0], [uri("shop.mlspec"), 12], [uri("shop.mlspec"), 6]].sort());

    const renamed = await request<WorkspaceEdit>("textDocument/rename", { ...at("shop.mlspec", 12, 26), newName: "article" });
    expect(Object.keys(renamed.changes!).sort()).toEqual([uri("catalog.mlspec"), uri("shop.mlspec")].sort());
    await expect(request("textDocument/rename", { ...at("shop.mlspec", 12, 26), newName: "purchases" })).rejects.toThrow("`purchases` is already the name of a source here");

    const edits = await request<TextEdit[]>("textDocument/formatting", { textDocument: { uri: uri("shop.mlspec") }, options: { tabSize: 8, insertSpaces: false } });
    expect(edits).toEqual([]);

    const symbols = await request<DocumentSymbol[]>("textDocument/documentSymbol", { textDocument: { uri: uri("shop.mlspec") } });
    expect(symbols.map((s) => s.name)).toEqual(["purchases", "popularity"]);
    const tokens = await request<SemanticTokens>("textDocument/semanticTokens/full", { textDocument: { uri: uri("shop.mlspec") } });
    expect(tokens.data.length).toBeGreaterThan(40);
    expect(await request<unknown[]>("textDocument/codeLens", { textDocument: { uri: uri("shop.mlspec") } })).not.toEqual([]);
    expect(await request<unknown[]>("textDocument/foldingRange", { textDocument: { uri: uri("shop.mlspec") } })).not.toEqual([]);
    expect(await request<unknown[]>("textDocument/documentLink", { textDocument: { uri: uri("shop.mlspec") } })).toHaveLength(1);
    expect(await request<unknown[]>("textDocument/selectionRange", { textDocument: { uri: uri("shop.mlspec") }, positions: [{ line: 14, character: 4 }] })).toHaveLength(1);
  });

  it("include the compiled spec, its lineage and the checks' explanations", async () => {
    const editor = await start({ "catalog.mlspec": catalog, "shop.mlspec": shop });
    const compiled = await editor.request<CompileResult>(compileRequest, { uri: editor.uri("shop.mlspec") });
    expect(compiled!.features.map((view) => view.name)).toEqual(["popularity"]);
    const graph = await editor.request<PlacedLineageGraph>(lineageRequest, { uri: editor.uri("shop.mlspec"), name: "sales_7d" });
    expect(graph.nodes.find((node) => node.kind === "feature")!.location).toMatchObject({ uri: editor.uri("shop.mlspec"), range: { start: { line: 14 } } });
    expect(await editor.request<CompileResult>(compileRequest, { uri: editor.uri("nothing.mlspec") })).toBeNull();
    expect(await editor.request<string>(explainRequest, { check: "no-fallback" })).toContain("no-fallback");
    expect(await editor.request<readonly { id: string }[]>(checksRequest, {})).toContainEqual(expect.objectContaining({ id: "no-fallback" }));
  });

  it("complete paths of specs and of data", async () => {
    const editor = await start({ "catalog.mlspec": catalog, "data/a.csv": "x\n", "data/b.png": "", "main.mlspec": "" });
    await editor.open("main.mlspec", 'import "\nsource s {\n  read: csv("data/');
    const specs = await editor.request<CompletionList>("textDocument/completion", editor.at("main.mlspec", 0, 8));
    expect(specs.items.map((item) => item.label).sort()).toEqual(["catalog.mlspec", "data/"]);
    const data = await editor.request<CompletionList>("textDocument/completion", editor.at("main.mlspec", 2, 18));
    expect(data.items.map((item) => item.label)).toEqual(["a.csv"]);
  });
});

describe("the process", () => {
  it("says nothing but the protocol, and ends with 0 after shutdown and exit", async () => {
    const editor = await Editor.start({ "shop.mlspec": shop });
    await editor.diagnostics("shop.mlspec", () => true);
    expect(await editor.stop()).toBe(0);
    expect(editor.errors).toBe("");
  });

  it("ends with 1 when the client goes away without a word", async () => {
    const editor = await Editor.start({});
    editor.process.stdin!.end();
    expect(await editor.exitCode).toBe(1);
    editor.connection.dispose();
  });

  it("stays of use with a file of five megabytes", async () => {
    const feature = (i: number) => `  /// ${"What this is about and how it came to be. ".repeat(4)}\n  feature_${i} = hour_of_day(at) + ${i}\n`;
    const view = (n: number) => `features view_${n} {\n  from: request { q: string, at: timestamp }\n${Array.from({ length: 40 }, (_, i) => feature(i)).join("")}}\n`;
    let text = "";
    for (let n = 0; text.length < 5_000_000; n++) text += view(n);
    const editor = await start({ "small.mlspec": catalog });
    await editor.open("large.mlspec", text);
    await editor.diagnostics("large.mlspec", (now) => now.every((d) => d.severity !== 1));
    const hover = await editor.request<Hover>("textDocument/hover", editor.at("small.mlspec", 0, 8));
    expect(JSON.stringify(hover)).toContain("entity product");
    await editor.change("large.mlspec", 2, `${text}entity {\n`);
    await editor.diagnostics("large.mlspec", (now) => now.some((d) => d.severity === 1));
  });
});

/** The editor's methods as functions. */
function bound(editor: Editor) {
  return {
    uri: editor.uri.bind(editor), at: editor.at.bind(editor), open: editor.open.bind(editor), change: editor.change.bind(editor), close: editor.close.bind(editor),
    diagnostics: editor.diagnostics.bind(editor), request: <R>(method: string, params: unknown) => editor.request<R>(method, params),
  };
}
