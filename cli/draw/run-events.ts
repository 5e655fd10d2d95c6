/** Draws a run's events: a line per stage, a bar while it works, tables for contracts, metrics and gates. */
import { SingleBar } from "cli-progress";
import type { ClauseResult, GateResult, RunEvent, SliceMetrics } from "../../runtime/events.ts";
import { placeText, shortPath } from "../exit.ts";
import { onStandardError, type Terminal } from "../terminal.ts";
import { count, metric, seconds, short } from "./numbers.ts";
import { stageSentence } from "./stage.ts";
import { fittedTable, tableWidth, type Table } from "./table.ts";
import { flowed } from "./wrap.ts";

type Of<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export class RunDrawing {
  readonly #terminal: Terminal;
  #bar: SingleBar | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  readonly emit = (event: RunEvent): void => {
    switch (event.type) {
      case "run-started": return this.#line(`${this.#terminal.colors.bold(event.model)} ${this.#terminal.colors.dim(`from ${shortPath(event.spec, this.#terminal.cwd)}, run ${event.run}`)}`);
      case "stage-started": return;
      case "stage-progress": return this.#progress(event);
      case "stage-finished": return this.#finished(event);
      case "contract-checked": return this.#contract(event);
      case "epoch-finished": return this.#epoch(event);
      case "evaluated": return this.#evaluated(event);
      case "registered": return;
      // Once for all models, with the lines that they are about: `mlspec run` has shown them before.
      case "problem": return;
      case "message": return this.#line(`${event.level === "warning" ? this.#terminal.colors.yellow("!") : " "} ${event.text}`);
      case "run-finished": return this.#stopBar();
    }
  };

  #line(text: string): void {
    this.#stopBar();
    this.#terminal.out(`${flowed(text, this.#terminal.columns)}\n`);
  }

  #progress(event: Of<"stage-progress">): void {
    if (!this.#terminal.interactive || event.total === null) return;
    const detail = event.detail ?? `${short(event.done)} ${event.unit}`;
    if (this.#bar === null) {
      this.#bar = new SingleBar({ format: `  ${event.stage.padEnd(9)} {bar} {percentage}% {detail}`, hideCursor: true, clearOnComplete: true, barsize: Math.max(6, Math.min(28, onStandardError(this.#terminal).columns - 48)), stopOnComplete: false });
      this.#bar.start(event.total, event.done, { detail });
    }
    this.#bar.setTotal(event.total);
    this.#bar.update(event.done, { detail });
  }

  #stopBar(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #finished(event: Of<"stage-finished">): void {
    const { colors } = this.#terminal;
    const mark = unjudged(event) ? colors.dim("–") : { done: colors.green("✓"), skipped: colors.dim("="), failed: colors.red("✗") }[event.outcome];
    const sentence = stageSentence(event.stage, event.summary);
    const ended = event.outcome === "skipped" ? "unchanged" : seconds(event.seconds);
    this.#line(`${mark} ${event.stage.padEnd(9)} ${sentence === "" ? colors.red("failed") : sentence} ${colors.dim(`(${ended})`)}`);
  }

  #contract(event: Of<"contract-checked">): void {
    if (event.clauses.length === 0) return;
    const { colors } = this.#terminal;
    const failed = event.clauses.filter((clause) => !clause.passed);
    if (failed.length === 0) return this.#line(`  ${colors.dim(`contract of ${event.source}: ${event.clauses.length} of ${event.clauses.length} clauses hold over ${count(event.rows)} rows`)}`);
    this.#line(`  contract of ${event.source} is broken:`);
    this.#terminal.out(fittedTable({ head: ["", "clause", "observed", "declared at"], rows: event.clauses.map((clause) => this.#clause(clause)) }, this.#terminal));
  }

  #clause(clause: ClauseResult): readonly string[] {
    const { colors, cwd } = this.#terminal;
    return [clause.passed ? colors.green("✓") : colors.red("✗"), clause.text, clause.observed, colors.dim(placeText(clause, cwd))];
  }

  #epoch(event: Of<"epoch-finished">): void {
    const { colors } = this.#terminal;
    const validation = event.validateLoss === null ? "" : `, validation ${event.validateLoss.toFixed(4)}${event.best ? colors.green(" best") : ""}`;
    this.#line(`  ${colors.dim(`epoch ${String(event.epoch).padStart(String(event.epochs).length)}/${event.epochs}`)} loss ${event.trainLoss.toFixed(4)}${validation} ${colors.dim(`${short(event.examplesPerSecond)} examples/s`)}`);
  }

  #evaluated(event: Of<"evaluated">): void {
    this.#line(metricTable(event, this.#terminal).trimEnd());
    if (event.gates.length > 0) this.#line(gateTable(event.gates, this.#terminal).trimEnd());
  }
}

