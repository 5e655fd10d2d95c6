/** A run: its stages, the loss curve, the gates with the room they have left, the metrics by slice, the data's contracts. */
import type { RunEvent, RunStage } from "../../runtime/events.ts";
import type { FromRun, ToRun } from "../panels/messages.ts";
import { connect, element } from "./host.ts";
import { lossCurve } from "./loss-curve.ts";
import { contractTable, gateTable, metricTable } from "./tables.ts";

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

const open = (file: string, line: number): void => send({ type: "open", file, line });
const all = <T extends RunEvent["type"]>(type: T): readonly Of<T>[] => events.filter((event): event is Of<T> => event.type === type);
const last = <T extends RunEvent["type"]>(type: T): Of<T> | undefined => all(type).at(-1);

function draw(): void {
  scheduled = false;
  const started = last("run-started");
  const finished = last("run-finished");
  root.replaceChildren(element("div", { class: "run" },
    header(started, finished), stages(started?.until ?? "register", finished !== undefined), failure(finished), loss(), ...evaluations(), contracts(), notes()));
}

function header(started: Of<"run-started"> | undefined, finished: Of<"run-finished"> | undefined): HTMLElement {
  const registered = last("registered");
  const outcome = finished === undefined ? "running …" : `${finished.outcome} in ${finished.seconds.toFixed(1)} s`;
  const kind = finished === undefined ? "muted" : finished.outcome === "done" ? "good" : finished.outcome === "failed" ? "bad" : "muted";
  return element("header", { role: "status" },
    element("h1", {}, started?.model ?? title),
    registered === undefined ? null : element("span", {}, `version ${registered.version}`),
    element("span", { class: kind }, outcome),
    element("span", { class: "muted" }, started ? new Date(started.at).toLocaleString() : ""));
}

const order: readonly RunStage[] = ["validate", "data", "train", "evaluate", "register"];

function stages(until: RunStage, ended: boolean): HTMLElement {
  const begun = new Set(all("stage-started").map(({ stage }) => stage));
  const shown = order.slice(0, order.indexOf(until) + 1);
  return element("ul", { class: "stages" }, ...shown.map((name) => (begun.has(name) ? stage(name, ended) : item(name, "waiting", "–", "", 0))));
}

function stage(name: RunStage, ended: boolean): HTMLElement {
  const finished = all("stage-finished").findLast((event) => event.stage === name);
  if (finished?.outcome === "failed" && last("run-finished")?.outcome === "cancelled") return item(name, "cancelled", `stopped, ${finished.seconds.toFixed(1)} s`, "", 0);
  if (finished !== undefined) {
    const text = finished.outcome === "skipped" ? "unchanged" : `${finished.outcome === "failed" ? "failed, " : ""}${finished.seconds.toFixed(1)} s`;
    return item(name, finished.outcome, text, Object.entries(finished.summary).map(([key, value]) => `${key}: ${value}`).join("\n"), 1);
  }
  if (ended) return item(name, "waiting", "stopped", "", 0);
  const progress = all("stage-progress").findLast((event) => event.stage === name);
  const epoch = name === "train" ? last("epoch-finished") : undefined;
  const done = epoch ? epoch.epoch / epoch.epochs : progress?.total ? progress.done / progress.total : 0;
  return item(name, "running", epoch ? `${epoch.epoch} of ${epoch.epochs}` : progress?.total ? `${Math.round(100 * done)}%` : "…", "", done);
}

function item(name: RunStage, kind: string, text: string, summary: string, done: number): HTMLElement {
  return element("li", { class: kind, title: summary }, element("div", { class: "name" }, name), element("div", { class: "muted" }, text), element("div", { class: "bar", style: `width: ${Math.round(done * 100)}%` }));
}

function failure(finished: Of<"run-finished"> | undefined): HTMLElement | null {
  if (!finished?.error) return null;
  const { code, message, hint } = finished.error;
  if (finished.outcome === "cancelled") return element("p", { class: "muted" }, hint ?? message);
  return element("div", { class: "error", role: "alert" }, message, element("span", { class: "muted" }, ` (${code})`), hint === null ? null : element("div", { class: "hint" }, hint));
}

function loss(): HTMLElement | null {
  const epochs = all("epoch-finished");
  if (epochs.length === 0) return null;
  const speed = epochs.at(-1)!.examplesPerSecond;
  return section("Loss", `${Math.round(speed).toLocaleString("en-US")} examples/s`, lossCurve(epochs, Math.min(760, root.clientWidth - 60)));
}

function evaluations(): readonly HTMLElement[] {
  return all("evaluated").flatMap((event) => {
    const count = (outcome: string): number => event.gates.filter((gate) => gate.outcome === outcome).length;
    const summary = [`${count("passed")} passed`, ...(count("failed") > 0 ? [`${count("failed")} failed`] : []), ...(count("skipped") > 0 ? [`${count("skipped")} not judged`] : [])].join(", ");
    return [
      section(`Gates of ${event.evaluation}`, event.gates.length === 0 ? "" : summary, event.gates.length === 0 ? element("p", { class: "muted" }, "No requirement is declared.") : gateTable(event.gates, open)),
      section("Metrics by slice", "on the test part", metricTable(event)),
    ];
  });
}

function contracts(): HTMLElement | null {
  const checked = all("contract-checked").filter(({ clauses }) => clauses.length > 0);
  return checked.length === 0 ? null : section("Data contracts", "", contractTable(checked, open));
}

function notes(): HTMLElement | null {
  const messages = all("message");
  return messages.length === 0 ? null : section("Notes", "", element("ul", { class: "notes muted" }, ...messages.map(({ level, text }) => element("li", { class: level }, text))));
}

function section(name: string, note: string, content: HTMLElement): HTMLElement {
  return element("section", {}, element("h2", {}, name, note === "" ? null : element("span", { class: "muted" }, note)), content);
}
