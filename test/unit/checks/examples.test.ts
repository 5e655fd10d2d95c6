/** The examples of every explanation, through the real compiler: what is shown as failing fails, what is shown as mended does not. */
import { EmptyFileSystem, URI } from "langium";
import { describe, expect, test } from "vitest";
import type { CompiledSpec, Origin } from "../../../grammar/compiled-spec/index.ts";
import { exampleSpec } from "../../../language-server/checks/example.ts";
import type { Check } from "../../../language-server/checks/finding.ts";
import { checks } from "../../../language-server/checks/index.ts";
import { runChecks } from "../../../language-server/checks/run-checks.ts";
import { Elaborations } from "../../../language-server/compile/elaborations.ts";
import { specOf } from "../../../language-server/language/imports.ts";
import { createMlspecServices } from "../../../language-server/services.ts";

/** The compiled spec, and what the compiler has to complain about. */
async function compile(text: string): Promise<{ readonly spec: CompiledSpec; readonly problems: readonly string[] }> {
  const { shared, mlspec } = createMlspecServices(EmptyFileSystem);
  const document = shared.workspace.LangiumDocumentFactory.fromString(text, URI.parse("file:///example.mlspec"));
  shared.workspace.LangiumDocuments.addDocument(document);
  await shared.workspace.DocumentBuilder.build([document], { validation: false });
  const elaborations = new Elaborations(mlspec);
  const problems = specOf(document).declarations.flatMap((declaration) => elaborations.elaboration.problemsOf(declaration)).map(({ message }) => message);
  return { spec: elaborations.compile(document), problems: [...document.parseResult.parserErrors.map(({ message }) => message), ...problems] };
}

/** The last declaration that begins before it is of one of the kinds; `unused-suppression` stands in none. */
function isIn({ range: [line] }: Origin, spec: CompiledSpec, kinds: Check["foundIn"]): boolean {
  const { version: _, files: _files, suppressions: _suppressions, expressions: _expressions, ...all } = spec;
  const before = Object.entries(all).flatMap(([kind, declared]) => declared.map(({ origin }) => ({ kind, line: origin.range[0] }))).filter((d) => d.line <= line);
  return kinds.length === 0 || kinds.some((kind) => kind === before.toSorted((a, b) => b.line - a.line)[0]?.kind);
}

describe.each(checks.map((check) => [check.id, check] as const))("the examples of %s", (id, { explanation, severity, foundIn }) => {
  test("fail", async () => {
    const { spec, problems } = await compile(exampleSpec(explanation.failing));
    expect(problems).toEqual([]);
    const found = runChecks(spec).filter(({ check }) => check === id);
    expect(found.map((finding) => finding.severity)).toEqual([severity]);
    expect(found.filter(({ origin }) => !isIn(origin, spec, foundIn))).toEqual([]);
  });

  test("are mended", async () => {
    const { spec, problems } = await compile(exampleSpec(explanation.mended));
    expect(problems).toEqual([]);
    expect(runChecks(spec).filter(({ severity: found }) => found !== "info")).toEqual([]);
  });
});

describe("a fix", () => {
  const fixable = checks.filter(({ id }) => ["leakage-through-time", "window-exceeds-retention", "feature-not-online", "no-fallback", "stage-underpowered"].includes(id));

  test.each(fixable.map((check) => [check.id, check] as const))("of %s, applied to the failing example, mends it", async (id, { explanation }) => {
    const text = exampleSpec(explanation.failing);
    const { spec } = await compile(text);
    const fix = runChecks(spec).find(({ check }) => check === id)?.fix;
    const fixed = await compile(apply(text, fix?.edits ?? []));
    expect(fixed.problems).toEqual([]);
    expect(runChecks(fixed.spec).filter(({ check }) => check === id)).toEqual([]);
  });
});

function apply(text: string, edits: readonly { readonly origin: { readonly range: readonly [number, number, number, number] }; readonly newText: string }[]): string {
  const lines = text.split("\n");
  const offset = (line: number, character: number) => lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, character);
  return edits.reduce((result, { origin: { range: [l0, c0, l1, c1] }, newText }) => result.slice(0, offset(l0, c0)) + newText + result.slice(offset(l1, c1)), text);
}