/** Nothing failed, and nothing was judged either: the first version of what is compared with the live one. */
const unjudged = ({ stage, outcome, summary }: Of<"stage-finished">): boolean => stage === "evaluate" && outcome !== "failed" && summary["gates passed"] === 0 && Number(summary["not judged"] ?? 0) > 0;

/** The whole, its slices and the baselines, a metric per column. */
export function metricTable(event: Of<"evaluated">, terminal: Pick<Terminal, "colors" | "columns">): string {
  const { colors } = terminal;
  const names = Object.keys(event.slices[0]?.metrics ?? {});
  const row = (name: string, slice: SliceMetrics) => [name, count(slice.rows), ...names.map((each) => metric(slice.metrics[each] ?? null))];
  const label = (slice: SliceMetrics) => (slice.slice === null ? "all" : `${slice.slice.name} = ${slice.slice.value}`);
  const slices = [...event.slices].sort((a, b) => Number(a.slice !== null) - Number(b.slice !== null));
  const shown = slices.slice(0, 14);
  const baselines = event.baselines.flatMap((baseline) => baseline.slices.filter((slice) => slice.slice === null).map((slice) => row(`baseline ${baseline.name}`, slice)));
  const rest = slices.length > shown.length ? colors.dim(`  … and ${slices.length - shown.length} more slices (--json shows all)\n`) : "";
  return fittedTable({ head: ["slice", "rows", ...names], rows: [...shown.map((slice) => row(label(slice), slice)), ...baselines], right: names.map((_, i) => i + 2).concat(1) }, terminal) + rest;
}

/** Failed gates first; a failed gate shows by how much. */
export function gateTable(gates: readonly GateResult[], terminal: Pick<Terminal, "colors" | "cwd" | "columns">): string {
  const { colors, columns } = terminal;
  const order = { failed: 0, passed: 1, skipped: 2 } as const;
  const sorted = [...gates].sort((a, b) => order[a.outcome] - order[b.outcome]);
  const shown = sorted.filter((gate, i) => gate.outcome !== "skipped" || gate.slice === null || i < 12);
  const hidden = sorted.length - shown.length;
  const table: Table = { head: ["", "gate", "slice", "value", "bound", "margin", "", "declared at"], rows: shown.map((gate) => gateRow(gate, terminal)), right: [3, 5] };
  // Where something must go, it is what the reader can find in the spec.
  const narrow: Table = { ...table, head: table.head.slice(0, -1), rows: table.rows.map((row) => row.slice(0, -1)) };
  const text = fittedTable(tableWidth(table) <= columns ? table : narrow, terminal);
  return hidden > 0 ? `${text}${colors.dim(`  … and ${hidden} slices that were not judged\n`)}` : text;
}

function gateRow(gate: GateResult, { colors, cwd }: Pick<Terminal, "colors" | "cwd">): readonly string[] {
  const mark = { passed: colors.green("✓"), failed: colors.red("✗"), skipped: colors.dim("–") }[gate.outcome];
  return [mark, gate.text, gate.slice ?? "", metric(gate.value), gate.bound === null ? "" : `${gate.comparison} ${metric(gate.bound)}`, margin(gate), remark(gate), colors.dim(placeText(gate, cwd))];
}

/** Why a gate was not judged; why one failed, the margin says unless there is nothing to judge. */
const remark = (gate: GateResult): string => (gate.reason === null || (gate.outcome !== "skipped" && margin(gate) !== "") ? "" : gate.outcome === "skipped" ? `not judged: ${gate.reason}` : gate.reason);

/** How far the value is on the good side of its bound; negative means by how much it fails. */
function margin(gate: GateResult): string {
  if (gate.value === null || gate.bound === null || gate.outcome === "skipped") return "";
  const good = gate.comparison.startsWith(">") ? gate.value - gate.bound : gate.bound - gate.value;
  return `${good >= 0 ? "+" : "−"}${metric(Math.abs(good))}`;
}
