/**
 * Which ids the log has, or may have: a Bloom filter (Bloom 1970) of a fixed 16 MiB, filled from the log's files at the start and with every prediction since. It never says
 * "new" of an id that the log's files have (what an earlier process left in a journal that could not be made a file at the start is not among them). Where it says "known" of one that is new (0.4% with ten million ids, 12% with thirty) nothing is lost: whoever asks looks into the log then.
 */
import { hash } from "node:crypto";
import type { Database } from "../../data/database.ts";
import { text } from "../../data/sql/quote.ts";

const BITS = 2 ** 27;
/** Positions of an id: the four words of its MD5. Who makes ids that collide makes the server look into the log, and no more. */
const WORDS = [0, 4, 8, 12] as const;
const rowsAtOnce = 4_096;

export class KnownIds {
  private readonly bits = new Uint32Array(BITS / 32);
  /** False until the log's files have been read: any id may stand in them. */
  private isWhole = false;

  add(id: string): void {
    const digest = hash("md5", id, "buffer");
    for (const word of WORDS) {
      const at = digest.readUInt32LE(word) % BITS;
      this.bits[at >>> 5] = (this.bits[at >>> 5] ?? 0) | (1 << (at & 31));
    }
  }

  mayHave(id: string): boolean {
    if (!this.isWhole) return true;
    const digest = hash("md5", id, "buffer");
    return WORDS.every((word) => {
      const at = digest.readUInt32LE(word) % BITS;
      return ((this.bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
    });
  }

  /** Reads the ids of the files that `pattern` names; null: there are none. The event loop goes round between its batches. */
  async fill(database: Database, pattern: string | null, signal: AbortSignal): Promise<void> {
    if (pattern !== null) {
      for await (const batch of database.batches(`SELECT id FROM read_parquet(${text(pattern)}, union_by_name = true)`, { rows: rowsAtOnce, signal })) {
        for (const id of batch.columns[0]?.values ?? []) if (typeof id === "string") this.add(id);
        await new Promise(setImmediate);
      }
    }
    this.isWhole = true;
  }
}
