/** All that is wrong with a file: syntax, names, structure, types, and the findings of the checks over what it means. */
import { DefaultDocumentValidator, interruptAndCheck, isOperationCancelled, type Cancellation, type LangiumCoreServices, type LangiumDocument, type ValidationOptions } from "langium";
import type { Declaration } from "../../grammar/generated/ast.ts";
import { rangeOf } from "../compile/context.ts";
import type { MlspecDocumentBuilder } from "../language/document-builder.ts";
import { runChecks } from "../checks/run-checks.ts";
import { MarkedFiles } from "../language/import-graph.ts";
import { specOf } from "../language/imports.ts";
import type { MlspecLinkingError } from "../language/linker.ts";
import type { Names } from "../language/names.ts";
import { preludeUri } from "../language/prelude.ts";
import type { Elaborations } from "../compile/elaborations.ts";
import { blankProblems } from "./blank.ts";
import { commentProblems } from "./comments.ts";
import { contained, defect } from "./defect.ts";
import { encodingProblems } from "./encoding.ts";
import { entranceOf } from "./entrance.ts";
import { escapeProblems } from "./escapes.ts";
import { checkDeclaredOnce, checkImports } from "./files.ts";
import { findingsIn, type FindingProblem } from "./findings.ts";
import type { Diagnostic, DiagnosticData, DiagnosticFix, Problem, Range } from "./problem.ts";
import { repeatProblems } from "./repeats.ts";
import { sameEitherWay } from "./same-either-way.ts";
import { spellingProblems } from "./spelling.ts";
import { checkStructure } from "./structure.ts";
import { syntaxProblems } from "./syntax.ts";
import { valueProblems } from "./values.ts";

type ValidatorServices = LangiumCoreServices & { readonly language: { readonly Names: Names }; readonly compile: { readonly Elaborations: Elaborations } };

export class MlspecValidator extends DefaultDocumentValidator {
  private readonly services: ValidatorServices;

  constructor(services: ValidatorServices) {
    super(services);
    this.services = services;
  }

  override async validateDocument(document: LangiumDocument, _options?: ValidationOptions, cancelToken?: Cancellation.CancellationToken): Promise<Diagnostic[]> {
    if (document.uri.toString() === preludeUri.toString()) return [];
    const shown = (p: Problem): Diagnostic => problemDiagnostic(p, document.uri.toString());
    try {
      const problems = await this.problemsOf(document, cancelToken);
      const { findings, defects } = this.check(document, problems);
      return [...[...problems, ...defects].map(shown), ...findings.map(findingDiagnostic)].sort(byPlace);
    } catch (error) {
      if (isOperationCancelled(error)) throw error;
      return [shown(defect("checking this file", error))];
    }
  }

  /** The findings of the checks, and what went wrong in MLSpec while it compiled the file and looked for them. */
  private check(document: LangiumDocument, problems: readonly Problem[]): { readonly findings: readonly FindingProblem[]; readonly defects: readonly Problem[] } {
    const { Elaborations } = this.services.compile;
    const { spec, documents, defects: ownDefects } = Elaborations.concerning(document);
    const late = this.declared(document).flatMap((d) => Elaborations.elaboration.context.problemsOf(d)).filter((p) => p.code === "internal-error" && !problems.includes(p));
    const defects = [...ownDefects, ...late];
    const partial = [...problems, ...defects].some((p) => p.severity === "error") || this.importsHaveErrors(document);
    const [first] = this.declared(document);
    const onDefect = (check: string, error: unknown): number => defects.push(defect(`running the check \`${check}\` on this file`, error, first && rangeOf(first, "name")));
    const found = runChecks(spec, { partial, onDefect, entrance: entranceOf(documents, this.services.language.Names) });
    return { findings: findingsIn(found, documents), defects };
  }

  private declared(document: LangiumDocument): readonly Declaration[] {
    return specOf(document).declarations ?? [];
  }

  /** Problems of the language itself, without the checks. */
  async problemsOf(document: LangiumDocument, cancelToken?: Cancellation.CancellationToken): Promise<Problem[]> {
    const names = this.services.language.Names;
    const problems: Problem[] = [...(this.services.shared.workspace.DocumentBuilder as MlspecDocumentBuilder).defectsOf(document)];
    const gather = (doing: string, at: Declaration | undefined, find: () => readonly Problem[]): readonly Problem[] =>
      contained(find, [], (error) => problems.push(defect(doing, error, at && rangeOf(at, "name"))));
    const syntax = gather("reading this file", undefined, () => syntaxProblems(document));
    const spelling = gather("reading the numbers of this file", undefined, () => spellingProblems(document));
    const linking = gather("resolving the names of this file", undefined, () => linkingProblems(document).filter(besides(syntax)));
    const texts = gather("reading the texts of this file", undefined, () => [...encodingProblems(document), ...escapeProblems(document), ...commentProblems(document)]);
    problems.push(...spelling, ...syntax, ...texts);
    problems.push(...gather("looking at the imports of this file", undefined, () => checkImports(document, names)));
    problems.push(...gather("comparing the names of this file", undefined, () => checkDeclaredOnce(document, names)));
    const { elaboration } = this.services.compile.Elaborations;
    const unlinked = Map.groupBy(linking, (p) => p.range.start.line);
    for (const declaration of this.declared(document)) {
      if (cancelToken !== undefined) await interruptAndCheck(cancelToken);
      const what = `\`${(declaration.name as string | undefined) ?? declaration.$type.toLowerCase()}\``;
      const own = [
        ...gather(`comparing ${what} with the vocabulary`, declaration, () => checkStructure(declaration, document.uri.toString())),
        ...gather(`looking for what ${what} says twice`, declaration, () => ("body" in declaration ? repeatProblems(declaration, document.uri.toString()) : [])),
        ...gather(`reading ${what}`, declaration, () => elaboration.problemsOf(declaration)),
      ];
      const idle = gather(`looking for what makes no difference in ${what}`, declaration, () => ("body" in declaration ? sameEitherWay(declaration) : []));
      const values = gather(`comparing the values of ${what} with the vocabulary`, declaration, () => ("body" in declaration ? [...valueProblems(declaration), ...blankProblems(declaration)] : []));
      problems.push(...own.filter(besides(spelling)), ...[...values, ...idle].filter(besides(spelling)).filter((value) => !isToldBy(own, value) && !isToldBy(unlinked.get(value.range.start.line) ?? [], value)));
    }
    const better = new Set(problems.filter((p) => p.suggestion !== undefined).map(placeOf));
    return [...problems, ...linking.filter((p) => p.suggestion !== undefined || !better.has(placeOf(p)))];
  }

