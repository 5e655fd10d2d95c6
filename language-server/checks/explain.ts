/** What `mlspec explain` prints and a hover links to, as Markdown. */
import type { Check } from "./finding.ts";
import { checkById, checks } from "./index.ts";

/** The page of one check, or null when there is none of that id. */
export function explain(id: string): string | null {
  const check = checkById.get(id);
  return check === undefined ? null : page(check);
}

/** One line per check. */
export function checkList(): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return checks.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${title}`).join("\n");
}

function page({ id, title, severity, explanation }: Check): string {
  const fence = (text: string): string => `\`\`\`mlspec\n${text}\n\`\`\``;
  return [
    `# ${id}`,
    `${title}. Reported as ${severity}.`,
    explanation.problem,
    "## Fails",
    fence(explanation.failing),
    "## Mended",
    fence(explanation.mended),
    "## What it cannot see",
    explanation.cannotSee,
    `To accept one finding: \`// mlspec-ignore ${id}: the reason\` behind the code of its line, or on a line of its own above.`,
  ].join("\n\n") + "\n";
}
