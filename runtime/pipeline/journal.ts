/** A run's events on disk, one per line, as they happen: what *Show Run* draws, also of a run that was killed. */
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunEvent } from "../events.ts";

export class RunJournal {
  readonly #stream: WriteStream;
  /** A journal that cannot be written (a full disk) must not end the run that it tells of. */
  #broken = false;

  private constructor(stream: WriteStream) {
    this.#stream = stream;
    stream.on("error", () => (this.#broken = true));
  }

  static async open(path: string): Promise<RunJournal> {
    await mkdir(dirname(path), { recursive: true });
    return new RunJournal(createWriteStream(path, { flags: "a" }));
  }

  add(event: RunEvent): void {
    if (!this.#broken) this.#stream.write(`${JSON.stringify(event)}\n`);
  }

  async close(): Promise<void> {
    if (this.#broken) return;
    await new Promise<void>((resolve) => this.#stream.end(() => resolve()).once("error", () => resolve()));
  }
}
