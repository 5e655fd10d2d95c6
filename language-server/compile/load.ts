/** Specs without an editor: read from disk, linked, checked, compiled. */
import { URI, type LangiumDocument } from "langium";
import { resolve } from "node:path";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../runtime/errors.ts";
import { failureOf } from "../language/document-factory.ts";
import { isSpecName, notASpec, specFiles } from "../language/spec-files.ts";
import { createMlspecServices, type MlspecServices } from "../services.ts";
import type { Diagnostic, DiagnosticData, Range } from "../validation/problem.ts";
import { pathOf } from "./compile.ts";

/** A diagnostic of the language or the finding of a check. Lines and characters count from 0. */
export interface SpecProblem {
  readonly file: string;
  readonly range: Range;
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly related: readonly { readonly file: string; readonly range: Range; readonly message: string }[];
  /** Set for the finding of a check. */
  readonly check: string | null;
  /** Where in MLSpec it went wrong, for an `internal-error`. */
  readonly defect?: string;
}

export interface LoadedSpec {
  /** Complete when no problem is an error; else without what the errors concern. */
  readonly spec: CompiledSpec;
  /** Of the file and of everything it imports. */
  readonly problems: readonly SpecProblem[];
  readonly files: readonly string[];
}

export interface LoadOptions {
  /** Shared between calls they keep parsed files; the caller then says when a file changed. */
  readonly services?: MlspecServices;
  /** The text of a file in place of what is on the disk; nothing need be there. */
  readonly given?: { readonly file: string; readonly text: string };
}

export const headlessServices = (): MlspecServices => createMlspecServices(specFiles).mlspec;

export async function loadSpec(path: string, options: LoadOptions = {}): Promise<LoadedSpec> {
  const services = options.services ?? headlessServices();
  const [document] = await open([path], services);
  if (document === undefined) throw new MlspecError("file-not-found", `cannot read ${path}`);
  const failure = failureOf(document);
  if (failure instanceof MlspecError) throw failure;
  const documents = services.compile.Elaborations.documentsOf(document);
  return { spec: services.compile.Elaborations.compile(document), problems: documents.flatMap(problemsIn), files: documents.map((d) => pathOf(d.uri)) };
}

export interface LoadedWorkspace {
  /** Each file once, also those that were only imported. */
  readonly problems: readonly SpecProblem[];
  readonly files: readonly string[];
}

/** Many files sharing one index; what they import is loaded, and reported on, once. */
export async function loadWorkspace(paths: readonly string[], options: LoadOptions = {}): Promise<LoadedWorkspace> {
  const services = options.services ?? headlessServices();
  const { given } = options;
  if (given !== undefined) services.shared.workspace.LangiumDocuments.createDocument(URI.file(given.file), given.text);
  const opened = await open(paths, services);
  const documents = [...services.language.Names.graph.closure(...opened)];
  return { problems: documents.flatMap(problemsIn), files: documents.map((d) => pathOf(d.uri)) };
}

async function open(paths: readonly string[], services: MlspecServices): Promise<LangiumDocument[]> {
  const { LangiumDocuments, DocumentBuilder } = services.shared.workspace;
  const documents = await Promise.all([...new Set(paths.map((p) => resolve(p)))].map((path) => {
    if (!isSpecName(path)) throw new MlspecError("not-a-spec", notASpec(path), { where: { file: path }, hint: "Name a spec, or a folder that holds some." });
    return LangiumDocuments.getOrCreateDocument(URI.file(path));
  }));
  await DocumentBuilder.build(documents, { validation: true });
  return documents;
}

const severityNames = ["error", "error", "warning", "info", "info"] as const;

function problemsIn(document: LangiumDocument): SpecProblem[] {
  return (document.diagnostics ?? []).map((d) => problemOf(d, document));
}

function problemOf(d: Diagnostic, document: LangiumDocument): SpecProblem {
  const { hint = null, check = null, defect } = (d.data ?? {}) as Partial<DiagnosticData>;
  return {
    file: pathOf(document.uri), range: d.range, severity: severityNames[d.severity ?? 1] ?? "error", code: String(d.code ?? "unknown"), hint, check,
    message: plain(d.message, hint), ...(defect === undefined ? {} : { defect }),
    related: (d.relatedInformation ?? []).map((r) => ({ file: pathOf(URI.parse(r.location.uri)), range: r.location.range, message: r.message })),
  };
}

/** In the editor the hint ends the message; here it stands on its own. */
function plain(message: Diagnostic["message"], hint: string | null): string {
  const text = typeof message === "string" ? message : message.value;
  return hint === null ? text : text.slice(0, -hint.length - 1);
}
