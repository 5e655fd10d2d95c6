/** Lineage as indented text: what a thing comes from, and what comes from it. */
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";
import type { Terminal } from "../terminal.ts";

type Node = LineageGraph["nodes"][number];

export function lineageText(graph: LineageGraph, focus: readonly string[], direction: "up" | "down" | "both", terminal: Terminal): string {
  if (graph.nodes.length === 0) return "Nothing is declared.\n";
  if (focus.length === 0) return overview(graph, terminal);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const before = neighbours(graph, (edge) => [edge.to, edge.from]);
  const after = neighbours(graph, (edge) => [edge.from, edge.to]);
  return focus.map((id) => {
    const lines = [`${describe(byId.get(id)!, terminal)}\n`];
    if (direction !== "down") lines.push(section("comes from", id, before, byId, terminal));
    if (direction !== "up") lines.push(section("is used by", id, after, byId, terminal));
    return lines.join("");
  }).join("\n");
}

function neighbours(graph: LineageGraph, ends: (edge: LineageGraph["edges"][number]) => readonly [string, string]): ReadonlyMap<string, ReadonlySet<string>> {
  const map = new Map<string, Set<string>>();
  for (const edge of graph.edges) {
    const [at, next] = ends(edge);
    map.set(at, (map.get(at) ?? new Set()).add(next));
  }
  return map;
}

function section(title: string, start: string, next: ReadonlyMap<string, ReadonlySet<string>>, byId: ReadonlyMap<string, Node>, terminal: Terminal): string {
  const lines: string[] = [];
  const seen = new Set([start]);
  const walk = (id: string, depth: number): void => {
    for (const each of next.get(id) ?? []) {
      const again = seen.has(each);
      seen.add(each);
      lines.push(`${"  ".repeat(depth + 2)}${describe(byId.get(each)!, terminal)}${again ? terminal.colors.dim(" (above)") : ""}\n`);
      if (!again) walk(each, depth + 1);
    }
  };
  walk(start, 0);
  return `  ${terminal.colors.dim(title)}${lines.length === 0 ? terminal.colors.dim(": nothing") : ""}\n${lines.join("")}`;
}

/** Every kind with its members, for a start. */
function overview(graph: LineageGraph, terminal: Terminal): string {
  const kinds = [...new Set(graph.nodes.map((node) => node.kind))];
  return kinds.map((kind) => {
    const nodes = graph.nodes.filter((node) => node.kind === kind);
    return `${terminal.colors.bold(kind)} (${nodes.length})\n${nodes.map((node) => `  ${node.name}${node.type ? terminal.colors.dim(`: ${node.type}`) : ""}\n`).join("")}`;
  }).join("");
}

const describe = (node: Node, { colors }: Terminal): string =>
  `${colors.dim(node.kind)} ${node.name}${node.type ? colors.dim(`: ${node.type}`) : ""}${node.tags.length > 0 ? colors.red(` ${node.tags.map((tag) => `@${tag}`).join(" ")}`) : ""}`;
