/**
 * Information flow: tags travel along lineage wherever a value travels, and named operations change them. A number that only
 * counts rows, or says whether a value is there, carries nothing (see `Read.as`).
 */
import type { LineageEdge, LineageGraph, LineageNode } from "./lineage-graph.ts";
import { tagOperations } from "./tag-operations.ts";

/** Tagged data on its way: from the declaration that has the tag, hop by hop, with the tags that it still has at the end. */
export interface Stream {
  readonly path: readonly LineageNode[];
  readonly tags: ReadonlySet<string>;
}

/**
 * The streams that arrive at each node, by its id: by the shortest path for each origin and set of tags. A node that tagged
 * data passes through and that repeats the tag (a dataset column copies its source's) is not an origin of its own.
 */
export function streamsOf(graph: LineageGraph): ReadonlyMap<string, readonly Stream[]> {
  const edges = valueEdges(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const fed = new Set(graph.edges.filter((edge) => edge.kind === "value").map((edge) => edge.to));
  const arrived = new Map<string, Stream[]>();
  // Nodes come in the order of the flow (columns, features, dataset columns), so that origins are met before what repeats them.
  for (const origin of graph.nodes) {
    if (origin.tags.length === 0 || repeats(origin, arrived.get(origin.id) ?? [], fed)) continue;
    follow(origin, nodes, edges, arrived);
  }
  return arrived;
}

/** Dataset columns carry copies; any other declaration is an origin unless what arrives has all of its tags already. */
function repeats(node: LineageNode, streams: readonly Stream[], fed: ReadonlySet<string>): boolean {
  if (node.kind === "dataset-column" && fed.has(node.id)) return true;
  return node.tags.every((tag) => streams.some((stream) => stream.tags.has(tag)));
}

/** Breadth first over (node, tags), so that the first to arrive is the shortest. */
function follow(
  origin: LineageNode, nodes: ReadonlyMap<string, LineageNode>, edges: ReadonlyMap<string, readonly LineageEdge[]>, arrived: Map<string, Stream[]>,
): void {
  const queue: Stream[] = [{ path: [origin], tags: new Set(origin.tags) }];
  const seen = new Set<string>();
  for (const stream of queue) {
    const at = stream.path.at(-1);
    const state = `${at?.id ?? ""} ${[...stream.tags].sort().join(" ")}`;
    if (at === undefined || seen.has(state)) continue;
    seen.add(state);
    const here = arrived.get(at.id);
    if (here === undefined) arrived.set(at.id, [stream]);
    else here.push(stream);
    for (const edge of edges.get(at.id) ?? []) {
      const next = nodes.get(edge.to);
      if (next !== undefined) queue.push({ path: [...stream.path, next], tags: after(edge, stream.tags, next) });
    }
  }
}

function after(edge: LineageEdge, tags: ReadonlySet<string>, next: LineageNode): ReadonlySet<string> {
  const left = new Set(tags);
  for (const name of edge.through) {
    const operation = tagOperations.get(name);
    for (const tag of operation?.removes ?? []) left.delete(tag);
    for (const tag of operation?.adds ?? []) left.add(tag);
  }
  // A tag that an author adds on the way (`@consented`) joins; a dataset column only repeats what it was given.
  if (next.kind !== "dataset-column") for (const tag of next.tags) left.add(tag);
  return left;
}

function valueEdges(graph: LineageGraph): ReadonlyMap<string, readonly LineageEdge[]> {
  const edges = new Map<string, LineageEdge[]>();
  for (const edge of graph.edges) {
    if (edge.kind !== "value") continue;
    const known = edges.get(edge.from);
    if (known === undefined) edges.set(edge.from, [edge]);
    else known.push(edge);
  }
  return edges;
}
