import { shortPath } from "../exit.ts";
import type { InitReport } from "../init-report.ts";
import type { Terminal } from "../terminal.ts";

const tasks: Readonly<Record<InitReport["label"]["task"], string>> = { "yes-or-no": "yes or no", classes: "one of several classes", number: "a number" };

export function drawDraft({ spec, data, rows, label, otherLabels, time, missing, leftOut, notRead, findings }: InitReport, { colors, cwd }: Terminal): string {
  const path = shortPath(spec, cwd);
  const why = label.why === "named" ? "as named" : `guessed: ${label.why}`;
  const others = otherLabels.length === 0 || label.why === "named" ? "" : `; --label names another: ${otherLabels.slice(0, 5).join(", ")}${otherLabels.length > 5 ? " …" : ""}`;
  return [
    `${colors.bold(path)} is written, of ${shortPath(data, cwd)} (${rows} rows).`,
    `  predicts   ${label.column}, ${tasks[label.task]} (${why}${others})`,
    ...(time === null ? [] : [`  time       ${time} (guessed); the newest rows test`]),
    ...(missing.length === 0 ? [] : [`  missing    is what is written as ${missing.map((text) => JSON.stringify(text)).join(", ")}`]),
    ...leftOut.map(({ column, why }) => `  left out   ${column}: ${why}`),
    ...notRead.map((column) => `  not read   ${column}`),
    ...(findings === 0 ? [] : [`${colors.yellow("!")} \`mlspec validate ${path}\` has something to say of it.`]),
    `Next: read it, then \`mlspec run ${path}\`.`, "",
  ].join("\n");
}
