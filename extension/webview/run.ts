/** A run: its stages, the loss curve, the metrics by slice, the gates with the room they have left. */
import * as Plot from "@observablehq/plot";
import type { GateResult, RunEvent, RunStage, SliceMetrics } from "../../runtime/events.ts";
import type { FromRun, ToRun } from "../panels/messages.ts";
import { connect, element } from "./host.ts";

type Of<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

const root = document.querySelector("#root")!;
let title = "";
let events: RunEvent[] = [];
let scheduled = false;

const send = connect<ToRun, FromRun>((message) => {
  if (message.type === "reset") [title, events] = [message.title, [...message.events]];
  else events.push(message.event);
  // Many events come at once; the page is drawn once a frame.
  if (!scheduled) requestAnimationFrame(draw);
  scheduled = true;
});
send({ type: "ready" });

const all = <T extends RunEvent["type"]>(type: T): readonly Of<T>[] => events.filter((event): event is Of<T> => event.type === type);
const last = <T extends RunEvent["type"]>(type: T): Of<T> | undefined => all(type).at(-1);

function draw(): void {
  scheduled = false;
  const started = last("run-started");
  const finished = last("run-finished");
  const state = finished === undefined ? "running" : finished.outcome;
  root.replaceChildren(element("div", { class: "run" },
    element("header", {}, element("h1", {}, started?.model ?? title), element("span", { class: state === "done" ? "good" : state === "failed" ? "bad" : "muted" }, stateText(finished)),
      element("span", { class: "muted" }, started ? new Date(started.at).toLocaleString() : "")),
    stages(), failure(finished), lossCurve(), ...evaluations()));
}

function stateText(finished: Of<"run-finished"> | undefined): string {
  if (finished === undefined) return "running …";
  return `${finished.outcome} in ${finished.seconds.toFixed(1)} s`;
}

function stages(): HTMLElement {
  const names: readonly RunStage[] = ["validate", "data", "train", "evaluate", "register"];
  const items = names.filter((name) => all("stage-started").some(({ stage }) => stage === name)).map((name) => {
    const finished = all("stage-finished").findLast(({ stage }) => stage === name);
    const progress = all("stage-progress").findLast(({ stage }) => stage === name);
    const text = finished === undefined ? (progress?.total ? `${Math.round((100 * progress.done) / progress.total)}%` : "…") : finished.outcome === "skipped" ? "unchanged" : `${finished.outcome === "failed" ? "failed, " : ""}${finished.seconds.toFixed(1)} s`;
    const summary = finished === undefined ? "" : Object.entries(finished.summary).map(([key, value]) => `${key}: ${value}`).join("\n");
    return element("li", { class: finished === undefined ? "running" : finished.outcome, title: summary }, element("div", { class: "name" }, name), element("div", { class: "muted" }, text));
  });
  return element("ul", { class: "stages" }, ...items);
}

function failure(finished: Of<"run-finished"> | undefined): HTMLElement | null {
  if (!finished?.error) return null;
  return element("div", { class: "error", role: "alert" }, [finished.error.message, finished.error.hint].filter(Boolean).join("\n"));
}

function lossCurve(): HTMLElement | null {
  const epochs = all("epoch-finished");
  if (epochs.length === 0) return null;
  const points = epochs.flatMap(({ epoch, trainLoss, validateLoss }) => [
    { epoch, loss: trainLoss, part: "train" }, ...(validateLoss === null ? [] : [{ epoch, loss: validateLoss, part: "validate" }]),
  ]);
  const best = epochs.findLast((epoch) => epoch.best);
  const plot = Plot.plot({
    height: 260, width: Math.min(760, root.clientWidth - 60), style: { background: "transparent", color: "currentColor" },
    x: { label: "epoch", ticks: Math.min(12, epochs.length), tickFormat: "d" }, y: { label: "loss", grid: true },
    color: { domain: ["train", "validate"], range: ["var(--vscode-charts-blue, #3794ff)", "var(--vscode-charts-orange, #d18616)"], legend: true },
    marks: [
      Plot.lineY(points, { x: "epoch", y: "loss", stroke: "part", marker: epochs.length <= 40 ? "dot" : "none" }),
      ...(best === undefined ? [] : [Plot.ruleX([best.epoch], { stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "3,3" }), Plot.text([best], { x: "epoch", frameAnchor: "top", text: () => "best", dx: 16, fill: "currentColor", fillOpacity: 0.7 })]),
    ],
  });
  return element("section", {}, element("h2", {}, "Loss"), element("figure", {}, plot));
}

function evaluations(): readonly HTMLElement[] {
  return all("evaluated").flatMap((event) => [
    element("section", {}, element("h2", {}, `Gates of ${event.evaluation}`), event.gates.length === 0 ? element("p", { class: "muted" }, "No requirement is declared.") : gateTable(event.gates)),
    element("section", {}, element("h2", {}, "Metrics by slice"), metricTable(event)),
  ]);
}

const cell = (text: string, kind = ""): HTMLElement => element("td", kind ? { class: kind } : {}, text);
const number = (value: number | null): string => (value === null ? "–" : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(4));

function gateTable(gates: readonly GateResult[]): HTMLElement {
  const order = { failed: 0, passed: 1, skipped: 2 } as const;
  const rows = [...gates].sort((a, b) => order[a.outcome] - order[b.outcome]).map((gate) => {
    const link = element("a", { role: "link", tabindex: 0 }, gate.text);
    link.addEventListener("click", () => send({ type: "open", file: gate.file, line: gate.line }));
    const mark = { passed: ["✓", "good"], failed: ["✗", "bad"], skipped: ["–", "muted"] }[gate.outcome] as [string, string];
    const room = gate.value === null || gate.bound === null ? null : gate.comparison.startsWith(">") ? gate.value - gate.bound : gate.bound - gate.value;
    return element("tr", {}, cell(mark[0], mark[1]), element("td", {}, link), cell(gate.slice ?? ""), cell(number(gate.value), "number"),
      cell(gate.bound === null ? "" : `${gate.comparison} ${number(gate.bound)}`, "number"), cell(room === null ? (gate.reason ?? "") : `${room >= 0 ? "+" : "−"}${number(Math.abs(room))}`, room === null ? "muted" : "number"));
  });
  return table(["", "gate", "slice", "value", "bound", "room"], [3, 4, 5], rows);
}

function metricTable(event: Of<"evaluated">): HTMLElement {
  const names = Object.keys(event.slices[0]?.metrics ?? {});
  const row = (label: string, slice: SliceMetrics, kind = "") => element("tr", kind ? { class: kind } : {}, cell(label), cell(slice.rows.toLocaleString("en-US"), "number"), ...names.map((name) => cell(number(slice.metrics[name] ?? null), "number")));
  const rows = event.slices.map((slice) => row(slice.slice === null ? "all" : `${slice.slice.name} = ${slice.slice.value}`, slice));
  const baselines = event.baselines.flatMap((baseline) => baseline.slices.filter(({ slice }) => slice === null).map((slice) => row(`baseline ${baseline.name}`, slice, "baseline")));
  return table(["slice", "rows", ...names], names.map((_, i) => i + 2).concat(1), [...rows.slice(0, 1), ...baselines, ...rows.slice(1)]);
}

function table(head: readonly string[], right: readonly number[], rows: readonly HTMLElement[]): HTMLElement {
  const heads = head.map((text, i) => element("th", right.includes(i) ? { class: "number" } : {}, text));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
}
