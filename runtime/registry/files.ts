/**
 * Files that are either wholly there or not at all: written under a temporary name in the same folder, synced, renamed,
 * and the folder synced, so that neither a crash nor a power cut nor a full disk leaves half a file under its final name.
 */
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { MlspecError, messageOf } from "../errors.ts";

/** Suffix of files that are being written; a crash may leave one behind, and nothing reads them. */
export const temporarySuffix = ".tmp";

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of a file's bytes, however many. @throws what reading throws, and AbortError. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await openPlainFile(path); // the stream closes it
  for await (const chunk of file.createReadStream({ highWaterMark: 2 ** 20, signal })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Null for what is not there or cannot be read. @throws MlspecError `cancelled` */
export async function hashIfReadable(path: string, signal?: AbortSignal): Promise<string | null> {
  try {
    return await sha256OfFile(path, signal);
  } catch {
    if (signal?.aborted) throw new MlspecError("cancelled", "cancelled");
    return null;
  }
}

/** Opening a named pipe waits for a writer, perhaps for ever, in a thread that cannot be called back: not with this. */
const reading = constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NONBLOCK);

const notPlain = (path: string): Error => new Error(`${path} is a folder, a pipe or a device, not a file`);

/** For reading; rejects for anything but a file (or a link to one), at once. */
export async function openPlainFile(path: string): Promise<FileHandle> {
  const file = await open(path, reading);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain(path);
}

/** What is in a file of the state folder, whatever somebody has put in its place. */
export async function readPlainFile(path: string): Promise<Buffer> {
  const file = await openPlainFile(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** @throws for what is no file, or has more than `mostBytes`; at once, since nothing else goes on meanwhile. */
export function readPlainFileSync(path: string, mostBytes = Infinity): Buffer {
  const file = openSync(path, reading);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw notPlain(path);
    if (stat.size > mostBytes) throw new Error(`${path} has ${stat.size} bytes, which is more than ${mostBytes}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

let written = 0;

/** Writes `content` to `path` atomically and durably. A full disk is 'disk-full'; the temporary file is gone then. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}-${++written}${temporarySuffix}`;
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // What went wrong is told, not that the rest could not be tidied up.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asDiskError(error, path);
  }
  await syncFolder(folder);
}

/** A renamed file survives a power cut only once its folder is on disk. Windows cannot open folders, and needs not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function asDiskError(error: unknown, path: string): MlspecError {
  if (error instanceof MlspecError) return error;
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new MlspecError("disk-full", `No space left to write ${path}.`, {
      where: { file: path }, cause: error,
      hint: "Free space on that disk (removing unreferenced registry files helps), or point --state at another one. Nothing half-written was left.",
    });
  }
  return new MlspecError("file-not-written", `Could not write ${path}: ${messageOf(error)}`, {
    where: { file: path }, cause: error, hint: "Check that the folder exists and that this user may write to it.",
  });
}
