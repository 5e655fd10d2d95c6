/** Which files a source names: relative paths, `data:` paths, URLs, folders and globs, expanded and in a stable order. */
import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { CompiledSpec, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, type ErrorPlace } from "../errors.ts";
import { textOf } from "./batch.ts";
import type { Database } from "./database.ts";
import { endingsOf, filesBelow, isVisible } from "./folders.ts";
import { placeOf } from "./place.ts";
import { isRemote, remoteFile } from "./remote-files.ts";
import type { SourceFile } from "./source-file.ts";
import { text } from "./sql/quote.ts";

export type { SourceFile } from "./source-file.ts";

export interface SourceFiles {
  readonly files: readonly SourceFile[];
  /** Files of folders of the source that are of another format, by their names. */
  readonly others: readonly string[];
}

export interface FileOptions {
  readonly spec: Pick<CompiledSpec, "files">;
  /** Where `data:` paths start: `MLSPEC_DATA`, read by the caller. */
  readonly dataFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each file that was downloaded. */
  readonly onDownload?: ((file: SourceFile) => void) | undefined;
}

/** The source's files, in the order of `read` and by path within a glob or folder. Throws `data-file-missing`, `data-folder-unknown`, `download-failed`. */
export async function sourceFiles(database: Database, source: Source, options: FileOptions): Promise<SourceFiles> {
  const where = placeOf(options.spec, source.at["read"] ?? source.origin);
  const found: SourceFile[] = [];
  const others: string[] = [];
  for (const written of source.read.paths) {
    const path = absolutePath(written, source, options);
    if (isRemote(path)) {
      found.push(await remoteFile(database, path, { ...options, where }));
      continue;
    }
    const files = await localFiles(database, path);
    if (files === null) {
      const below = filesBelow(path, source.read.format);
      if (below.files.length === 0) throw noneBelow(path, source, where, below.others.length);
      found.push(...below.files.flatMap((file) => describe(file) ?? []));
      others.push(...below.others);
    } else if (files.length === 0) {
      const hint = written.startsWith("data:")
        ? `\`data:\` paths start from the folder in MLSPEC_DATA, which is ${options.dataFolder ?? "not set"}.`
        : "Check the path in `read`; relative paths start from the folder of the spec file.";
      const what = /[*?[]/.test(path) ? `No file matches ${path}` : `There is no file ${path}`;
      throw new MlspecError("data-file-missing", `${what} (source ${source.name}).`, { where, hint });
    }
    found.push(...(files ?? []));
  }
  const byPlace = new Map(found.map((file) => [file.at, file]));
  return { files: [...byPlace.values()], others };
}

function noneBelow(folder: string, { name, read: { format } }: Source, where: ErrorPlace | undefined, others: number): MlspecError {
  return new MlspecError("data-file-missing", `The folder ${folder} has no file of ${format} in it or below (source ${name})${others === 0 ? "" : `, and ${others} of other formats`}.`, {
    where, hint: `Of a folder those files are read whose names end in ${endingsOf(format)}; others are named by a glob: \`${format}("data/part-*")\`.`,
  });
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

/** Null of a folder. */
async function localFiles(database: Database, path: string): Promise<SourceFile[] | null> {
  const literal = describe(path);
  if (literal) return [literal];
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return null;
  if (!/[*?[]/.test(path)) return [];
  const rows = await database.rows(`SELECT file FROM glob(${text(path)}) ORDER BY file`);
  return rows.flatMap((row) => {
    const file = describe(textOf(row["file"]));
    return file && isVisible(file.path, path) ? [file] : [];
  });
}

function describe(path: string): SourceFile | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? { path, bytes: stat.size, at: path } : null;
}
