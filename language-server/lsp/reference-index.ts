/**
 * Who refers to what, by target. Langium's index compares every reference of the workspace with the target of a search; the
 * "N uses" lenses search once per declaration, which made that quadratic. Here a search costs one look-up per file.
 */
import { AstUtils, stream, type AstNode, type LangiumDocument, type ReferenceDescription, type Stream, type URI } from "langium";
import type { CancellationToken } from "vscode-languageserver";
import { MlspecIndexManager } from "../language/document-builder.ts";

export class ReferenceIndex extends MlspecIndexManager {
  /** Source file → target (file and path) → references. */
  readonly #byTarget = new Map<string, ReadonlyMap<string, readonly ReferenceDescription[]>>();

  override async updateReferences(document: LangiumDocument, cancelToken?: CancellationToken): Promise<void> {
    await super.updateReferences(document, cancelToken);
    const uri = document.uri.toString();
    const references = this.referenceIndex.get(uri) ?? [];
    this.#byTarget.set(uri, Map.groupBy(references, (r) => keyOf(r.targetUri, r.targetPath)));
  }

  override removeReferences(uri: URI): void {
    super.removeReferences(uri);
    this.#byTarget.delete(uri.toString());
  }

  override findAllReferences(target: AstNode, path: string): Stream<ReferenceDescription> {
    const key = keyOf(AstUtils.getDocument(target).uri, path);
    return stream([...this.#byTarget.values()].flatMap((byTarget) => byTarget.get(key) ?? []));
  }
}

const keyOf = (uri: URI, path: string): string => `${uri.toString()}#${path}`;
