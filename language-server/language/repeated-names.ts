/** Names that are declared more than once among a file and all that it imports: without looking through all of it again for each file. */
import type { LangiumDocument } from "langium";
import { MarkedFiles, type ImportGraph } from "./import-graph.ts";
import { specOf } from "./imports.ts";

export class RepeatedNames {
  private readonly graph: ImportGraph;
  private readonly files: MarkedFiles;
  private readonly filesByName = new Map<string, LangiumDocument[]>();
  private readonly repeated = new Set<readonly LangiumDocument[]>();

  constructor(graph: ImportGraph) {
    this.graph = graph;
    this.files = new MarkedFiles(graph, (document) => this.note(document));
  }

  in(document: LangiumDocument): boolean {
    this.files.in(document);
    return [...this.repeated].some((files) => files.filter((file) => this.graph.reaches(document, file)).length > 1);
  }

  private note(document: LangiumDocument): boolean {
    const names = (specOf(document).declarations ?? []).map((declaration) => declaration.name).filter((name) => typeof name === "string");
    for (const name of names) {
      const files = this.filesByName.get(name) ?? [];
      this.filesByName.set(name, files);
      if (files.push(document) > 1) this.repeated.add(files);
    }
    return false;
  }
}
