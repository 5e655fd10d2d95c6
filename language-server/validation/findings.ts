/** Findings of the reliability checks, as problems of the file they are found in. */
import type { LangiumDocument } from "langium";
import type { Origin } from "../../grammar/compiled-spec/index.ts";
import type { Finding } from "../checks/finding.ts";
import type { DiagnosticFix, Range, Related } from "./problem.ts";

export interface FindingProblem {
  readonly check: string;
  readonly severity: Finding["severity"];
  readonly message: string;
  readonly range: Range;
  readonly related: readonly Related[];
  readonly fixes: readonly DiagnosticFix[];
}

/** Those in the first of `documents`: each file of a workspace reports its own. */
export function findingsIn(findings: readonly Finding[], documents: readonly LangiumDocument[]): FindingProblem[] {
  return findings.filter((f) => f.origin.file === 0).map((f) => ({
    check: f.check, severity: f.severity, message: f.message, range: rangeOf(f.origin),
    related: f.related.map((r) => ({ ...place(r.origin, documents), message: r.message })),
    fixes: f.fix === undefined ? [] : [{ title: f.fix.title, edits: f.fix.edits.map((e) => ({ ...place(e.origin, documents), newText: e.newText })) }],
  }));
}

const rangeOf = ({ range: [line, character, endLine, endCharacter] }: Origin): Range => ({ start: { line, character }, end: { line: endLine, character: endCharacter } });
const place = (origin: Origin, documents: readonly LangiumDocument[]): { uri: string; range: Range } => ({ uri: documents[origin.file]?.uri.toString() ?? "", range: rangeOf(origin) });
