/** Rows of the log that are older than is kept: files that hold nothing else are deleted, others are written anew without them. */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../data/database.ts";
import { identifier, text } from "../../data/sql/quote.ts";

/** Of the folder's Parquet files; `column`: the rows' time. Before `ms` (since 1970) is old. Nothing else may write Parquet there meanwhile. */
export async function dropOldRows(database: Database, folder: string, column: string, ms: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names.filter((name) => name.endsWith(".parquet")).map((name) => join(folder, name))) await dropFrom(database, path, identifier(column), ms);
}

async function dropFrom(database: Database, path: string, time: string, ms: number): Promise<void> {
  const [span] = await database.rows(`SELECT epoch_ms(min(${time})) AS oldest, epoch_ms(max(${time})) AS newest FROM read_parquet(${text(path)})`);
  const { oldest, newest } = span ?? {};
  if (typeof oldest !== "number" && typeof oldest !== "bigint") return; // no row has a time
  if (Number(oldest) >= ms) return;
  const temporary = `${path}.tmp`;
  if (Number(newest) < ms) await rm(path, { force: true });
  else await rewrite(database, path, temporary, `epoch_ms(${time}) >= ${ms}`);
  // One that a killed process left holds old rows, too.
  await rm(temporary, { force: true });
}

async function rewrite(database: Database, path: string, temporary: string, kept: string): Promise<void> {
  try {
    await database.run(`COPY (SELECT * FROM read_parquet(${text(path)}) WHERE ${kept}) TO ${text(temporary)} (FORMAT parquet)`);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
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
