/**
 * Every shipped spec, mutilated by a seeded generator: whatever stands in a file, it is validated, compiled and checked without an exception,
 * no message speaks of the program's insides, and every problem lies in the file. MLSPEC_MUTATIONS=20000 tries that many,
 * MLSPEC_SEED another series.
 */
import { describe, expect, test } from "vitest";
import { EmptyFileSystem, URI, type LangiumDocument } from "langium";
import type { Diagnostic } from "../../../language-server/validation/problem.ts";
import { Compile } from "typebox/compile";
import * as Value from "typebox/value";
import { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { createMlspecServices } from "../../../language-server/services.ts";
import { catalog, corpus } from "./corpus.ts";
import { mutated, random, wordsOfAProgram } from "./mutate.ts";

const runs = Number(process.env["MLSPEC_MUTATIONS"] ?? 1000);
const seed = Number(process.env["MLSPEC_SEED"] ?? 20260);

interface Validated {
  readonly document: LangiumDocument;
  readonly spec: CompiledSpec;
}

const schema = Compile(CompiledSpec);

async function validator(): Promise<(text: string) => Promise<Validated>> {
  const { shared, mlspec } = createMlspecServices(EmptyFileSystem);
  const { DocumentBuilder, LangiumDocumentFactory, LangiumDocuments } = shared.workspace;
  const library = LangiumDocumentFactory.fromString(catalog, URI.parse("memory:///catalog.mlspec"));
  LangiumDocuments.addDocument(library);
  await DocumentBuilder.build([library], { validation: true });
  const uri = URI.parse("memory:///mutated.mlspec");
  return async (text) => {
    if (LangiumDocuments.hasDocument(uri)) await DocumentBuilder.update([], [uri]);
    const document = LangiumDocumentFactory.fromString(text, uri);
    LangiumDocuments.addDocument(document);
    await DocumentBuilder.build([document], { validation: true });
    return { document, spec: mlspec.compile.Elaborations.compile(document) };
  };
}

const messagesOf = (d: Diagnostic): readonly string[] => [typeof d.message === "string" ? d.message : d.message.value, ...(d.relatedInformation ?? []).map((r) => r.message), ...((d.data as { fixes?: { title: string }[] } | undefined)?.fixes ?? []).map((f) => f.title)];

/** With or without errors, what is left is a compiled spec: its numbers are numbers. */
const notCompiled = (spec: CompiledSpec): string[] => (schema.Check(spec) ? [] : Value.Errors(CompiledSpec, spec).slice(0, 1).map((e) => `compiled: ${JSON.stringify(e)}`));

function complaints({ document, spec }: Validated): string[] {
  return [...wrongProblems(document), ...notCompiled(spec)];
}

function wrongProblems(document: LangiumDocument): string[] {
  const text = document.textDocument.getText();
  const end = document.textDocument.positionAt(text.length);
  return (document.diagnostics ?? []).flatMap((d) => {
    const wrong: string[] = [];
    if (d.code === "internal-error") wrong.push(`internal-error: ${messagesOf(d)[0]}`);
    for (const message of messagesOf(d)) if (wordsOfAProgram(message.replaceAll(/`[^`]*`/g, "``")) !== undefined || wordsOfAProgram(message) !== undefined && wordsOfAProgram(text) === undefined) wrong.push(message);
    const { range: { start, end: to } } = d;
    if (start.line < 0 || start.character < 0 || to.line > end.line || (to.line === end.line && to.character > end.character) || to.line < start.line || (to.line === start.line && to.character < start.character)) wrong.push(`range ${JSON.stringify(d.range)} of ${messagesOf(d)[0]}`);
    return wrong;
  });
}

describe("mutilated specs", () => {
  test(`${runs} of them (seed ${seed})`, async () => {
    const pick = random(seed);
    const validate = await validator();
    const failed = new Map<string, string>();
    for (let n = 0; n < runs; n++) {
      const text = mutated(corpus, pick);
      const found = await validate(text).then(complaints, (error: unknown) => [`throws ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" ") : String(error)}`]);
      for (const what of found) if (!failed.has(what)) failed.set(what, text);
    }
    expect([...failed].slice(0, 20)).toEqual([]);
  }, 60_000 + runs * 100);
});
