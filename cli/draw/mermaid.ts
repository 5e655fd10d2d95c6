import type { LineageGraph } from "../../language-server/analysis/lineage.ts";

/** A Mermaid flowchart, as Markdown pages and pull requests draw it: https://mermaid.js.org/syntax/flowchart.html */
export function mermaid(graph: LineageGraph): string {
  const ids = new Map(graph.nodes.map((node, i) => [node.id, `n${i}`]));
  const label = (text: string): string => text.replaceAll('"', "#quot;");
  const nodes = graph.nodes.map((node) => `  ${ids.get(node.id) ?? ""}["${label(node.name)}<br/><small>${node.kind}${node.type ? ` ${label(node.type)}` : ""}</small>"]`);
  const edges = new Set(graph.edges.map(({ from, to }) => `  ${ids.get(from) ?? ""} --> ${ids.get(to) ?? ""}`));
  return `flowchart LR\n${[...nodes, ...edges].join("\n")}\n`;
}
