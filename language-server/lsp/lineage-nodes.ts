/** From a name in the text to its node in the lineage graph, and what is up and down the stream from there. */
import { AstUtils, WorkspaceCache, type LangiumDocument, type LangiumDocuments } from "langium";
import type { LangiumSharedServices } from "langium/lsp";
import { isColumn, isDefinition, isRequestShape, isSection, type Named } from "../../grammar/generated/ast.ts";
import { downstream, upstream, type LineageKind, type LineageNode } from "../analysis/lineage.ts";
import type { Names } from "../language/names.ts";
import type { Analyses, Analysis } from "./analyses.ts";
import { nameRange } from "./names.ts";

/** Neighbours of a name, over every file that sees it; by name, since each file's graph has nodes of its own. */
export interface Stream {
  readonly node: LineageNode | undefined;
  readonly up: readonly LineageNode[];
  readonly down: readonly LineageNode[];
}

export class LineageNodes {
  readonly #analyses: Analyses;
  readonly #names: Names;
  readonly #documents: LangiumDocuments;
  readonly #streams: WorkspaceCache<string, Stream>;

  constructor(shared: LangiumSharedServices, names: Names, analyses: Analyses) {
    this.#analyses = analyses;
    this.#names = names;
    this.#documents = shared.workspace.LangiumDocuments;
    this.#streams = new WorkspaceCache(shared);
  }

  streamOf(target: Named): Stream {
    const range = nameRange(target);
    const home = AstUtils.getDocument(target);
    if (range === undefined) return { node: undefined, up: [], down: [] };
    const key = `${home.uri.toString()}#${range.start.line}:${range.start.character}`;
    return this.#streams.get(key, () => this.#collect(target, home));
  }

  #collect(target: Named, home: LangiumDocument): Stream {
    const up = new Map<string, LineageNode>();
    const down = new Map<string, LineageNode>();
    let own: LineageNode | undefined;
    for (const document of this.#documents.all) {
      if (!this.#names.graph.reaches(document, home)) continue;
      const analysis = this.#analyses.of(document);
      const node = nodeOf(analysis, target, home);
      if (node === undefined) continue;
      own = document === home ? node : (own ?? node);
      for (const other of upstream(analysis.lineage, node.id)) up.set(other.id, other);
      for (const other of downstream(analysis.lineage, node.id)) down.set(other.id, other);
    }
    return { node: own, up: [...up.values()], down: [...down.values()] };
  }
}

function nodeOf(analysis: Analysis, target: Named, home: LangiumDocument): LineageNode | undefined {
  const start = nameRange(target)?.start;
  if (start === undefined) return undefined;
  const file = analysis.files.indexOf(home);
  const kinds = kindsOf(target);
  return analysis.lineage.nodes.find((node) => {
    const [line, character] = node.origin.range;
    return kinds.includes(node.kind) && node.origin.file === file && line === start.line && character === start.character;
  });
}

function kindsOf(target: Named): readonly LineageKind[] {
  if (isColumn(target)) return isRequestShape(target.$container) ? ["request-field"] : ["column"];
  if (isDefinition(target)) return isSection(target.$container.$container) ? ["model-input"] : ["feature"];
  const kind = target.$type.toLowerCase();
  const declared: readonly LineageKind[] = ["entity", "source", "label", "dataset", "model", "evaluation", "service", "slo", "rollout"];
  return declared.filter((known) => known === kind);
}

