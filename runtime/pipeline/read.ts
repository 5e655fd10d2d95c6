import { codeOf, readPlainFile } from "../registry/files.ts";

/** The file's bytes, or null when there is no such file. */
export async function readBytesIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readPlainFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}
