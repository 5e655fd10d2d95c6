/** Requests that Langium does not route: selection ranges, and those of `protocol.ts`. */
import { DocumentState, URI, type LangiumDocument } from "langium";
import { createRequestHandler } from "langium/lsp";
import type { Connection } from "vscode-languageserver";
import { packed } from "../../grammar/compiled-spec/index.ts";
import { downstream, nodesNamed, subgraph, upstream, type LineageGraph } from "../analysis/lineage.ts";
import { explain } from "../checks/explain.ts";
import { checks } from "../checks/index.ts";
import { locationOf, type Analysis } from "./analyses.ts";
import type { MlspecLspServices } from "./editor-services.ts";
import {
  checksRequest, compileRequest, explainRequest, lineageRequest, type CheckSummary, type CompileParams, type CompileResult, type ExplainParams, type LineageParams, type PlacedLineageGraph,
} from "./protocol.ts";
import { selectionRanges } from "./selection-ranges.ts";

export function answerRequests(connection: Connection, services: MlspecLspServices): void {
  services.shared.workspace.ConfigurationProvider.onConfigurationSectionUpdate(() => {
    if (services.editor.Client.refreshesHints) void connection.languages.inlayHint.refresh();
  });
  connection.onSelectionRanges(
    createRequestHandler((_, document, params) => selectionRanges(document, params.positions), services.shared, DocumentState.Parsed),
  );
  connection.onRequest(checksRequest, (): CheckSummary[] => checks.map(({ id, title }) => ({ id, title })));
  connection.onRequest(explainRequest, ({ check }: ExplainParams): string | null => explain(check));
  connection.onRequest(compileRequest, async ({ uri }: CompileParams): Promise<CompileResult> => {
    const document = await linkedDocument(uri, services);
    return document === undefined ? null : packed(services.editor.Analyses.of(document).spec);
  });
  connection.onRequest(lineageRequest, async ({ uri, name }: LineageParams): Promise<PlacedLineageGraph | null> => {
    const document = await linkedDocument(uri, services);
    return document === undefined ? null : placedLineage(services.editor.Analyses.of(document), name);
  });
}

/** Waits until the file and whatever it may refer to is read; a file that nobody has opened is read from the disk. */
async function linkedDocument(text: string, { shared }: MlspecLspServices): Promise<LangiumDocument | undefined> {
  const uri = URI.parse(text);
  const { LangiumDocuments, DocumentBuilder, WorkspaceManager, WorkspaceLock } = shared.workspace;
  await WorkspaceManager.ready;
  if (!LangiumDocuments.hasDocument(uri)) {
    await WorkspaceLock.write((token) => DocumentBuilder.update([uri], [], token));
  }
  if (!LangiumDocuments.hasDocument(uri)) return undefined;
  await DocumentBuilder.waitUntil(DocumentState.Linked);
  return LangiumDocuments.getDocument(uri);
}

export function placedLineage({ lineage, files }: Analysis, name?: string): PlacedLineageGraph {
  const { nodes, edges } = name === undefined ? lineage : around(lineage, name);
  return { nodes: nodes.map((node) => ({ ...node, location: locationOf(node.origin, files) })), edges };
}

function around(graph: LineageGraph, name: string): LineageGraph {
  const centre = nodesNamed(graph, name);
  const near = centre.flatMap((node) => [node, ...upstream(graph, node.id), ...downstream(graph, node.id)]);
  return subgraph(graph, new Set(near.map((node) => node.id)));
}
