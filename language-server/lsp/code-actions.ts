/**
 * textDocument/codeAction: what can be done about the diagnostics at the cursor. Everything comes from `Diagnostic.data` and the
 * syntax tree, nothing from the text of a message.
 */
import { AstUtils, CstUtils, GrammarUtils, type AstNode, type LangiumDocument } from "langium";
import type { CodeActionProvider } from "langium/lsp";
import { CodeActionKind, TextEdit, type CodeAction, type CodeActionParams, type Diagnostic, type WorkspaceEdit } from "vscode-languageserver";
import { isBlock, isDeclaration, isProperty, isSection, type Block } from "../../grammar/generated/ast.ts";
import { vocabularyOfBlock } from "../vocabulary/index.ts";
import { importableSuggestions } from "./completion/imports.ts";
import type { MlspecLspServices } from "./editor-services.ts";
import { commands, type DiagnosticData } from "./protocol.ts";

export class MlspecCodeActions implements CodeActionProvider {
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    this.#services = services;
  }

  getCodeActions(document: LangiumDocument, params: CodeActionParams): CodeAction[] {
    return params.context.diagnostics.flatMap((diagnostic) => {
      const data = diagnostic.data as DiagnosticData | undefined;
      if (data === undefined) return [];
      return [
        ...fixes(diagnostic, data),
        ...(data.code === "unresolved-reference" ? this.#imports(document, diagnostic) : []),
        ...(data.code === "missing-property" ? additions(document, diagnostic) : []),
        ...this.#aboutCheck(document, diagnostic, data),
      ];
    });
  }

  #imports(document: LangiumDocument, diagnostic: Diagnostic): CodeAction[] {
    const name = document.textDocument.getText(diagnostic.range);
    return importableSuggestions(document, this.#services, (d) => d.name === name).map((suggestion) => ({
      title: `Import ${suggestion.detail ?? suggestion.label}`.replace(/ \(import from (.*)\)$/, " from $1"),
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: { changes: { [document.textDocument.uri]: [...(suggestion.additionalEdits ?? [])] } },
    }));
  }

  #aboutCheck(document: LangiumDocument, diagnostic: Diagnostic, { check }: DiagnosticData): CodeAction[] {
    if (check === undefined) return [];
    const silence = { title: `Silence \`${check}\` here, with a reason`, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], edit: suppression(document, diagnostic, check) };
    const title = `Explain \`${check}\``;
    const explain = { title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command: { title, command: commands.explain, arguments: [check] } };
    return [...(check === "unused-suppression" ? [] : [silence]), ...(this.#services.editor.Client.commands ? [explain] : [])];
  }
}

function fixes(diagnostic: Diagnostic, data: DiagnosticData): CodeAction[] {
  return (data.fixes ?? []).map((fix, i) => {
    const changes: Record<string, TextEdit[]> = {};
    for (const { uri, range, newText } of fix.edits) (changes[uri] ??= []).push(TextEdit.replace(range, newText));
    return { title: fix.title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], edit: { changes }, isPreferred: i === 0 };
  });
}

/** The reason is left to the author: until there is one, the finding stays and the comment is a finding of its own. */
function suppression(document: LangiumDocument, diagnostic: Diagnostic, check: string): WorkspaceEdit {
  const { line } = diagnostic.range.start;
  const text = document.textDocument.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const indent = /^[ \t]*/.exec(text)?.[0] ?? "";
  return { changes: { [document.textDocument.uri]: [TextEdit.insert({ line, character: 0 }, `${indent}// mlspec-ignore ${check}: \n`)] } };
}

/** What the vocabulary requires and the block lacks, with its example for a value. */
function additions(document: LangiumDocument, diagnostic: Diagnostic): CodeAction[] {
  const block = blockAt(document, diagnostic);
  const open = GrammarUtils.findNodeForKeyword(block?.$cstNode, "{");
  const close = GrammarUtils.findNodeForKeyword(block?.$cstNode, "}");
  const entry = block && vocabularyOfBlock(block);
  if (block === undefined || entry === undefined || open === undefined || close === undefined) return [];
  const given = new Set(block.items.filter(isProperty).map((p) => p.name));
  const isOneLine = open.range.start.line === close.range.start.line;
  const line = document.textDocument.getText({ start: { ...open.range.start, character: 0 }, end: open.range.start });
  const indent = `${/^[ \t]*/.exec(line)?.[0] ?? ""}  `;
  return entry.properties.filter((p) => p.required && !given.has(p.name)).map((property) => {
    const separator = block.items.length > 0 ? "," : "";
    const newText = isOneLine ? ` ${property.example}${separator}` : `\n${indent}${property.example}`;
    return {
      title: `Add \`${property.example}\``,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: { changes: { [document.textDocument.uri]: [TextEdit.insert(open.range.end, newText)] } },
    };
  });
}

/** The block of the declaration or section whose name or keyword the diagnostic points at. */
function blockAt(document: LangiumDocument, diagnostic: Diagnostic): Block | undefined {
  const root = document.parseResult.value.$cstNode;
  const leaf = root && CstUtils.findLeafNodeAtOffset(root, document.textDocument.offsetAt(diagnostic.range.start));
  const holder: AstNode | undefined = AstUtils.getContainerOfType(leaf?.astNode, (n: AstNode): n is AstNode => isDeclaration(n) || isSection(n));
  const body = (holder as { body?: Block } | undefined)?.body;
  return isBlock(body) ? body : undefined;
}
