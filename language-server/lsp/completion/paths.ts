/** Files and folders: specs in `import "…"`, data in readers. */
import { UriUtils, type FileSystemProvider, type LangiumDocument, type URI } from "langium";
import { CompletionItemKind, TextEdit, type CompletionItem } from "vscode-languageserver";
import type { Position } from "vscode-languageserver";

const dataFile = /\.(csv|tsv|txt|data|test|json|ndjson|jsonl|parquet)(\.gz|\.zst)?$/i;

export async function pathItems(
  document: LangiumDocument, typed: string, position: Position, wants: "spec" | "data", files: FileSystemProvider,
): Promise<CompletionItem[]> {
  // `data:` stands for a folder that only the runtime knows; URLs are not listed.
  if (document.uri.scheme !== "file" || /^[a-z]+:/.test(typed)) return [];
  const slash = typed.lastIndexOf("/") + 1;
  const folder = folderOf(document, typed.slice(0, slash));
  const range = { start: { ...position, character: position.character - (typed.length - slash) }, end: position };
  const suits = (name: string) => (wants === "spec" ? name.endsWith(".mlspec") : dataFile.test(name));
  const prefix = wants === "spec" && slash === 0 ? "./" : "";
  return (await entriesOf(folder, files)).flatMap((entry) => {
    const name = UriUtils.basename(entry.uri);
    if (name.startsWith(".") || name === "node_modules" || entry.uri.toString() === document.uri.toString()) return [];
    if (!entry.isDirectory && !suits(name)) return [];
    const label = entry.isDirectory ? `${name}/` : name;
    const kind = entry.isDirectory ? CompletionItemKind.Folder : CompletionItemKind.File;
    const again = entry.isDirectory ? { command: { title: "Suggest", command: "editor.action.triggerSuggest" } } : {};
    return [{ label, kind, filterText: prefix + label, textEdit: TextEdit.replace(range, prefix + label), ...again }];
  });
}

const folderOf = (document: LangiumDocument, path: string): URI =>
  path.startsWith("/") ? document.uri.with({ path }) : UriUtils.joinPath(UriUtils.dirname(document.uri), path);

async function entriesOf(folder: URI, files: FileSystemProvider) {
  try {
    return await files.readDirectory(folder);
  } catch {
    return []; // A folder that does not exist has nothing to offer.
  }
}
