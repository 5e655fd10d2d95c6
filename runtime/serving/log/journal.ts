/**
 * An append-only file of lines that outlives a killed process: a line has been handed to the operating system before its
 * `append` resolves. Lines of one turn of the event loop are written together. (A power cut may lose the last second.)
 */
import { mkdir, open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";

export const journalSuffix = ".journal";

interface Pending {
  readonly line: string;
  readonly done: (written: boolean) => void;
}

export class Journal {
  private readonly folder: string;
  private readonly prefix: string;
  private readonly onFailure: (problem: string | null, linesLost: number) => void;
  private header: string;
  private pending: Pending[] = [];
  private writing: Promise<void> | null = null;
  private file: { readonly handle: FileHandle; readonly path: string; readonly header: string } | null = null;
  private closed: string[] = [];
  private torn = false;
  private sequence = 0;

  /** `prefix` is unique to this process and time. `onFailure(null, 0)`: writing works again. */
  constructor(folder: string, prefix: string, header: string, onFailure: (problem: string | null, linesLost: number) => void) {
    this.folder = folder;
    this.prefix = prefix;
    this.header = header;
    this.onFailure = onFailure;
  }

  get waiting(): number {
    return this.pending.length;
  }

  /** From the next line on. A file has one header, so the next line begins a new one. */
  setHeader(header: string): void {
    this.header = header;
  }

  /** Resolves when the line is written: to true, or to false when it could not be (it is lost, and reported). Never rejects. */
  append(line: string): Promise<boolean> {
    return new Promise((done) => {
      this.pending.push({ line, done });
      this.writing ??= this.writeAll();
    });
  }

  /** Ends the present file; returns all ended files that were not taken before, oldest first. */
  async rotate(): Promise<readonly string[]> {
    while (this.writing !== null) await this.writing;
    await this.endFile();
    const ended = this.closed;
    this.closed = [];
    return ended;
  }

  private async writeAll(): Promise<void> {
    await new Promise(setImmediate); // let this turn's other requests join
    while (this.pending.length > 0) {
      const batch = this.pending;
      this.pending = [];
      const written = await this.write(batch.map((each) => each.line).join("\n"), batch.length);
      for (const each of batch) each.done(written);
    }
    this.writing = null;
  }

  private async write(lines: string, count: number): Promise<boolean> {
    try {
      if (this.file?.header !== this.header) await this.endFile();
      this.file ??= await this.begin();
      await this.file.handle.appendFile(`${this.torn ? "\n" : ""}${lines}\n`);
      if (this.torn) this.onFailure(null, 0);
      this.torn = false;
      return true;
    } catch (error) {
      this.torn = true; // part of a line may be there: the next begins on a line of its own
      this.onFailure(messageOf(error), count);
      return false;
    }
  }

  private async begin(): Promise<{ handle: FileHandle; path: string; header: string }> {
    await mkdir(this.folder, { recursive: true });
    const { header } = this;
    const path = join(this.folder, `${this.prefix}-${String(++this.sequence).padStart(6, "0")}${journalSuffix}`);
    const handle = await open(path, "ax");
    try {
      await handle.appendFile(`${header}\n`);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    return { handle, path, header };
  }

  private async endFile(): Promise<void> {
    if (this.file === null) return;
    const { handle, path } = this.file;
    this.file = null;
    this.closed.push(path);
    await handle.close().catch((error: unknown) => { this.onFailure(messageOf(error), 0); });
  }
}
