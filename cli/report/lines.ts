import { readFileSync, statSync } from "node:fs";
import { largestSpec } from "../../language-server/language/spec-files.ts";

/** Lines of files, each file read once; null for what cannot be read. */
export function lineReader(): (file: string, line: number) => string | null {
  const files = new Map<string, readonly string[]>();
  return (file, line) => {
    if (!files.has(file)) {
      try {
        files.set(file, isReadable(file) ? readFileSync(file, "utf8").replace(/^\uFEFF/, "").split(/\r?\n/) : []);
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
