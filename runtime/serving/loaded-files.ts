/**
 * Whether the files of the loaded versions are still those that were loaded. A loaded version answers from memory, so damage does no harm yet: it is
 * told while there is time to mend it, not when the next start finds it. Looked at by size and time; read again only when these have changed.
 */
import { stat } from "node:fs/promises";
import { messageOf } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import { codeOf } from "../registry/files.ts";
import type { OpenVersion } from "./versions.ts";

interface Looked {
  readonly print: string;
  /** Null: the files are whole. */
  readonly problem: string | null;
}

export class LoadedFiles {
  private readonly registry: Registry;
  private readonly model: string;
  private readonly loaded: () => readonly OpenVersion[];
  private readonly looked = new Map<OpenVersion, Looked>();

  constructor(registry: Registry, model: string, loaded: () => readonly OpenVersion[]) {
    this.registry = registry;
    this.model = model;
    this.loaded = loaded;
  }

  /** By version, in words. */
  problems(): ReadonlyMap<string, string> {
    return new Map(this.loaded().flatMap((opened) => {
      const problem = this.looked.get(opened)?.problem ?? null;
      return problem === null ? [] : [[opened.version, problem]];
    }));
  }

  /** Never rejects for what is wrong with a file. */
  async look(): Promise<void> {
    const loaded = this.loaded();
    for (const gone of [...this.looked.keys()].filter((each) => !loaded.includes(each))) this.looked.delete(gone);
    for (const opened of loaded) {
      const print = await printOf(opened.files);
      if (this.looked.get(opened)?.print === print) continue;
      const problem = await this.registry.check(this.model, opened.version).then(() => null, messageOf);
      this.looked.set(opened, { print, problem });
    }
  }
}

async function printOf(files: readonly string[]): Promise<string> {
  const prints = await Promise.all(files.map((path) => stat(path, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(" "),
    (error: unknown) => codeOf(error) ?? "unreadable",
  )));
  return prints.join("\n");
}
