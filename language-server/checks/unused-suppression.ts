import type { Suppression } from "../../grammar/compiled-spec/index.ts";
import type { Check, Finding } from "./finding.ts";

export const unusedSuppression: Check = {
  id: "unused-suppression",
  title: "An ignore comment that ignores nothing",
  severity: "warning",
  foundIn: [],
  // Decided in `run-checks.ts`, after all others have spoken.
  run: () => [],
  explanation: {
    problem:
      "An ignore that silences nothing is a trap: it looks as if somebody had weighed a risk, and will silence the next finding on that line unseen. "
      + "So is one without a reason: nobody can tell later whether it still holds. One that is written otherwise than "
      + "`// mlspec-ignore check: reason`, in a comment of its own, silences nothing and is told here.",
    failing: `// mlspec-ignore no-fallback: the shop shows its own default
service recommend {
  model: ranker
  timeout: 50ms
  otherwise: ranker.usual
}`,
    mended: `// mlspec-ignore no-fallback: the shop shows its own default
service recommend {
  model: ranker
  timeout: 50ms
}`,
    cannotSee: "Whether a reason is a good one. While a file has errors, findings may be missing, and ignores for them are left alone.",
  },
};

export function unusedSuppressionFinding(suppression: Suppression, why: string): Finding {
  return {
    check: unusedSuppression.id,
    severity: unusedSuppression.severity,
    message: why,
    origin: { file: suppression.file, range: suppression.comment },
    related: [],
    ...fixOf(suppression),
  };
}

/** Of a malformed one that says what is to be silenced, and why. */
function fixOf({ check, reason, file, comment, replaceable }: Suppression): Pick<Finding, "fix"> {
  if (replaceable !== true) return {};
  const newText = `// mlspec-ignore ${check}: ${reason}`;
  return { fix: { title: `Change to \`${newText}\``, edits: [{ origin: { file, range: comment }, newText }] } };
}
