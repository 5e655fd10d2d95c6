/** Where the boxes of a graph go: layers from left to right or from top to bottom, whichever shows more in the room there is. */
import ELK, { type ElkNode } from "elkjs/lib/elk.bundled.js";
import type { Drawn, DrawnNode } from "./contract.ts";
import { fitScale } from "./pan-zoom.ts";

type Direction = "RIGHT" | "DOWN";

export const NODE_HEIGHT = 44;
const PADDING = 20;
const elk = new ELK();

export const caption = (node: DrawnNode): string => (node.kind === "features" ? `features · ${node.type ?? 0}` : `${node.kind.replace("-", " ")}${node.type === undefined ? "" : ` · ${node.type}`}`);

/** Widths of letters at the sizes that webview.css gives names, captions and tags; room for the widest of them. */
const widthOf = (node: DrawnNode): number => Math.ceil(Math.max(92, 30 + Math.max(node.name.length * 7.6, caption(node).length * 6.2 + node.tags.join(" ").length * 6.6)));

export async function layOut(graph: Drawn, room: { readonly width: number; readonly height: number }): Promise<ElkNode> {
  const [right, down] = await Promise.all((["RIGHT", "DOWN"] as const).map((direction) => elk.layout(toElk(graph, direction))));
  const scale = (layout: ElkNode): number => fitScale(room, { width: layout.width ?? 0, height: layout.height ?? 0 });
  return scale(down!) > scale(right!) ? down! : right!;
}

function toElk(graph: Drawn, direction: Direction): ElkNode {
  return {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered", "elk.direction": direction, "elk.layered.spacing.nodeNodeBetweenLayers": direction === "RIGHT" ? "44" : "44", "elk.spacing.nodeNode": "16",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX", "elk.edgeRouting": "SPLINES", "elk.padding": `[top=${PADDING},left=${PADDING},bottom=${PADDING},right=${PADDING}]`,
    },
    children: graph.nodes.map((node) => ({ id: node.id, width: widthOf(node), height: NODE_HEIGHT })),
    edges: graph.edges.map((edge, i) => ({ id: `edge-${i}`, sources: [edge.from], targets: [edge.to] })),
  };
}

/** ELK gives a start, an end and the control points of cubic curves between. */
export function curve(section: NonNullable<NonNullable<ElkNode["edges"]>[number]["sections"]>[number] | undefined): string {
  if (section === undefined) return "";
  const points = [...(section.bendPoints ?? []), section.endPoint];
  const start = `M${section.startPoint.x},${section.startPoint.y}`;
  if (points.length % 3 !== 0) return start + points.map(({ x, y }) => `L${x},${y}`).join("");
  let path = start;
  for (let i = 0; i < points.length; i += 3) path += `C${points.slice(i, i + 3).map(({ x, y }) => `${x},${y}`).join(" ")}`;
  return path;
}
