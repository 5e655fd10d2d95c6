/** textDocument/publishDiagnostics: what the validator says, with what only an editor can do with it. */
import type { Cancellation, LangiumDocument, ValidationOptions } from "langium";
import { DiagnosticTag, type Diagnostic } from "vscode-languageserver";
import { MlspecValidator } from "../validation/validator.ts";
import type { MlspecLspServices } from "./editor-services.ts";
import { commands, type DiagnosticData } from "./protocol.ts";

/** Their subject can be removed: editors draw it faded. */
const unnecessary: ReadonlySet<string> = new Set(["unused-declaration", "unused-suppression"]);

export class EditorValidator extends MlspecValidator {
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    super(services);
    this.#services = services;
  }

  override async validateDocument(document: LangiumDocument, options?: ValidationOptions, cancelToken?: Cancellation.CancellationToken): Promise<Diagnostic[]> {
    const diagnostics = await super.validateDocument(document, options, cancelToken);
    return worst(diagnostics).map((diagnostic) => this.#decorated(diagnostic));
  }

  #decorated(diagnostic: Diagnostic): Diagnostic {
    const check = (diagnostic.data as DiagnosticData | undefined)?.check;
    if (check === undefined) return diagnostic;
    const explained = this.#services.editor.Client.commands ? { codeDescription: { href: explanationLink(check) } } : {};
    return { ...diagnostic, ...explained, ...(unnecessary.has(check) && { tags: [DiagnosticTag.Unnecessary] }) };
  }
}

/** Editors list about so many; a large file with one mistake repeated would send megabytes at every keystroke. */
const most = 1000;

function worst(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= most) return diagnostics;
  return diagnostics.toSorted((a, b) => (a.severity ?? 0) - (b.severity ?? 0)).slice(0, most);
}

/** A click on the code runs the client's command: the explanation is there without a network. */
const explanationLink = (check: string): string => `command:${commands.explain}?${encodeURIComponent(JSON.stringify([check]))}`;
