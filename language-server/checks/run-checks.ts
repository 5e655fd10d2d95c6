/** All checks over a compiled spec, with suppressions applied. Pure: the same spec gives the same findings in the same order. */
import type { CompiledSpec, Suppression } from "../../grammar/compiled-spec/index.ts";
import { factsOf } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { checkById, checks } from "./index.ts";
import { unusedSuppressionFinding } from "./unused-suppression.ts";

export interface RunOptions {
  /**
   * True when the compiler left declarations out because of errors. Then nothing is said about what is absent: it may be
   * one of those.
   */
  readonly partial?: boolean;
}

export function runChecks(spec: CompiledSpec, { partial = false }: RunOptions = {}): Finding[] {
  const facts = factsOf(spec);
  const found = checks.filter((check) => !(partial && check.needsWholeSpec)).flatMap((check) => check.run(facts));
  const valid = spec.suppressions.filter((suppression) => complaint(suppression) === null);
  const kept = found.filter((finding) => !valid.some((suppression) => silences(suppression, finding)));
  return [...kept, ...spec.suppressions.flatMap((suppression) => judge(suppression, found, partial))].toSorted(byPlace);
}

/** A suppression speaks for its own line and the one below. */
function silences(suppression: Suppression, finding: Finding): boolean {
  const line = finding.origin.range[0];
  return suppression.check === finding.check && suppression.file === finding.origin.file && (suppression.line === line || suppression.line === line - 1);
}

function judge(suppression: Suppression, found: readonly Finding[], partial: boolean): readonly Finding[] {
  const wrong = complaint(suppression);
  if (wrong !== null) return [unusedSuppressionFinding(suppression, wrong)];
  if (partial || found.some((finding) => silences(suppression, finding))) return [];
  return [unusedSuppressionFinding(suppression, `This ignore silences nothing: \`${suppression.check}\` has no finding on this line or the next. Remove it.`)];
}

/** What is wrong with a suppression whatever the findings are; such a one silences nothing. */
function complaint({ check, reason }: Suppression): string | null {
  if (!checkById.has(check)) return `There is no check \`${check}\` to ignore. \`mlspec explain\` lists them all.`;
  if (reason.trim() === "") return `This ignore has no reason and is not followed. Write \`// mlspec-ignore ${check}: why it is all right\`.`;
  return null;
}

function byPlace(a: Finding, b: Finding): number {
  const places = [a.origin.file - b.origin.file, a.origin.range[0] - b.origin.range[0], a.origin.range[1] - b.origin.range[1]];
  return places.find((difference) => difference !== 0) ?? a.check.localeCompare(b.check, "en");
}
