/** Files of our own: of sources that were downloaded or are in another encoding. They live as long as the database that reads them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { MlspecError } from "../errors.ts";
import { codeOf } from "../registry/files.ts";

export class Scratch {
  readonly #root: string;
  readonly #made = new Map<string, Promise<string>>();
  #folder: string | null = null;

  constructor(root = tmpdir()) {
    this.#root = root;
  }

  /** The path of what `make` writes, once for each `key`. It ends in `path`, folders included. Throws `disk-full`, and what `make` throws. */
  file(key: string, path: string, make: (path: string) => Promise<void>): Promise<string> {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    this.#folder ??= mkdtempSync(join(this.#root, "mlspec-files-"));
    const to = join(this.#folder, String(this.#made.size), path);
    mkdirSync(dirname(to), { recursive: true });
    const making = make(to).then(() => to, (error: unknown) => {
      throw codeOf(error) === "ENOSPC" ? this.#full(path, error) : error;
    });
    this.#made.set(key, making);
    return making;
  }

  #full(path: string, cause: unknown): MlspecError {
    return new MlspecError("disk-full", `The disk is full: ${basename(path)} does not fit into the temporary folder ${this.#root}.`, { hint: "Make room there, or let TMPDIR name another folder.", cause });
  }

  clear(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#made.clear();
  }
}
