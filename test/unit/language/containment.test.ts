/** Mistakes of our own, made on purpose: each costs what it is about, is reported there as ours, and everything else goes on. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { EmptyFileSystem, URI, type LangiumDocument } from "langium";
import { noFallback } from "../../../language-server/checks/no-fallback.ts";
import { Names } from "../../../language-server/language/names.ts";
import { MlspecIndexManager } from "../../../language-server/language/document-builder.ts";
import { createMlspecServices } from "../../../language-server/services.ts";
import { shop } from "./harness.ts";

afterEach(() => vi.restoreAllMocks());

async function validate(files: Readonly<Record<string, string>>): Promise<Record<string, readonly string[]>> {
  const { shared } = createMlspecServices(EmptyFileSystem);
  const documents: LangiumDocument[] = Object.entries(files).map(([name, text]) => shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse(`memory:///${name}`)));
  for (const document of documents) shared.workspace.LangiumDocuments.addDocument(document);
  await shared.workspace.DocumentBuilder.build(documents, { validation: true });
  const shown = (document: LangiumDocument): readonly string[] => (document.diagnostics ?? []).map((d) => `${d.range.start.line}:${d.range.start.character} ${String(d.code)}: ${typeof d.message === "string" ? d.message : d.message.value}`);
  return Object.fromEntries(documents.map((d) => [d.uri.path.slice(1), shown(d)]));
}

const boom = (): never => {
  throw new TypeError("Cannot read properties of undefined (reading 'boom')");
};
const other = `source t {\n  read: csv("t")\n  time: nowhere\n  columns { a: int }\n}\n`;

describe("a mistake of MLSpec's own", () => {
  test("in one declaration: is told at its name, and the others are read", async () => {
    vi.spyOn(Names.prototype, "reusedColumns").mockImplementation((source) => (source.name === "faulty" ? boom() : undefined));
    const { "main.mlspec": found } = await validate({ "main.mlspec": `entity e { key: k }\nsource faulty {\n  read: csv("f")\n  columns { a: int }\n}\n${other}` });
    expect(found).toContainEqual(expect.stringMatching(/^1:7 internal-error: MLSpec made a mistake of its own while reading `faulty`; that part is left out, everything else was looked at\n.*please report it \(TypeError: Cannot read/));
    expect(found).toContainEqual(expect.stringContaining("unresolved-reference: unknown name `nowhere`"));
  });

  test("in one check: is told with the check's name, and the other checks run", async () => {
    vi.spyOn(noFallback, "run").mockImplementation(boom);
    const served = `${shop}\nservice answer { model: ranker }\n`;
    const { "main.mlspec": found = [] } = await validate({ "main.mlspec": served });
    expect(found.filter((f) => f.includes("internal-error"))).toEqual([expect.stringMatching(/^1:7 internal-error: .*running the check `no-fallback` on this file/)]);
    expect(found).toContainEqual(expect.stringContaining("no-evaluation-gate"));
  });

  test("in a whole file: costs that file, not its neighbours", async () => {
    vi.spyOn(MlspecIndexManager.prototype, "updateReferences").mockImplementation((document) => (document.uri.path.includes("unlinked") ? boom() : Promise.resolve()));
    const found = await validate({ "a.mlspec": other, "unlinked.mlspec": other, "c.mlspec": other });
    expect(found["a.mlspec"]).toEqual([expect.stringContaining("unresolved-reference")]);
    expect(found["unlinked.mlspec"]).toContainEqual(expect.stringMatching(/internal-error: .*listing what this file refers to/));
    expect(found["c.mlspec"]).toEqual([expect.stringContaining("unresolved-reference")]);
  });

  test("while a name is looked up: is told at the name", async () => {
    vi.spyOn(Names.prototype, "examplesOf").mockImplementation(boom);
    const { "main.mlspec": found = [] } = await validate({ "main.mlspec": shop + other });
    expect(found).toContainEqual(expect.stringMatching(/internal-error: .*while resolving `/));
    expect(found).toContainEqual(expect.stringContaining("unknown name `nowhere`"));
  });
});
