/** Content-addressed files: the name is the SHA-256 of the bytes, and every read checks it. */
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { MlspecError, messageOf } from "../errors.ts";
import { codeOf, readPlainFile, sha256, sha256OfFile, writeAtomically } from "./files.ts";

export interface BlobRef {
  readonly sha256: string;
  readonly bytes: number;
}

export class BlobStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  pathOf(hash: string): string {
    return join(this.folder, hash);
  }

  /** Stores the bytes unless they are there already; a damaged copy is replaced. `onWritten` is told the path of what was not there, or not whole. */
  async put(content: Uint8Array, now: Date, onWritten?: (path: string) => void): Promise<BlobRef> {
    const hash = sha256(content);
    const path = this.pathOf(hash);
    if (await isIntact(path, hash)) await utimes(path, now, now); // young again: `removeUnreferenced` spares it
    else {
      await writeAtomically(path, content);
      onWritten?.(path);
    }
    return { sha256: hash, bytes: content.byteLength };
  }

  /** The bytes, checked. 'artifact-missing' or 'artifact-corrupt', naming `what` and the file. */
  async get(hash: string, what: string): Promise<Buffer> {
    const path = this.pathOf(hash);
    const content = await readPlainFile(path).catch((error: unknown) => { throw notRead(what, path, error); });
    const found = sha256(content);
    if (found !== hash) throw corrupt(what, path, hash, found);
    return content;
  }

  /** As `get`, a piece at a time and without keeping the bytes. */
  async check(hash: string, what: string): Promise<void> {
    const path = this.pathOf(hash);
    const found = await sha256OfFile(path).catch((error: unknown) => { throw notRead(what, path, error); });
    if (found !== hash) throw corrupt(what, path, hash, found);
  }

  async list(): Promise<readonly { readonly sha256: string; readonly bytes: number; readonly modifiedMs: number }[]> {
    const names = await readdir(this.folder).catch(() => []);
    const files = names.map(async (name) => {
      const facts = await stat(join(this.folder, name)).catch(() => null);
      return facts === null ? null : { sha256: name, bytes: facts.size, modifiedMs: facts.mtimeMs };
    });
    return (await Promise.all(files)).filter((file) => file !== null);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }
}

function notRead(what: string, path: string, error: unknown): MlspecError {
  if (codeOf(error) !== "ENOENT") return unreadable(what, path, error);
  return new MlspecError("artifact-missing", `The ${what} is not in the registry: ${path} does not exist.`, {
    where: { file: path }, hint: "Run `mlspec run` again: the same inputs give the same file. Or restore it from a copy of the registry.",
  });
}

/** There, but the system does not give it: a folder in its place, missing rights, a broken disk. */
export function unreadable(what: string, path: string, cause: unknown): MlspecError {
  return new MlspecError("artifact-unreadable", `The ${what} cannot be read: ${messageOf(cause)} (${path}).`, {
    where: { file: path }, cause, hint: "Check what is there and whether this user may read it. If it is damaged, `mlspec run` makes it again.",
  });
}

export function corrupt(what: string, path: string, expected: string, found: string): MlspecError {
  return new MlspecError(
    "artifact-corrupt",
    `The ${what} is damaged: ${path} should have SHA-256 ${expected.slice(0, 16)}… but has ${found.slice(0, 16)}….`,
    { where: { file: path }, hint: "Do not use this version. Run `mlspec run` again (it replaces the damaged file), or roll back to the version before." },
  );
}

async function isIntact(path: string, hash: string): Promise<boolean> {
  try {
    return sha256(await readPlainFile(path)) === hash;
  } catch {
    return false;
  }
}
