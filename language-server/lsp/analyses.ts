/** What is known about a file beyond its syntax: its compiled spec and lineage. Made once per state of the workspace. */
import { WorkspaceCache, type LangiumDocument } from "langium";
import type { CompiledSpec, Origin } from "../../grammar/compiled-spec/index.ts";
import { lineageOf, type LineageGraph } from "../analysis/lineage.ts";
import type { Elaborations } from "../compile/elaborations.ts";
import type { Location } from "vscode-languageserver";
import type { MlspecServices } from "../services.ts";

export interface Analysis {
  readonly spec: CompiledSpec;
  /** The file asked for, then what it imports: what `Origin.file` counts. */
  readonly files: readonly LangiumDocument[];
  readonly lineage: LineageGraph;
}

export class Analyses {
  readonly #elaborations: Elaborations;
  readonly #cache: WorkspaceCache<string, Analysis>;

  constructor(services: MlspecServices) {
    this.#elaborations = services.compile.Elaborations;
    this.#cache = new WorkspaceCache(services.shared);
  }

  of(document: LangiumDocument): Analysis {
    return this.#cache.get(document.uri.toString(), () => {
      const spec = this.#elaborations.compile(document);
      return { spec, files: this.#elaborations.documentsOf(document), lineage: lineageOf(spec) };
    });
  }
}

export function locationOf({ file, range: [line, character, endLine, endCharacter] }: Origin, files: readonly LangiumDocument[]): Location {
  return {
    uri: files[file]?.uri.toString() ?? "",
    range: { start: { line, character }, end: { line: endLine, character: endCharacter } },
  };
}
