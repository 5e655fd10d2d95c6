/** A suggestion before it is an LSP item: what it is called, what is inserted, what is said about it. */
import { InsertTextFormat, MarkupKind, TextEdit, type CompletionItem, type CompletionItemKind, type Range } from "vscode-languageserver";

export interface Suggestion {
  readonly label: string;
  readonly kind: CompletionItemKind;
  /** Beside the label: a type, a signature. */
  readonly detail?: string | undefined;
  readonly doc?: string | undefined;
  /** In snippet syntax; the label when absent. */
  readonly snippet?: string;
  /** What the typed text is compared with; the label when absent. */
  readonly filter?: string;
  /** Lower comes first. */
  readonly rank?: number;
  /** Ask for further suggestions after it was inserted: its value is a choice among names. */
  readonly more?: boolean;
  readonly additionalEdits?: readonly TextEdit[];
}

export function itemOf(suggestion: Suggestion, range: Range, snippets: boolean): CompletionItem {
  const { label, kind, detail, doc, snippet, filter, rank = 5, more = false, additionalEdits } = suggestion;
  const newText = snippet === undefined ? label : snippets ? snippet : withoutStops(snippet);
  return {
    label,
    kind,
    sortText: `${String(rank).padStart(2, "0")} ${label}`,
    textEdit: TextEdit.replace(range, newText),
    ...(detail && { detail }),
    ...(doc && { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(snippet !== undefined && snippets && { insertTextFormat: InsertTextFormat.Snippet }),
    ...(filter !== undefined && { filterText: filter }),
    ...(additionalEdits && { additionalTextEdits: [...additionalEdits] }),
    ...(more && snippets && { command: { title: "Suggest", command: "editor.action.triggerSuggest" } }),
  };
}

/** `${1:7d}` → `7d`, `$0` → nothing: for clients that know no snippets. */
const withoutStops = (snippet: string): string =>
  snippet.replace(/\$\{\d+:([^}]*)\}/g, "$1").replace(/\$\d+/g, "").replace(/\\([$}\\])/g, "$1");

export const escapeSnippet = (text: string): string => text.replace(/[$}\\]/g, "\\$&");
