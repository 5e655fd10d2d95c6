import { readFileSync, statSync } from "node:fs";
import { largestSpec } from "../../language-server/language/spec-files.ts";

const linesOf = (text: string): readonly string[] => text.replace(/^\uFEFF/, "").split(/\r?\n/);

/** Lines of files, each file read once; null for what cannot be read. */
export function lineReader(given?: { readonly file: string; readonly text: string }): (file: string, line: number) => string | null {
  const files = new Map<string, readonly string[]>(given === undefined ? [] : [[given.file, linesOf(given.text)]]);
  return (file, line) => {
    if (!files.has(file)) {
      try {
        files.set(file, isReadable(file) ? linesOf(readFileSync(file, "utf8")) : []);
      } catch {
        files.set(file, []);
      }
    }
    return files.get(file)?.[line] ?? null;
  };
}

/** Reading anything else may never end. */
function isReadable(file: string): boolean {
  const stat = statSync(file);
  return stat.isFile() && stat.size <= largestSpec;
}
