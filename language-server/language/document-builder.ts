import {
  DefaultDocumentBuilder, DefaultIndexManager, DocumentState, isOperationCancelled, type BuildOptions, type Cancellation, type LangiumDocument,
  type LangiumSharedCoreServices, type MaybePromise,
} from "langium";
import { defect } from "../validation/defect.ts";
import type { Problem } from "../validation/problem.ts";
import { failureOf } from "./document-factory.ts";
import { importsOf, resolveImport, specOf } from "./imports.ts";
import { preludeText, preludeUri } from "./prelude.ts";

const doing: Readonly<Partial<Record<DocumentState, string>>> = {
  [DocumentState.IndexedContent]: "listing what this file declares", [DocumentState.ComputedScopes]: "listing the names of this file",
  [DocumentState.Linked]: "resolving the names of this file", [DocumentState.IndexedReferences]: "listing what this file refers to", [DocumentState.Validated]: "checking this file",
};

/**
 * Loads what a file imports before it is linked, from wherever it lies, so that a file opened outside of any workspace
 * folder works too; and makes sure that the prelude is there.
 */
export class MlspecDocumentBuilder extends DefaultDocumentBuilder {
  private readonly failures = new WeakMap<LangiumDocument, Map<DocumentState, unknown>>();

  /** What failed in MLSpec itself while this file was read and linked. */
  defectsOf(document: LangiumDocument): readonly Problem[] {
    const failure = failureOf(document);
    const later = [...(this.failures.get(document) ?? [])].map(([state, error]) => defect(doing[state] ?? "looking at this file", error));
    return failure === undefined ? later : [defect("reading this file", failure), ...later];
  }

  /** One file that fails costs nothing but itself: the others go on, and it is looked at as far as it goes. */
  protected override runCancelable(documents: LangiumDocument[], state: DocumentState, cancelToken: Cancellation.CancellationToken, callback: (document: LangiumDocument) => MaybePromise<unknown>): Promise<void> {
    return super.runCancelable(documents, state, cancelToken, async (document) => {
      const failures = this.failures.get(document) ?? new Map<DocumentState, unknown>();
      this.failures.set(document, failures);
      failures.delete(state);
      try {
        await callback(document);
      } catch (error) {
        if (isOperationCancelled(error)) throw error;
        failures.set(state, error);
      }
    });
  }

  protected override async buildDocuments(documents: LangiumDocument[], options: BuildOptions, cancelToken: Cancellation.CancellationToken): Promise<void> {
    const all = new Map(documents.map((d) => [d.uri.toString(), d]));
    this.addPrelude(all);
    for (const document of all.values()) {
      await this.runCancelable([document], DocumentState.Parsed, cancelToken, (d) => this.langiumDocumentFactory.update(d, cancelToken));
      await this.addImports(document, all);
    }
    await super.buildDocuments([...all.values()], options, cancelToken);
  }

  private addPrelude(all: Map<string, LangiumDocument>): void {
    if (this.langiumDocuments.hasDocument(preludeUri)) return;
    const prelude = this.langiumDocumentFactory.fromString(preludeText, preludeUri);
    this.langiumDocuments.addDocument(prelude);
    all.set(preludeUri.toString(), prelude);
  }

  private async addImports(document: LangiumDocument, all: Map<string, LangiumDocument>): Promise<void> {
    for (const { uri } of importsOf(document, this.langiumDocuments)) {
      if (uri === undefined || this.langiumDocuments.hasDocument(uri)) continue;
      try {
        all.set(uri.toString(), await this.langiumDocuments.getOrCreateDocument(uri));
      } catch {
        // The file is not there: validation says so, at the import.
      }
    }
  }
}

export class MlspecIndexManager extends DefaultIndexManager {
  private affected = new WeakMap<Set<string>, ReadonlySet<string>>();

  constructor(services: LangiumSharedCoreServices) {
    super(services);
  }

  /** Langium relinks direct dependants only; here whatever imports a changed file, through any number of files, is affected. */
  override isAffected(document: LangiumDocument, changedUris: Set<string>): boolean {
    let affected = this.affected.get(changedUris);
    if (affected === undefined) {
      affected = this.importers(changedUris);
      this.affected.set(changedUris, affected);
    }
    return affected.has(document.uri.toString());
  }

  private importers(changed: ReadonlySet<string>): ReadonlySet<string> {
    const importedBy = new Map<string, string[]>();
    for (const document of this.documents.all) {
      for (const node of specOf(document).imports ?? []) {
        const target = typeof node.path === "string" ? resolveImport(document.uri, node.path) : undefined;
        if (target === undefined) continue;
        const importers = importedBy.get(target.toString()) ?? [];
        importers.push(document.uri.toString());
        importedBy.set(target.toString(), importers);
      }
    }
    const found = new Set(changed);
    for (const uri of found) for (const importer of importedBy.get(uri) ?? []) found.add(importer);
    return found;
  }
}
