/** Paths as they are typed: files, folders, and globs that no shell has expanded. */
import { glob, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { isSpecName } from "../language-server/language/spec-files.ts";

const ignored = new Set(["node_modules", ".mlspec", ".git"]);
const isMagic = (text: string): boolean => /[*?[{]/.test(text);

/** Specs in a folder that a pattern names. */
export async function specsIn(folder: string, pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const name of glob(pattern, { cwd: folder, exclude: (entry) => ignored.has(entry) })) if (isSpecName(name)) found.push(join(folder, name));
  return found;
}

/** The folder that a glob begins in, which is there whatever its name looks like, and the rest of it; null for what is no glob. */
export async function globOf(path: string): Promise<{ readonly folder: string; readonly pattern: string } | null> {
  let folder = resolve(path);
  if (!isMagic(folder)) return null;
  while (folder !== dirname(folder) && (await stat(folder).catch(() => null)) === null) folder = dirname(folder);
  const pattern = resolve(path).slice(folder.length).replace(new RegExp(`^\\${sep}`), "");
  return isMagic(pattern) ? { folder, pattern: pattern.replaceAll("\\", "/") } : null;
}
