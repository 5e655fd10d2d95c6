/** The lineage graph: laid out in layers from left to right, a click goes to the source, hovering lights what belongs together. */
import ELK, { type ElkNode } from "elkjs/lib/elk.bundled.js";
import type { LineageGraph } from "../../language-server/analysis/lineage.ts";
import type { FromLineage, ToLineage } from "../panels/messages.ts";
import { contract, related, type Simple } from "./contract.ts";
import { connect, element, svg } from "./host.ts";
import { PanZoom } from "./pan-zoom.ts";

type Node = LineageGraph["nodes"][number];

const colors: Readonly<Record<string, string>> = {
  source: "var(--vscode-charts-blue)", column: "var(--vscode-charts-blue)", "request-field": "var(--vscode-charts-blue)", entity: "var(--vscode-charts-blue)",
  feature: "var(--vscode-charts-green)", label: "var(--vscode-charts-yellow)", dataset: "var(--vscode-charts-orange)",
  "model-input": "var(--vscode-charts-purple)", model: "var(--vscode-charts-purple)", evaluation: "var(--vscode-charts-yellow)",
  service: "var(--vscode-charts-red)", slo: "var(--vscode-charts-red)", rollout: "var(--vscode-charts-red)",
};

/** What is shown at each level of detail; what is left out passes its edges on. */
const overview = new Set(["source", "feature", "label", "dataset", "model", "evaluation", "service", "slo", "rollout"]);
const columns = new Set([...overview, "column", "request-field", "model-input"]);

const NODE_HEIGHT = 38;
const PADDING = 24;

const elk = new ELK();
const search = element("input", { type: "search", placeholder: "Find a column, feature, model …", "aria-label": "Find" });
const detail = element("button", { type: "button" }, "Show columns");
const title = element("span", { class: "muted" });
const canvas = element("div", { class: "canvas" });
document.querySelector("#root")!.append(element("div", { class: "lineage" }, element("header", {}, search, detail, title), canvas));

let latest: ToLineage | undefined;
let detailed = false;
let drawing = 0;

const send = connect<ToLineage, FromLineage>((message) => {
  latest = message;
  if (message.focus !== null) search.value = message.focus;
  void draw();
});

detail.addEventListener("click", () => {
  detailed = !detailed;
  detail.textContent = detailed ? "Hide columns" : "Show columns";
  void draw();
});
search.addEventListener("input", () => light(search.value));
send({ type: "ready" });

async function draw(): Promise<void> {
  if (latest === undefined) return;
  const mine = ++drawing;
  const graph = contract(latest.graph, (kind) => (detailed ? columns : overview).has(kind));
  title.textContent = `${latest.file}: ${graph.nodes.length} things, ${graph.edges.length} links`;
  if (graph.nodes.length === 0) {
    canvas.replaceChildren(element("p", { class: "empty muted" }, "Nothing is declared here yet. Declare a source and features, and the graph grows as you type."));
    return;
  }
  const layout = await elk.layout(toElk(graph));
  // A later edit may have been laid out first.
  if (mine !== drawing) return;
  show(graph, layout);
  light(search.value);
}

function toElk(graph: Simple): ElkNode {
  return {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered", "elk.direction": "RIGHT", "elk.layered.spacing.nodeNodeBetweenLayers": "64", "elk.spacing.nodeNode": "14",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX", "elk.edgeRouting": "SPLINES", "elk.padding": `[top=${PADDING},left=${PADDING},bottom=${PADDING},right=${PADDING}]`,
    },
    children: graph.nodes.map((node) => ({ id: node.id, width: widthOf(node), height: NODE_HEIGHT })),
    edges: graph.edges.map((edge, i) => ({ id: `edge-${i}`, sources: [edge.from], targets: [edge.to] })),
  };
}

const caption = (node: Node): string => `${node.kind.replace("-", " ")}${node.type === undefined ? "" : ` · ${node.type}`}`;
const widthOf = (node: Node): number => Math.max(96, 24 + Math.max(node.name.length * 7.2, caption(node).length * 5.6 + node.tags.join(" ").length * 5.8));

