/** All that is wrong with a file: syntax, names, structure, types, and the findings of the checks over what it means. */
import { DefaultDocumentValidator, interruptAndCheck, type Cancellation, type LangiumCoreServices, type LangiumDocument, type ValidationOptions } from "langium";
import { runChecks } from "../checks/run-checks.ts";
import { specOf } from "../language/imports.ts";
import type { MlspecLinkingError } from "../language/linker.ts";
import { preludeUri } from "../language/prelude.ts";
import type { Elaborations } from "../compile/elaborations.ts";
import { checkDeclaredOnce, checkImports } from "./files.ts";
import { findingsIn, type FindingProblem } from "./findings.ts";
import type { Diagnostic, DiagnosticData, DiagnosticFix, Problem, Range } from "./problem.ts";
import { checkStructure } from "./structure.ts";
import { syntaxProblems } from "./syntax.ts";

type ValidatorServices = LangiumCoreServices & { readonly compile: { readonly Elaborations: Elaborations } };

export class MlspecValidator extends DefaultDocumentValidator {
  private readonly services: ValidatorServices;

  constructor(services: ValidatorServices) {
    super(services);
    this.services = services;
  }

  override async validateDocument(document: LangiumDocument, _options?: ValidationOptions, cancelToken?: Cancellation.CancellationToken): Promise<Diagnostic[]> {
    if (document.uri.toString() === preludeUri.toString()) return [];
    const problems = await this.problemsOf(document, cancelToken);
    const partial = problems.some((p) => p.severity === "error") || this.importsHaveErrors(document);
    const compiled = this.services.compile.Elaborations.compile(document);
    const findings = findingsIn(runChecks(compiled, { partial }), this.services.compile.Elaborations.documentsOf(document));
    return [...problems.map((p) => problemDiagnostic(p, document.uri.toString())), ...findings.map(findingDiagnostic)].sort(byPlace);
  }

  /** Problems of the language itself, without the checks. */
  async problemsOf(document: LangiumDocument, cancelToken?: Cancellation.CancellationToken): Promise<Problem[]> {
    const documents = this.services.shared.workspace.LangiumDocuments;
    const syntax = syntaxProblems(document);
    const linking = linkingProblems(document).filter((p) => !syntax.some((s) => overlaps(s.range, p.range)));
    const problems = [...syntax, ...linking, ...checkImports(document, documents), ...checkDeclaredOnce(document, documents)];
    const elaboration = this.services.compile.Elaborations.of(document);
    for (const declaration of specOf(document).declarations ?? []) {
      if (cancelToken !== undefined) await interruptAndCheck(cancelToken);
      problems.push(...checkStructure(declaration, document.uri.toString()), ...elaboration.problemsOf(declaration));
    }
    return problems;
  }

  private importsHaveErrors(document: LangiumDocument): boolean {
    return this.services.compile.Elaborations.documentsOf(document).slice(1).some((d) =>
      d.parseResult.parserErrors.length > 0 || d.parseResult.lexerErrors.length > 0 || linkingProblems(d).length > 0
      || specOf(d).declarations.some((x) => this.services.compile.Elaborations.of(document).problemsOf(x).some((p) => p.severity === "error")));
  }
}

/** The `days` of a mistyped `7days` is no name. Ranges here are within one line. */
const overlaps = (a: Range, b: Range): boolean => a.start.line === b.start.line && a.start.character < b.end.character && b.start.character < a.end.character;

function linkingProblems(document: LangiumDocument): Problem[] {
  return document.references.flatMap((reference): Problem[] => {
    const error = reference.error as MlspecLinkingError | undefined;
    const range = reference.$refNode?.range;
    if (error === undefined || error.silent || range === undefined) return [];
    return [{ code: error.code ?? "unresolved-reference", severity: "error", message: error.message, range, ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }) }];
  });
}

/** As the editor numbers them. */
const severities = { error: 1, warning: 2, info: 3 } as const;

function problemDiagnostic(problem: Problem, uri: string): Diagnostic {
  const fixes: DiagnosticFix[] = problem.suggestion === undefined ? [] : [{ title: `Change to \`${problem.suggestion}\``, edits: [{ uri, range: problem.range, newText: problem.suggestion }] }];
  const data: DiagnosticData = { code: problem.code, ...(fixes.length > 0 ? { fixes } : {}), ...(problem.hint === undefined ? {} : { hint: problem.hint }) };
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
