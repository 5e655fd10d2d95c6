/** The lineage graph in layers; a click goes to the source, hovering lights what belongs together. */
import type { ElkNode } from "elkjs/lib/elk.bundled.js";
import type { FromLineage, ToLineage } from "../panels/messages.ts";
import { contract, type Drawn, type DrawnNode, related } from "./contract.ts";
import { connect, element, svg } from "./host.ts";
import { caption, curve, layOut, NODE_HEIGHT } from "./layout.ts";
import { overview } from "./overview.ts";
import { PanZoom, startView, type View, wholeView } from "./pan-zoom.ts";

/** What is shown in detail; what is left out passes its links on. */
const columns = new Set(["source", "column", "request-field", "feature", "label", "dataset", "model-input", "model", "evaluation", "service", "slo", "rollout"]);

const search = element("input", { type: "search", placeholder: "Find a name", "aria-label": "Find a name in the graph" });
const detail = element("button", { type: "button", "aria-pressed": "false", title: "Show columns, single features and model inputs, too" }, "Columns");
const fit = element("button", { type: "button", title: "Show all of the graph" }, "Fit");
const title = element("span", { class: "muted", role: "status" });
const canvas = element("div", { class: "canvas" });
document.querySelector("#root")!.append(element("div", { class: "lineage" }, element("header", {}, search, detail, fit, title), canvas));

interface Shown {
  readonly graph: Drawn;
  readonly boxes: ReadonlyMap<string, SVGGElement>;
  readonly paths: readonly { readonly from: string; readonly to: string; readonly path: SVGPathElement }[];
  readonly panZoom: PanZoom;
  readonly size: { readonly width: number; readonly height: number };
}

let latest: ToLineage | undefined;
let drawn = "";
let detailed = false;
let drawing = 0;
/** Where the user moved the picture; edits to the spec leave it there. */
let moved: View | null = null;
let shown: Shown | undefined;

const send = connect<ToLineage, FromLineage>((message) => {
  if (message.file !== latest?.file) moved = null;
  latest = message;
  if (message.focus !== null) search.value = message.focus;
  void draw().then(() => light(search.value));
});

detail.addEventListener("click", () => {
  detailed = !detailed;
  moved = null;
  detail.setAttribute("aria-pressed", String(detailed));
  void draw();
});
fit.addEventListener("click", () => {
  moved = null;
  if (shown !== undefined) shown.panZoom.show(wholeView(room(), shown.size));
});
search.addEventListener("input", () => light(search.value));
// A panel that was just opened may not have its size yet.
new ResizeObserver(() => {
  if (moved === null) void draw(true);
}).observe(canvas);
send({ type: "ready" });

const room = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });

async function draw(again = false): Promise<void> {
  if (latest === undefined) return;
  const mine = ++drawing;
  const graph = detailed ? contract(latest.graph, (kind) => columns.has(kind)) : overview(latest.graph);
  const content = JSON.stringify([latest.file, detailed, graph]);
  if (content === drawn && !again) return;
  const layout = await layOut(graph, room());
  // A later edit may have been laid out first.
  if (mine !== drawing) return;
  drawn = content;
  title.textContent = `${graph.nodes.length} ${graph.nodes.length === 1 ? "node" : "nodes"}`;
  if (graph.nodes.length === 0) {
    shown = undefined;
    canvas.replaceChildren(element("p", { class: "empty muted" }, "Nothing is declared here yet. Declare a source and features, and the graph grows as you type."));
    return;
  }
  show(graph, layout);
  light(search.value);
}

function show(graph: Drawn, layout: ElkNode): void {
  const paths = (layout.edges ?? []).map((edge, i) => ({ ...graph.edges[i]!, path: svg("path", { class: "edge", d: curve(edge.sections?.[0]), "marker-end": "url(#arrow)" }) }));
  const nodes = new Map(graph.nodes.map((node) => [node.id, node] as const));
  const boxes = new Map((layout.children ?? []).map((placed) => [placed.id, box(nodes.get(placed.id)!, placed)] as const));
  const content = svg("g", {}, ...paths.map(({ path }) => path), ...boxes.values());
  const arrow = svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto" }, svg("path", { class: "arrow", d: "M0,0.8 L7,4 L0,7.2" }));
  const picture = svg("svg", { role: "group", "aria-label": "Lineage graph" }, svg("defs", {}, arrow), content);
  canvas.replaceChildren(picture);
  const size = { width: layout.width ?? 0, height: layout.height ?? 0 };
  const panZoom = new PanZoom(canvas, content, moved ?? startView(room(), size), (view) => (moved = view));
  shown = { graph, boxes, paths, panZoom, size };
}

function box(node: DrawnNode, at: ElkNode): SVGGElement {
  const width = at.width ?? 0;
  const group = svg("g", { class: `node kind-${node.kind}`, transform: `translate(${at.x ?? 0},${at.y ?? 0})`, tabindex: 0, role: "link", "data-id": node.id },
    svg("title", {}, `${node.kind} ${node.name}: go to its declaration`),
    svg("rect", { class: "back", width, height: NODE_HEIGHT, rx: 5 }),
    svg("rect", { class: "mark", width: 4, height: NODE_HEIGHT - 12, x: 6, y: 6, rx: 2 }),
    svg("text", { x: 18, y: 19 }, node.name),
    svg("text", { class: "kind", x: 18, y: 35 }, caption(node)),
    node.tags.length === 0 ? null : svg("text", { class: "tag", x: width - 10, y: 35, "text-anchor": "end" }, node.tags.map((tag) => `@${tag}`).join(" ")));
  const open = (): void => send({ type: "open", id: node.opens });
  group.addEventListener("click", open);
  group.addEventListener("keydown", (event) => (event.key === "Enter" ? open() : undefined));
  group.addEventListener("mouseenter", () => lightAround([node.id]));
  group.addEventListener("mouseleave", () => light(search.value));
  return group;
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
  const { graph, boxes, paths } = shown;
  const lit = new Set(ids.flatMap((id) => [...related(graph, id)]));
  const all = ids.length === 0;
  for (const [id, group] of boxes) group.classList.toggle("dim", !all && !lit.has(id));
  for (const { from, to, path } of paths) {
    const on = lit.has(from) && lit.has(to);
    path.classList.toggle("lit", on);
    path.classList.toggle("dim", !all && !on);
  }
}