let shown: { readonly graph: Simple; readonly boxes: ReadonlyMap<string, SVGGElement>; readonly paths: readonly { readonly from: string; readonly to: string; readonly path: SVGPathElement }[] } | undefined;

function show(graph: Simple, layout: ElkNode): void {
  const paths = (layout.edges ?? []).map((edge, i) => ({ ...graph.edges[i]!, path: svg("path", { class: "edge", d: curve(edge.sections?.[0]), "marker-end": "url(#arrow)" }) }));
  const boxes = new Map((layout.children ?? []).map((placed) => [placed.id, box(graph.nodes.find((node) => node.id === placed.id)!, placed)] as const));
  const content = svg("g", {}, ...paths.map(({ path }) => path), ...boxes.values());
  const arrow = svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto" }, svg("path", { d: "M0,0.8 L7,4 L0,7.2", fill: "none", stroke: "var(--vscode-descriptionForeground)" }));
  const picture = svg("svg", { role: "img", "aria-label": "Lineage graph" }, svg("defs", {}, arrow), content);
  canvas.replaceChildren(picture);
  new PanZoom(canvas, content, { width: layout.width ?? 0, height: layout.height ?? 0 });
  shown = { graph, boxes, paths };
}

function box(node: Node, at: ElkNode): SVGGElement {
  const width = at.width ?? 0;
  const group = svg("g", { class: "node", transform: `translate(${at.x ?? 0},${at.y ?? 0})`, tabindex: 0, role: "link", style: `--kind: ${colors[node.kind] ?? "var(--vscode-foreground)"}`, "data-id": node.id },
    svg("title", {}, `${node.kind} ${node.name}: go to its declaration`),
    svg("rect", { width, height: NODE_HEIGHT, rx: 5 }),
    svg("text", { x: 12, y: 17 }, node.name),
    svg("text", { class: "kind", x: 12, y: 30 }, caption(node)),
    node.tags.length === 0 ? null : svg("text", { class: "tag", x: width - 10, y: 30, "text-anchor": "end" }, node.tags.map((tag) => `@${tag}`).join(" ")));
  const open = (): void => send({ type: "open", id: node.id });
  group.addEventListener("click", open);
  group.addEventListener("keydown", (event) => (event.key === "Enter" ? open() : undefined));
  group.addEventListener("mouseenter", () => lightAround([node.id]));
  group.addEventListener("mouseleave", () => light(search.value));
  return group;
}

/** ELK gives a start, an end and the control points of cubic curves between. */
function curve(section: NonNullable<NonNullable<ElkNode["edges"]>[number]["sections"]>[number] | undefined): string {
  if (section === undefined) return "";
  const points = [...(section.bendPoints ?? []), section.endPoint];
  const start = `M${section.startPoint.x},${section.startPoint.y}`;
  if (points.length % 3 !== 0) return start + points.map(({ x, y }) => `L${x},${y}`).join("");
  let path = start;
  for (let i = 0; i < points.length; i += 3) path += `C${points.slice(i, i + 3).map(({ x, y }) => `${x},${y}`).join(" ")}`;
  return path;
}

/** Lights what the text finds and all that belongs to it; everything when the text is empty. */
function light(text: string): void {
  if (shown === undefined) return;
  const wanted = text.trim().toLowerCase();
  const found = wanted === "" ? [] : shown.graph.nodes.filter((node) => node.name.toLowerCase().includes(wanted)).map((node) => node.id);
  lightAround(found);
}

function lightAround(ids: readonly string[]): void {
  if (shown === undefined) return;
  const lit = new Set(ids.flatMap((id) => [...related(shown!.graph, id)]));
  const all = ids.length === 0;
  for (const [id, group] of shown.boxes) group.classList.toggle("dim", !all && !lit.has(id));
  for (const { from, to, path } of shown.paths) {
    const on = lit.has(from) && lit.has(to);
    path.classList.toggle("lit", on);
    path.classList.toggle("dim", !all && !on);
  }
}
