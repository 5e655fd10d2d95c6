/** The graph of declarations alone: what belongs to one is drawn as it, and only links that no path implies are kept. */
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";
import type { Drawn, DrawnEdge, DrawnNode } from "./contract.ts";

type Node = LineageGraph["nodes"][number];

/** Kinds whose nodes are members, `<owner>.<member>`, and the kind of their owner. */
const owners: Readonly<Partial<Record<Node["kind"], string>>> = {
  column: "source", "request-field": "features", feature: "features", "dataset-column": "dataset", "dataset-feature": "dataset", "model-input": "model",
};

export function overview(graph: LineageGraph): Drawn {
  const kept = graph.nodes.filter(({ kind }) => kind !== "entity");
  const ids = new Map(kept.map((node) => [node.id, ownerOf(node)] as const));
  const nodes = new Map<string, DrawnNode>();
  for (const node of kept) if (owners[node.kind] === undefined) nodes.set(node.id, { ...node, opens: node.id });
  for (const node of kept) if (node.kind === "feature" || node.kind === "request-field") addView(nodes, node);
  const edges = new Map<string, DrawnEdge>();
  for (const { from, to } of graph.edges) {
    const [a, b] = [ids.get(from), ids.get(to)];
    if (a !== undefined && b !== undefined && a !== b && nodes.has(a) && nodes.has(b)) edges.set(`${a} ${b}`, { from: a, to: b });
  }
  return { nodes: [...nodes.values()], edges: withoutImplied([...edges.values()]) };
}

function ownerOf(node: Node): string {
  const kind = owners[node.kind];
  return kind === undefined ? node.id : `${kind}:${node.name.slice(0, node.name.indexOf("."))}`;
}

/** A view of features is no node of its own in the graph: it is made of them, and opens at the first. */
function addView(nodes: Map<string, DrawnNode>, node: Node): void {
  const id = ownerOf(node);
  const known = nodes.get(id);
  const size = Number(known?.type ?? 0) + (node.kind === "feature" ? 1 : 0);
  const opens = known === undefined || (known.opens.startsWith("request-field:") && node.kind === "feature") ? node.id : known.opens;
  nodes.set(id, { id, kind: "features", name: node.name.slice(0, node.name.indexOf(".")), type: String(size), tags: [...new Set([...(known?.tags ?? []), ...node.tags])], opens });
}

/** Drops a link when a longer path leads the same way (transitive reduction). */
function withoutImplied(edges: readonly DrawnEdge[]): readonly DrawnEdge[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  return edges.filter(({ from, to }) => !(next.get(from) ?? []).some((step) => step !== to && leads(step, to, next)));
}

function leads(from: string, to: string, next: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set([from]);
  for (const id of seen) for (const step of next.get(id) ?? []) seen.add(step);
  return seen.has(to);
}
