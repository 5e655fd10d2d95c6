/** A rollout's status as a person on call wants it: where it stands, on what evidence, what it waits for. */
import type { RolloutStatus, ServiceStatus, StageStatus } from "../../runtime/rollout/status.ts";
import type { Evidence } from "../../runtime/rollout/verdict.ts";
import type { Terminal } from "../terminal.ts";
import { count, duration, percent } from "./numbers.ts";
import { fittedTable } from "./table.ts";
import { flowed } from "./wrap.ts";

export function drawRollout(status: ServiceStatus, file: string, terminal: Terminal): string {
  const { colors, columns } = terminal;
  const live = status.live === null ? "its fallback answers" : `version ${colors.bold(status.live)} is live`;
  const head = `service ${colors.bold(status.service)}: ${live}${status.previous === null ? "" : colors.dim(`, before it ${status.previous}`)}\n`;
  if (status.rollout === null) return flowed(`${head}No rollout has been started. \`mlspec rollout start ${file}\` begins one.\n`, columns);
  return flowed(head, columns) + drawProgress(status.rollout, terminal);
}

function drawProgress(rollout: RolloutStatus, terminal: Terminal): string {
  const { colors } = terminal;
  const paint = { pending: colors.cyan, running: colors.cyan, paused: colors.yellow, completed: colors.green, "rolled-back": colors.red, superseded: colors.dim }[rollout.state];
  const lines = [
    `rollout ${rollout.id}: ${paint(rollout.state)}, ${rollout.candidate} against ${rollout.control ?? "the fallback"}, started by ${rollout.startedBy}\n`,
    `  ${rollout.stages.map((stage) => stageText(stage, rollout, terminal)).join(colors.dim(" → "))}\n`,
  ];
  if (rollout.sampleRatioMismatch) lines.push(`  ${colors.red("The arms' sizes do not fit the declared shares: nothing passes until that is understood; harm still rolls back.")}\n`);
  const uncounted = rollout.uncounted.candidate + rollout.uncounted.control;
  if (uncounted > 0) lines.push(`  ${colors.yellow(`${count(uncounted)} requests (${count(rollout.uncounted.candidate)} of the candidate's) were late because of the server and count in neither arm.`)}\n`);
  const now = rollout.waiting === null ? "" : `  ${colors.bold("now:")} ${waitingText(rollout.waiting)}\n`;
  const evidence = rollout.evidence.length === 0 ? "" : evidenceTable(rollout.evidence, terminal);
  return flowed(lines.join(""), terminal.columns) + evidence + flowed(now, terminal.columns) + drawHistory(rollout, terminal);
}

/** What it waits for, and how long that will take where the text does not say so itself. */
function waitingText({ for: what, text, remaining }: NonNullable<RolloutStatus["waiting"]>): string {
  return remaining === null || what === "next-round" || text.includes(remaining) ? text : `${text}, about ${remaining}`;
}

function stageText(stage: StageStatus, rollout: RolloutStatus, { colors }: Terminal): string {
  const share = stage.traffic === 0 ? "mirrors" : percent(stage.traffic, 0);
  const mark = { passed: colors.green("✓"), current: rollout.state === "rolled-back" ? colors.red("✗") : colors.cyan("●"), ahead: colors.dim("○") }[stage.state];
  const held = stage.state === "current" && rollout.endedAt === null ? `, ${duration(rollout.heldMs)} of ${duration(stage.holdMs)}` : "";
  return `${mark} ${stage.name} (${share}${held})`;
}

function evidenceTable(evidence: readonly Evidence[], terminal: Terminal): string {
  const { colors } = terminal;
  const marks = { pass: colors.green("✓"), fail: colors.red("✗"), "not-enough-evidence": colors.yellow("…") };
  const rows = evidence.map((each) => [marks[each.outcome], each.text, `${count(each.seen)}${each.needed === null ? "" : ` of ${count(each.needed)}`}`, each.reason]);
  return fittedTable({ head: ["", "requirement", "seen", "evidence"], rows, right: [2] }, terminal);
}

function drawHistory(rollout: RolloutStatus, terminal: Terminal): string {
  const { colors } = terminal;
  const rows = rollout.history.map((each) => [colors.dim(new Date(each.at).toISOString().slice(0, 19).replace("T", " ")), each.kind, rollout.stages[each.stage]?.name ?? "", each.by, each.reason]);
  return rows.length === 0 ? "" : fittedTable({ head: ["when (UTC)", "what", "stage", "by", "why"], rows }, terminal);
}
