/** Files of the log that hold nothing but old rows. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../data/database.ts";
import { identifier, text } from "../../data/sql/quote.ts";

/** Deletes the Parquet files whose newest row is before `ms` (since 1970). `column`: the rows' time. Nothing else may write Parquet there meanwhile. */
export async function dropOldFiles(database: Database, folder: string, column: string, ms: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names.filter((name) => name.endsWith(".parquet")).map((name) => join(folder, name))) {
    const [newest] = await database.rows(`SELECT epoch_ms(max(${identifier(column)})) AS ms FROM read_parquet(${text(path)})`);
    const last = newest?.["ms"];
    if ((typeof last === "number" || typeof last === "bigint") && Number(last) < ms) await rm(path, { force: true });
  }
}

/** Deletes the journals that were last written to before `ms`; returns the others. None of them may be in use. */
export async function dropOldJournals(journals: readonly string[], ms: number): Promise<string[]> {
  const left: string[] = [];
  for (const path of journals) {
    const written = await stat(path).catch(() => null);
    if (written !== null && written.mtimeMs < ms) await rm(path, { force: true });
    else if (written !== null) left.push(path);
  }
  return left;
}
