/** Leaves nodes out of a graph without losing what flows through them: their neighbours are joined. */
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";

export interface DrawnNode {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly type?: string;
  readonly tags: readonly string[];
  /** The node of the lineage graph whose declaration a click opens. */
  readonly opens: string;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
}

export interface Drawn {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export function contract(graph: LineageGraph, keep: (kind: string) => boolean): Drawn {
  const nodes = graph.nodes.filter((node) => keep(node.kind)).map((node): DrawnNode => ({ ...node, opens: node.id }));
  const kept = new Set(nodes.map((node) => node.id));
  const next = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    const list = next.get(from);
    if (list === undefined) next.set(from, [to]);
    else list.push(to);
  }
  const edges = nodes.flatMap((node) => [...reached(node.id, next, kept)].map((to) => ({ from: node.id, to })));
  return { nodes, edges };
}

/** The nearest kept nodes behind `start`. */
function reached(start: string, next: ReadonlyMap<string, readonly string[]>, kept: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const stack = [...(next.get(start) ?? [])];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (id === start || seen.has(id)) continue;
    seen.add(id);
    if (kept.has(id)) found.add(id);
    else stack.push(...(next.get(id) ?? []));
  }
  return found;
}

/** Everything before and after a node, itself included. */
export function related(graph: Drawn, id: string): ReadonlySet<string> {
  const walk = (step: (edge: { from: string; to: string }) => readonly [string, string]) => {
    const found = new Set([id]);
    for (let grown = true; grown;) {
      grown = false;
      for (const edge of graph.edges) {
        const [at, next] = step(edge);
        if (!found.has(at) || found.has(next)) continue;
        found.add(next);
        grown = true;
      }
    }
    return found;
  };
  return new Set([...walk((edge) => [edge.from, edge.to]), ...walk((edge) => [edge.to, edge.from])]);
}
