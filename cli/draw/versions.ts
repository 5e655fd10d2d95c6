import type { VersionsReport } from "../status-report.ts";
import type { Terminal } from "../terminal.ts";
import { fittedTable } from "./table.ts";
import { flowed } from "./wrap.ts";

const moment = (iso: string | null): string => (iso ?? "").slice(0, 16).replace("T", " ");

export function drawVersions({ service, model, live, versions, history }: VersionsReport, terminal: Terminal): string {
  const { colors } = terminal;
  const head = `service ${colors.bold(service)}: ${live === null ? "the fallback is live" : `version ${colors.bold(live)} of ${model} is live`}\n`;
  const rows = versions.map((each) => [each.version, each.live ? colors.green("live") : each.problem === null ? "" : colors.red("cannot answer"), moment(each.created), each.problem ?? ""]);
  const before = history.map(({ at, version, kind, by, reason }) => [moment(at), version ?? "the fallback", kind, by, reason]);
  return flowed(head, terminal.columns) + fittedTable({ head: ["version", "", "registered", ""], rows }, terminal)
    + (before.length === 0 ? "" : `\n${fittedTable({ head: ["went live", "version", "how", "by", "why"], rows: before }, terminal)}`);
}
