/**
 * Reading specs from the disk: regular files up to a size. Anything else (a device, a named pipe, a folder) would never end, or would never begin,
 * and a file beyond the limit is no spec that anybody wrote.
 */
import { constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import type { FileSystemProvider, URI } from "langium";
import { NodeFileSystemProvider } from "langium/node";
import { MlspecError, messageOf } from "../../runtime/errors.ts";
import { textFrom } from "./utf8.ts";

/** In bytes; 200,000 declarations take about 20 MB. */
export const largestSpec = 64 * 1024 * 1024;

export const isSpecName = (path: string): boolean => path.endsWith(".mlspec");
export const notASpec = (path: string): string => `${path} is no spec: the names of specs end in \`.mlspec\``;

class SpecFileSystem extends NodeFileSystemProvider {
  /** Throws an `MlspecError`: `file-not-found` when there is nothing of that name, `file-not-utf8`, else `file-unreadable`. */
  override async readFile(uri: URI): Promise<string> {
    const path = uri.fsPath;
    try {
      // Without O_NONBLOCK, opening a named pipe waits for whoever writes to it.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        return await read(file, path);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw error instanceof MlspecError ? error : await translated(error, path);
    }
  }
}

async function read(file: FileHandle, path: string): Promise<string> {
  const stat = await file.stat();
  if (stat.isDirectory()) throw unreadable(path, "is a folder", "Name a file in it.");
  if (!stat.isFile()) throw unreadable(path, "is no regular file", "A spec is a file with a beginning and an end: no device, pipe or socket.");
  // Some files of the system have no size and no end.
  const bytes = Buffer.alloc(Math.min(stat.size, largestSpec) + 1);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  if (bytesRead === bytes.length || stat.size > largestSpec) throw unreadable(path, `is larger than the ${largestSpec / 1024 / 1024} MB that a spec may have`, "Put its parts into files of their own and import them.");
  const text = textFrom(bytes.subarray(0, bytesRead));
  if (typeof text !== "string") throw new MlspecError("file-not-utf8", `${path} ${text.problem}`, { where: { file: path }, hint: text.hint });
  return text;
}

const unreadable = (path: string, why: string, hint: string): MlspecError => new MlspecError("file-unreadable", `${path} ${why}`, { where: { file: path }, hint });

async function translated(error: unknown, path: string): Promise<MlspecError> {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code !== "ENOENT" && code !== "ENOTDIR") return new MlspecError("file-unreadable", `${path} cannot be read: ${messageOf(error)}`, { where: { file: path }, cause: error, hint: "Check the path and its permissions." });
  // Of a link that leads nowhere the name is there: whoever lists the folder finds it.
  if (await isLink(path)) return unreadable(path, "is a link to what is not there", "Remove the link, or make it lead to a spec.");
  return new MlspecError("file-not-found", `cannot read ${path}`, { where: { file: path }, cause: error, hint: "Check the path and its permissions." });
}

const isLink = (path: string): Promise<boolean> => lstat(path).then((found) => found.isSymbolicLink(), () => false);

/** For `createMlspecServices`. */
export const specFiles = { fileSystemProvider: (): FileSystemProvider => new SpecFileSystem() };