  private importsHaveErrors(document: LangiumDocument): boolean {
    const { Names: names } = this.services.language;
    const faulty = names.remember("files with errors", this, () => new MarkedFiles(names.graph, (d) => this.hasErrors(d)));
    return faulty.in(document).some((d) => d !== document);
  }

  /** Whoever imports it; but for what concerns the file as a whole. */
  private hasErrors(document: LangiumDocument): boolean {
    const { elaboration } = this.services.compile.Elaborations;
    return document.parseResult.parserErrors.length > 0 || document.parseResult.lexerErrors.length > 0 || linkingProblems(document).length > 0
      || [spellingProblems, escapeProblems, encodingProblems].some((problemsIn) => problemsIn(document).length > 0)
      || this.declared(document).some((d) => "body" in d && [...valueProblems(d), ...blankProblems(d)].length > 0)
      || this.declared(document).some((d) => elaboration.problemsOf(d).some((p) => p.severity === "error"));
  }
}

const placeOf = ({ range: { start } }: Problem): string => `${start.line}:${start.character}`;

/** On one line, in the order of the text: a look-up and not a comparison of each with each. */
function besides(syntax: readonly Problem[]): (problem: Problem) => boolean {
  const byLine = Map.groupBy(syntax, (s) => s.range.start.line);
  return (problem) => !(byLine.get(problem.range.start.line) ?? []).some((s) => overlaps(s.range, problem.range));
}

/** The `days` of a mistyped `7days` is no name. Ranges here are within one line. */
const overlaps = (a: Range, b: Range): boolean => a.start.line === b.start.line && a.start.character < b.end.character && b.start.character < a.end.character;

/** Of the same place: what was said with more knowledge is enough. */
const isToldBy = (others: readonly Problem[], value: Problem): boolean => others.some((p) => p.severity === "error" && touch(p.range, value.range));
const touch = (a: Range, b: Range): boolean => before(a.start, b.end) && before(b.start, a.end);
const before = (a: Range["start"], b: Range["start"]): boolean => a.line < b.line || (a.line === b.line && a.character <= b.character);

function linkingProblems(document: LangiumDocument): Problem[] {
  return document.references.flatMap((reference): Problem[] => {
    const error = reference.error as MlspecLinkingError | undefined;
    const range = reference.$refNode?.range;
    if (error === undefined || error.silent || range === undefined) return [];
    if (error.cause !== undefined) return [defect(`resolving \`${reference.$refText}\``, error.cause, range)];
    return [{ code: error.code, severity: "error", message: error.message, range, ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }) }];
  });
}

/** As the editor numbers them. */
const severities = { error: 1, warning: 2, info: 3 } as const;

function problemDiagnostic(problem: Problem, uri: string): Diagnostic {
  const fixes: DiagnosticFix[] = problem.suggestion === undefined ? [] : [{ title: `Change to \`${problem.suggestion}\``, edits: [{ uri, range: problem.range, newText: problem.suggestion }] }];
  const data: DiagnosticData = { code: problem.code, ...(fixes.length > 0 ? { fixes } : {}), ...(problem.hint === undefined ? {} : { hint: problem.hint }), ...(problem.defect === undefined ? {} : { defect: problem.defect }) };
  return {
    source: "mlspec", code: problem.code, range: problem.range, data,
    severity: severities[problem.severity],
    message: problem.hint === undefined ? problem.message : `${problem.message}\n${problem.hint}`,
    ...(problem.related === undefined ? {} : { relatedInformation: problem.related.map((r) => ({ location: { uri: r.uri, range: r.range }, message: r.message })) }),
  };
}


function findingDiagnostic(finding: FindingProblem): Diagnostic {
  const data: DiagnosticData = { code: finding.check, check: finding.check, ...(finding.fixes.length > 0 ? { fixes: finding.fixes } : {}) };
  return {
    source: "mlspec", code: finding.check, range: finding.range, message: finding.message, severity: severities[finding.severity], data,
    relatedInformation: finding.related.map((r) => ({ location: { uri: r.uri, range: r.range }, message: r.message })),
  };
}

const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character || (a.severity ?? 0) - (b.severity ?? 0);
