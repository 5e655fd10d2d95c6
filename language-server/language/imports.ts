/** What a file imports: the names that its direct imports declare are visible in it. Imports are not passed on. */
import { UriUtils, type LangiumDocument, type LangiumDocuments, type URI } from "langium";
import type { Import, SpecFile } from "../../grammar/generated/ast.ts";

export const specOf = (document: LangiumDocument): SpecFile => document.parseResult.value as SpecFile;

export function resolveImport(from: URI, path: string): URI | undefined {
  if (path.trim() === "") return undefined;
  return path.startsWith("/") ? from.with({ path }) : UriUtils.joinPath(UriUtils.dirname(from), path);
}

export interface ImportedDocument {
  readonly node: Import;
  readonly uri: URI | undefined;
  readonly document: LangiumDocument | undefined;
}

export function importsOf(document: LangiumDocument, documents: LangiumDocuments): ImportedDocument[] {
  const imports = specOf(document).imports ?? [];
  return imports.filter((i) => typeof i.path === "string").map((node) => {
    const uri = resolveImport(document.uri, node.path);
    return { node, uri, document: uri && documents.getDocument(uri) };
  });
}

/** The chain of files from `document` through `first` back to `document`, when there is one. */
export function importCycle(document: LangiumDocument, first: LangiumDocument, importsIn: (document: LangiumDocument) => readonly ImportedDocument[]): LangiumDocument[] | undefined {
  const goal = document.uri.toString();
  const cameFrom = new Map<string, LangiumDocument | undefined>([[first.uri.toString(), undefined]]);
  const queue = [first];
  for (const current of queue) {
    if (current.uri.toString() === goal) {
      const path: LangiumDocument[] = [];
      for (let at: LangiumDocument | undefined = current; at !== undefined; at = cameFrom.get(at.uri.toString())) path.unshift(at);
      return [document, ...path];
    }
    for (const { document: next } of importsIn(current)) {
      if (next === undefined || cameFrom.has(next.uri.toString())) continue;
      cameFrom.set(next.uri.toString(), current);
      queue.push(next);
    }
  }
  return undefined;
}
