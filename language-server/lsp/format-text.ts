/** A spec's text laid out as the editor does it, without an editor. */
import { URI } from "langium";
import { TextDocument } from "vscode-languageserver-textdocument";
import { failureOf } from "../language/document-factory.ts";
import type { MlspecServices } from "../services.ts";
import { MlspecFormatter } from "./formatting.ts";

/** Without a text for one with syntax errors, which would be left as it is; `line` counts from 1. */
export type Formatted = { readonly text: string } | { readonly text: null; readonly line: number; readonly problem: string };

export function formatText(text: string, services: MlspecServices): Formatted {
  const document = services.shared.workspace.LangiumDocumentFactory.fromString(text, URI.file("/text.mlspec"));
  const failure = failureOf(document);
  if (failure instanceof Error) throw failure;
  const { lexerErrors: [lexed], parserErrors: [parsed] } = document.parseResult;
  if (lexed !== undefined) return { text: null, line: lexed.line ?? 1, problem: lexed.message };
  // At the end of the text a token has no line.
  if (parsed !== undefined) return { text: null, line: parsed.token.startLine || text.split("\n").length, problem: parsed.message };
  return { text: TextDocument.applyEdits(document.textDocument, new MlspecFormatter(services).formatDocument(document)) };
}
