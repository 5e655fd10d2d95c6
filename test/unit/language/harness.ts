/**
 * Specs in memory. `check` reads what is expected from the spec itself: a comment `//~ code: part of the message` at the end of a
 * line says that this line has that problem; every line without one has none. `«…»` marks the range it should have.
 */
import { EmptyFileSystem, URI, type LangiumDocument } from "langium";
import { expect } from "vitest";
import type { Diagnostic } from "vscode-languageserver-types";
import type { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { createMlspecServices } from "../../../language-server/services.ts";
import type { Problem } from "../../../language-server/validation/problem.ts";
import type { MlspecValidator } from "../../../language-server/validation/validator.ts";

export const services = () => createMlspecServices(EmptyFileSystem);

export interface OpenSpec {
  readonly document: LangiumDocument;
  readonly problems: readonly Problem[];
  readonly diagnostics: readonly Diagnostic[];
  readonly spec: CompiledSpec;
}

/** Files by name; the first is the one that is opened. */
export async function open(files: Readonly<Record<string, string>> | string): Promise<OpenSpec> {
  const { shared, mlspec } = services();
  const texts = typeof files === "string" ? { "main.mlspec": files } : files;
  const documents = Object.entries(texts).map(([name, text]) => {
    const document = shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse(`memory:///${name}`));
    shared.workspace.LangiumDocuments.addDocument(document);
    return document;
  });
  await shared.workspace.DocumentBuilder.build(documents, { validation: true });
  const [document] = documents;
  if (document === undefined) throw new Error("a test needs at least one file");
  const problems = await (mlspec.validation.DocumentValidator as MlspecValidator).problemsOf(document);
  return { document, problems, diagnostics: document.diagnostics ?? [], spec: mlspec.compile.Elaborations.compile(document) };
}

/** The compiled spec of a text without problems. */
export async function compile(text: string): Promise<CompiledSpec> {
  const { spec, problems } = await open(text);
  expect(problems.map((p) => `${p.range.start.line + 1}: ${p.code}: ${p.message}`)).toEqual([]);
  return spec;
}

const expectation = /\s*\/\/~ (.*)$/;

export async function check(marked: string, others: Readonly<Record<string, string>> = {}): Promise<void> {
  const lines = marked.split("\n");
  const wanted = lines.flatMap((line, n) => (expectation.exec(line)?.[1] ?? "").split(" & ").filter((t) => t !== "").map((t) => `${n + 1} ${t}`));
  const text = lines.map((line) => line.replace(expectation, "").replace(/[«»]/g, "")).join("\n");
  const { problems } = await open({ "main.mlspec": text, ...others });
  const found = problems.map((p) => `${p.range.start.line + 1} ${p.code}: ${p.message}`);
  const missing = wanted.filter((w) => !found.some((f) => matches(f, w)));
  const surplus = found.filter((f) => !wanted.some((w) => matches(f, w)));
  expect({ missing, surplus }, marked).toEqual({ missing: [], surplus: [] });
  checkRanges(lines.map((line) => line.replace(expectation, "")), problems);
}

/** `3 type-mismatch: cannot add` matches a longer message. */
function matches(found: string, wanted: string): boolean {
  const [head = "", ...part] = wanted.split(": ");
  return found.startsWith(`${head}:`) && found.includes(part.join(": "));
}

function checkRanges(lines: readonly string[], problems: readonly Problem[]): void {
  for (const [n, line] of lines.entries()) {
    const from = line.indexOf("«");
    if (from < 0) continue;
    const to = line.indexOf("»") - 1;
    const ranges = problems.filter((p) => p.range.start.line === n).map((p) => [p.range.start.character, p.range.end.character]);
    expect(ranges, line).toContainEqual([from, to]);
  }
}

/** Enough of a spec for one expression to stand in: an event source with every type, an entity, a dataset. */
export const shop = `
entity product { key: sku }
source sales {
  read: parquet("sales.parquet")
  time: at
  columns {
    sku: string -> product
    price: float
    cost: float?
    count: int
    country: string
    comment: string?
    gift: bool
    day: date
    at: timestamp
    waited: duration
  }
}
features recent for product {
  from: sales
  sold = count() over 7d
  revenue = sum(price) over 28d
}
label bought: bool {
  of: sales
  is: gift
}
dataset examples {
  examples: sales
  label: bought
  features: [recent.*, sales.price, sales.count, sales.country, sales.waited, sales.cost, sales.comment, sales.gift]
}
model ranker {
  predict: bought from examples
}
`;
