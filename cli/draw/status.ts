import { durationText } from "../../runtime/rollout/duration.ts";
import type { StatusReport } from "../status-report.ts";
import { shortPath } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { metric, seconds } from "./numbers.ts";
import { fittedTable } from "./table.ts";
import { flowed } from "./wrap.ts";

export function drawStatus(report: StatusReport, terminal: Terminal): string {
  const { colors, columns, cwd } = terminal;
  const head = `${colors.bold(shortPath(report.spec, cwd))} ${colors.dim(`(state in ${shortPath(report.state, cwd)})`)}\n`;
  const problem = report.specProblem === null ? "" : `${colors.yellow("!")} ${report.specProblem}. What the state knows is shown.\n`;
  return flowed(head + problem, columns) + [models(report, terminal), services(report, terminal), rollouts(report, terminal), runs(report, terminal)].filter((part) => part !== "").join("\n");
}

const moment = (iso: string): string => iso.slice(0, 16).replace("T", " ");

function models({ models, spec }: StatusReport, terminal: Terminal): string {
  const { colors, cwd } = terminal;
  if (models.length === 0) return "No model is declared or registered.\n";
  const rows = models.flatMap(({ name, versions }) => (versions.length === 0
    ? [[name, colors.dim(`no version yet; \`mlspec run ${shortPath(spec, cwd)}\` registers one`), "", "", ""]]
    : versions.map((version, i) => [
      i === 0 ? name : "", version.version, version.live ? colors.green("live") : version.problem === null ? "" : colors.red("cannot answer"), moment(version.created),
      version.problem ?? Object.entries(version.metrics).map(([key, value]) => `${key} ${metric(value)}`).join("  "),
    ])));
  return fittedTable({ head: ["model", "version", "", "registered", "metrics"], rows }, terminal);
}

/** A spec with something wrong may well declare it, in words that cannot be read. */
const markOf = ({ specProblem }: StatusReport, { declared }: { readonly declared: boolean }): readonly string[] => (declared ? [] : [specProblem === null ? "not declared in the spec" : "known from the state"]);

function services(report: StatusReport, terminal: Terminal): string {
  const { services } = report;
  const { colors } = terminal;
  if (services.length === 0) return "";
  const rows = services.map((service) => [service.name, service.answers === null ? "the fallback" : service.answers, service.live ?? "the fallback", service.previous ?? "", [service.process === null ? colors.dim("not served") : `process ${service.process.pid}`, ...markOf(report, service)].join(", ")]);
  const problems = services.flatMap(({ name, problems }) => problems.map((problem) => `${colors.yellow("!")} ${name}: ${problem}\n`));
  const ahead = services.flatMap(({ name, clock }) => (clock === null ? [] : [`${colors.yellow("!")} ${name}: its time is ${moment(clock.now)}, ${durationText(clock.aheadMs)} ahead of the system's clock (--time-scale, or that clock was set back)\n`]));
  return fittedTable({ head: ["service", "answers", "live", "before", ""], rows }, terminal) + flowed([...problems, ...ahead].join(""), terminal.columns) + drawHistory(services, terminal);
}

/** What a rollback has to choose from; a single first deployment is no history. */
function drawHistory(services: StatusReport["services"], terminal: Terminal): string {
  const rows = services.filter(({ history }) => history.length > 1).flatMap(({ name, history }) => history.slice(0, 5).map(({ at, version, kind, by, reason }, i) => [i === 0 ? name : "", moment(at), version ?? "the fallback", kind, by, reason]));
  return rows.length === 0 ? "" : `\n${fittedTable({ head: ["went live", "when", "version", "how", "by", "why"], rows }, terminal)}`;
}

function rollouts(report: StatusReport, terminal: Terminal): string {
  const { rollouts } = report;
  if (rollouts.length === 0) return "";
  return fittedTable({ head: ["rollout", "state", "version", "stage", ""], rows: rollouts.map((each) => [each.name, each.state, each.version ?? "", each.stage ?? "", [...markOf(report, each), each.summary].join("; ")]) }, terminal);
}

function runs({ runs }: StatusReport, terminal: Terminal): string {
  const { colors } = terminal;
  if (runs.length === 0) return "";
  const rows = runs.slice(0, 5).map((run) => [run.model, run.outcome === "done" ? colors.green("done") : run.outcome === "failed" ? colors.red("failed") : run.outcome, moment(run.started), run.seconds === null ? "" : seconds(run.seconds), run.error ?? ""]);
  return fittedTable({ head: ["run of", "outcome", "started", "took", ""], rows }, terminal);
}
