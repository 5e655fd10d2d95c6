/** Files of a source that are not on this machine. Only `http` and `https` are read, and a file is downloaded whole before anything is made of it. */
import { statSync } from "node:fs";
import { MlspecError, type ErrorPlace } from "../errors.ts";
import type { Database, QueryOptions } from "./database.ts";
import { download, shownUrl } from "./download.ts";
import type { SourceFile } from "./source-file.ts";

export const isRemote = (path: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(path);

interface RemoteOptions extends QueryOptions {
  readonly where: ErrorPlace | undefined;
  readonly onDownload?: ((file: SourceFile) => void) | undefined;
}

/** DuckDB must not take it for a glob. */
const nameOf = (url: string): string => new URL(url).pathname.replace(/[*?[\]\\]/g, "_").replace(/\/$/, "/index");

/** Throws `download-failed`. */
export async function remoteFile(database: Database, url: string, { where, signal, onDownload }: RemoteOptions): Promise<SourceFile> {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new MlspecError("download-failed", `${url.replace(/:.*/s, "")}:// is not read.`, { where, hint: "Copy the files to a folder of this machine (`aws s3 sync`, `gcloud storage rsync` …), or name an https address." });
  }
  let fresh = false;
  const make = async (to: string): Promise<void> => {
    await download(url, to, signal);
    fresh = true;
  };
  try {
    const at = await database.scratch.file(url, nameOf(url), make);
    const file = { path: shownUrl(url), bytes: statSync(at).size, at };
    if (fresh) onDownload?.(file);
    return file;
  } catch (error) {
    throw error instanceof MlspecError ? new MlspecError(error.code, error.message, { where, hint: error.hint, cause: error.cause }) : error;
  }
}
