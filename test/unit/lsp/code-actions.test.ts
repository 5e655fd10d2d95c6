/** Quick fixes: what is offered for the diagnostics of a text, and the text that comes out. */
import { describe, expect, it } from "vitest";
import type { CodeAction, Diagnostic } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { InitializationOptions } from "../../../language-server/lsp/protocol.ts";
import { open, shop, uriOf } from "./workspace.ts";

interface Offered {
  readonly diagnostics: readonly Diagnostic[];
  readonly actions: readonly CodeAction[];
  /** The main file after the action of this title. */
  readonly after: (title: string) => string;
}

async function offered(files: string | Record<string, string>, options: InitializationOptions = {}): Promise<Offered> {
  const { services, document, params } = await open(files, options);
  const diagnostics = document.diagnostics ?? [];
  const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
  const actions = (await services.lsp.CodeActionProvider!.getCodeActions(document, { ...params, range, context: { diagnostics } })) as CodeAction[];
  const after = (title: string) => {
    const action = actions.find((a) => a.title === title);
    if (action === undefined) throw new Error(`no action "${title}" among ${JSON.stringify(actions.map((a) => a.title))} for ${JSON.stringify(diagnostics.map((d) => d.message))}`);
    return TextDocument.applyEdits(document.textDocument, action.edit!.changes![document.textDocument.uri]!);
  };
  return { diagnostics, actions, after };
}

const fixed: readonly [what: string, text: string, title: string, after: string][] = [
  ["a misspelt name", "source s {\n  read: csv(\"a\")\n  time: att\n  columns { at: timestamp }\n}\n", "Change to `at`", "source s {\n  read: csv(\"a\")\n  time: at\n  columns { at: timestamp }\n}\n"],
  ["a misspelt property", "entity e { kye: id }\n", "Change to `key`", "entity e { key: id }\n"],
  ["a misspelt function", "source s {\n  read: cvs(\"a\")\n  columns { a: int }\n}\n", "Change to `csv`", "source s {\n  read: csv(\"a\")\n  columns { a: int }\n}\n"],
  ["a misspelt type", "source s {\n  read: csv(\"a\")\n  columns { a: strnig }\n}\n", "Change to `string`", "source s {\n  read: csv(\"a\")\n  columns { a: string }\n}\n"],
  ["a missing property", "service s {\n  timeout: 5ms\n}\n", "Add `model: ranker`", "service s {\n  model: ranker\n  timeout: 5ms\n}\n"],
  ["a missing property in a block on one line", "slo s of r { respond { detect: 5m } }\n", "Add `decide: 10m`", "slo s of r { respond { decide: 10m, detect: 5m } }\n"],
];

describe("quick fixes", () => {
  it.each(fixed)("mend %s", async (_what, text, title, after) => {
    expect((await offered(text)).after(title)).toBe(after);
  });

  it("import a name that another file declares", async () => {
    const { after } = await offered({ "main.mlspec": "features f for product {\n  from: s\n}\n", "catalog.mlspec": "entity product { key: sku }\n" });
    expect(after("Import entity product from ./catalog.mlspec")).toBe('import "./catalog.mlspec"\n\nfeatures f for product {\n  from: s\n}\n');
  });

  it("follow from the finding of a check", async () => {
    const text = shop.replace("sales_7d = count() over 7d", "sales_7d = count() over -1d..1d");
    const { diagnostics, actions } = await offered(text);
    const leak = diagnostics.find((d) => d.code === "leakage-through-time")!;
    expect(leak.data).toMatchObject({ check: "leakage-through-time", fixes: [{ edits: [{ uri: uriOf("main.mlspec") }] }] });
    const fix = actions.find((a) => a.isPreferred === true && a.diagnostics?.includes(leak))!;
    expect(Object.keys(fix.edit!.changes!)).toEqual([uriOf("main.mlspec")]);
  });
});

describe("the finding of a check", () => {
  const leaking = shop.replace("sales_7d = count() over 7d", "sales_7d = count() over -1d..1d");

  it("can be silenced, for which the author gives the reason", async () => {
    const { after } = await offered(leaking);
    const lines = after("Silence `leakage-through-time` here, with a reason").split("\n");
    const at = lines.findIndex((line) => line.includes("mlspec-ignore"));
    expect(lines[at]).toBe("  // mlspec-ignore leakage-through-time: ");
    expect(lines[at + 1]).toContain("sales_7d");
  });

  it("is explained by a client that can, from the code's link too", async () => {
    const { diagnostics, actions } = await offered(leaking, { commands: true });
    expect(actions.find((a) => a.title === "Explain `leakage-through-time`")!.command).toMatchObject({ command: "mlspec.explainCheck", arguments: ["leakage-through-time"] });
    const link = diagnostics.find((d) => d.code === "leakage-through-time")!.codeDescription!.href;
    expect(decodeURIComponent(link)).toBe('command:mlspec.explainCheck?["leakage-through-time"]');
  });

  it("has no link that a plain client could not follow", async () => {
    const { diagnostics, actions } = await offered(leaking);
    expect(diagnostics.every((d) => d.codeDescription === undefined)).toBe(true);
    expect(actions.every((a) => a.command === undefined)).toBe(true);
  });
});
