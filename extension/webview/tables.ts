import type { GateResult, RunEvent, SliceMetrics } from "../../runtime/events.ts";
import { element } from "./host.ts";

type Open = (file: string, line: number) => void;
type Evaluated = Extract<RunEvent, { type: "evaluated" }>;
type Contract = Extract<RunEvent, { type: "contract-checked" }>;

/** Failed ones first. */
export function gateTable(gates: readonly GateResult[], open: Open): HTMLElement {
  const order = { failed: 0, passed: 1, skipped: 2 } as const;
  const rows = [...gates].sort((a, b) => order[a.outcome] - order[b.outcome]).map((gate) => {
    const slice = gate.slice === null ? null : element("span", { class: "slice" }, gate.slice);
    const room = roomOf(gate);
    return element("tr", {}, mark(gate.outcome), element("td", {}, link(gate.text, gate.file, gate.line, open), slice, gate.reason === null ? null : element("div", { class: "reason muted" }, gate.reason)), cell(number(gate.value), "number"),
      cell(gate.bound === null ? "" : `${signs[gate.comparison]} ${short(gate.bound)}`, "number"),
      room === null ? cell("") : cell(`${room >= 0 ? "+" : "−"}${number(Math.abs(room))}`, room >= 0 ? "number good" : "number bad"));
  });
  return table(["", "gate", "value", "bound", "room"], [2, 3, 4], rows);
}

const signs: Readonly<Record<GateResult["comparison"], string>> = { "<": "<", "<=": "≤", ">": ">", ">=": "≥" };

/** How far on the good side of its bound; null when it could not be judged. */
function roomOf({ value, bound, comparison }: GateResult): number | null {
  if (value === null || bound === null) return null;
  return comparison.startsWith(">") ? value - bound : bound - value;
}

export function metricTable(event: Evaluated): HTMLElement {
  const names = Object.keys(event.slices[0]?.metrics ?? {});
  const row = (label: string, slice: SliceMetrics, kind = "") =>
    element("tr", kind ? { class: kind } : {}, cell(label), cell(slice.rows.toLocaleString("en-US"), "number"), ...names.map((name) => cell(number(slice.metrics[name] ?? null), "number")));
  const rows = event.slices.map((slice) => row(slice.slice === null ? "all" : `${slice.slice.name} = ${slice.slice.value}`, slice));
  const baselines = event.baselines.flatMap((baseline) => baseline.slices.filter(({ slice }) => slice === null).map((slice) => row(`baseline ${baseline.name}`, slice, "baseline")));
  return table(["slice", "rows", ...names.map((name) => name.replaceAll("_", " "))], [1, ...names.map((_, i) => i + 2)], [...rows.slice(0, 1), ...baselines, ...rows.slice(1)]);
}

export function contractTable(contracts: readonly Contract[], open: Open): HTMLElement {
  const rows = contracts.flatMap(({ source, clauses }) => clauses.map((clause) =>
    element("tr", {}, mark(clause.passed ? "passed" : "failed"), element("td", {}, link(clause.text, clause.file, clause.line, open), element("span", { class: "slice" }, source)), cell(clause.observed, clause.passed ? "muted wide" : "bad wide"))));
  return table(["", "clause", "found"], [], rows);
}

const cell = (text: string, kind = ""): HTMLElement => element("td", kind ? { class: kind } : {}, text);
const number = (value: number | null): string => (value === null ? "–" : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(4));
/** A bound as it was written, or to the digits that matter when it was computed. */
const short = (value: number): string => String(Number(value.toPrecision(6)));

function mark(outcome: GateResult["outcome"]): HTMLElement {
  const [sign, kind, words] = { passed: ["✓", "good", "passed"], failed: ["✗", "bad", "failed"], skipped: ["–", "muted", "not judged"] }[outcome] as [string, string, string];
  return element("td", { class: `mark ${kind}`, title: words, "aria-label": words }, sign);
}

function link(text: string, file: string, line: number, open: Open): HTMLElement {
  const made = element("a", { role: "link", tabindex: 0, title: "Go to the line" }, text);
  made.addEventListener("click", () => open(file, line));
  made.addEventListener("keydown", (event) => (event.key === "Enter" ? open(file, line) : undefined));
  return made;
}

function table(head: readonly string[], right: readonly number[], rows: readonly HTMLElement[]): HTMLElement {
  const heads = head.map((text, i) => element("th", right.includes(i) ? { class: "number" } : {}, text));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
}
