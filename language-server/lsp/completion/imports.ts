/** Names that other files of the workspace declare: choosing one adds the import. */
import { UriUtils, type LangiumDocument, type LangiumDocuments } from "langium";
import { TextEdit } from "vscode-languageserver";
import { isBuiltin, type Declaration } from "../../../grammar/generated/ast.ts";
import { importsOf, specOf } from "../../language/imports.ts";
import type { MlspecServices } from "../../services.ts";
import { nameSuggestion } from "./values.ts";
import type { Suggestion } from "./suggestion.ts";

export function importableSuggestions(document: LangiumDocument, services: MlspecServices, suits: (d: Declaration) => boolean): Suggestion[] {
  const documents = services.shared.workspace.LangiumDocuments;
  const visible = services.language.Names.visible(document);
  return otherFiles(document, documents).flatMap((other) => {
    const path = relativePath(document, other);
    return (specOf(other).declarations ?? []).filter((d) => typeof d.name === "string" && !isBuiltin(d) && !visible.has(d.name) && suits(d)).map((d) => {
      const suggestion = nameSuggestion(d, d.name, services.documentation.DocumentationProvider);
      const detail = `${suggestion.detail ?? ""} (import from ${path})`;
      return { ...suggestion, detail, rank: 7, additionalEdits: [importEdit(document, path)] };
    });
  });
}

function otherFiles(document: LangiumDocument, documents: LangiumDocuments): LangiumDocument[] {
  const known = new Set([document, ...importsOf(document, documents).map((i) => i.document)]);
  return documents.all.filter((other) => !known.has(other) && other.uri.scheme === document.uri.scheme).toArray();
}

function relativePath(from: LangiumDocument, to: LangiumDocument): string {
  const path = UriUtils.relative(UriUtils.dirname(from.uri), to.uri);
  return path.startsWith(".") ? path : `./${path}`;
}

/** After the last import; in a file without any, at the top. */
function importEdit(document: LangiumDocument, path: string): TextEdit {
  const last = specOf(document).imports?.at(-1)?.$cstNode;
  if (last !== undefined) return TextEdit.insert(last.range.end, `\nimport "${path}"`);
  return TextEdit.insert({ line: 0, character: 0 }, `import "${path}"\n\n`);
}
