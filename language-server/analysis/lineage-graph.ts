/** The lineage graph as plain data: its kinds of nodes and edges, how it is collected, how it is walked. */
import type { Origin } from "../../grammar/compiled-spec/index.ts";

export type LineageKind =
  | "entity" | "source" | "column" | "request-field" | "feature" | "label" | "dataset" | "dataset-column" | "dataset-feature"
  | "model-input" | "model" | "evaluation" | "service" | "slo" | "rollout";

export interface LineageNode {
  /** `<kind>:<name>`, stable from one compilation to the next. */
  readonly id: string;
  readonly kind: LineageKind;
  /** As an author would write it: `impressions.sku`, `product_popularity.sales_7d`. */
  readonly name: string;
  /** `float?`, for what has a value. */
  readonly type?: string;
  readonly origin: Origin;
  /** Tags written on the declaration itself; `flow.ts` follows them. */
  readonly tags: readonly string[];
}

export type LineageEdgeKind =
  /** The value of `to` is computed from that of `from`. */
  | "value"
  /** `from` decides which rows count, how they are joined, or how many there are; its value is not in `to`. */
  | "selects"
  /** `to` is a part of `from`. */
  | "holds"
  | "labels"
  | "trains"
  | "serves"
  /** `to` judges `from`. */
  | "judged-by";

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: LineageEdgeKind;
  /** For `value`: functions that the value passes through, outermost first. Two reads by different ways are two edges. */
  readonly through: readonly string[];
}

export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** Collects nodes and edges; the graph it gives is plain data. */
export class LineageBuilder {
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, LineageEdge>();

  /** Adds a node, unless one of that id is there, and gives its id. */
  node(kind: LineageKind, name: string, origin: Origin, more: { readonly type?: string; readonly tags?: readonly string[] } = {}): string {
    const id = `${kind}:${name}`;
    const type = more.type === undefined ? {} : { type: more.type };
    if (!this.#nodes.has(id)) this.#nodes.set(id, { id, kind, name, ...type, origin, tags: more.tags ?? [] });
    return id;
  }

  edge(from: string, to: string, kind: LineageEdgeKind, through: readonly string[] = []): void {
    this.#edges.set([from, to, kind, ...through].join(" "), { from, to, kind, through });
  }

  graph(): LineageGraph {
    const edges = [...this.#edges.values()].filter((edge) => this.#nodes.has(edge.from) && this.#nodes.has(edge.to));
    return { nodes: [...this.#nodes.values()], edges };
  }
}

/** What `id` comes from, directly or not, without `id` itself, nearest first. */
export function upstream(graph: LineageGraph, id: string): LineageNode[] {
  return reach(graph, id, (edge) => [edge.to, edge.from]);
}

/** What comes from `id`, directly or not, without `id` itself, nearest first. */
export function downstream(graph: LineageGraph, id: string): LineageNode[] {
  return reach(graph, id, (edge) => [edge.from, edge.to]);
}

/** The nodes that a user may mean: by full id, by name, or by the last part of the name (copies in datasets only if nothing else has it). */
export function nodesNamed(graph: LineageGraph, text: string): LineageNode[] {
  const exact = graph.nodes.filter((node) => node.id === text || node.name === text);
  if (exact.length > 0) return exact;
  const ending = graph.nodes.filter((node) => node.name.endsWith(`.${text}`));
  const originals = ending.filter((node) => node.kind !== "dataset-column" && node.kind !== "dataset-feature");
  return originals.length > 0 ? originals : ending;
}

/** The part of the graph that has only the nodes in `ids`. */
export function subgraph(graph: LineageGraph, ids: ReadonlySet<string>): LineageGraph {
  return {
    nodes: graph.nodes.filter((node) => ids.has(node.id)),
    edges: graph.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to)),
  };
}

function reach(graph: LineageGraph, start: string, ends: (edge: LineageEdge) => readonly [at: string, next: string]): LineageNode[] {
  const steps = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const [at, next] = ends(edge);
    const known = steps.get(at);
    if (known === undefined) steps.set(at, [next]);
    else known.push(next);
  }
  const seen = new Set([start]);
  for (const id of seen) for (const next of steps.get(id) ?? []) seen.add(next);
  seen.delete(start);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return [...seen].flatMap((id) => nodes.get(id) ?? []);
}
