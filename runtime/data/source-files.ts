/** Which files a source names: relative paths, `data:` paths, URLs and globs, expanded and in a stable order. */
import { statSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { CompiledSpec, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { textOf } from "./batch.ts";
import type { Database } from "./database.ts";
import { placeOf } from "./place.ts";
import { text } from "./sql/quote.ts";

export interface SourceFile {
  readonly path: string;
  /** Null for a URL: its size is not asked. */
  readonly bytes: number | null;
}

export interface FileOptions {
  readonly spec: Pick<CompiledSpec, "files">;
  /** Where `data:` paths start: `MLSPEC_DATA`, read by the caller. */
  readonly dataFolder?: string | undefined;
}

export const isRemote = (path: string): boolean => /^(https?|s3|gs|r2|az|hf):\/\//i.test(path);

/** The source's files, in the order of `read` and by name within a glob. Throws `data-file-missing`, `data-folder-unknown`. */
export async function sourceFiles(database: Database, source: Source, options: FileOptions): Promise<SourceFile[]> {
  const where = placeOf(options.spec, source.at["read"] ?? source.origin);
  const found: SourceFile[] = [];
  for (const written of source.read.paths) {
    const path = absolutePath(written, source, options);
    if (isRemote(path)) {
      await database.allowRemoteFiles();
      found.push({ path, bytes: null });
      continue;
    }
    const files = await localFiles(database, path);
    if (files.length === 0) {
      const hint = written.startsWith("data:")
        ? `\`data:\` paths start from the folder in MLSPEC_DATA, which is ${options.dataFolder ?? "not set"}.`
        : "Check the path in `read`; relative paths start from the folder of the spec file.";
      const what = /[*?[]/.test(path) ? `No file matches ${path}` : `There is no file ${path}`;
      throw new MlspecError("data-file-missing", `${what} (source ${source.name}).`, { where, hint });
    }
    found.push(...files);
  }
  const byPath = new Map(found.map((file) => [file.path, file]));
  return [...byPath.values()];
}

function absolutePath(written: string, source: Source, options: FileOptions): string {
  if (isRemote(written)) return written;
  if (!written.startsWith("data:")) return isAbsolute(written) ? written : resolve(source.folder, written);
  if (options.dataFolder === undefined) {
    throw new MlspecError("data-folder-unknown", `Source ${source.name} reads ${written}, but no data folder is set.`, {
      where: placeOf(options.spec, source.at["read"] ?? source.origin), hint: "Set MLSPEC_DATA to the folder that holds the data sets.",
    });
  }
  return join(options.dataFolder, written.slice("data:".length));
}

async function localFiles(database: Database, path: string): Promise<SourceFile[]> {
  const literal = describe(path);
  if (literal) return [literal];
  if (!/[*?[]/.test(path)) return [];
  const rows = await database.rows(`SELECT file FROM glob(${text(path)}) ORDER BY file`);
  return rows.flatMap((row) => {
    const file = describe(textOf(row["file"]));
    // Hidden files and what tools leave behind (`_SUCCESS`) are not data.
    return file && !/^[._]/.test(basename(file.path)) ? [file] : [];
  });
}

function describe(path: string): SourceFile | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? { path, bytes: stat.size } : null;
}
