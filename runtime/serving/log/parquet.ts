/** Journals become Parquet files: written beside, renamed, and only then is the journal deleted. */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../data/database.ts";
import { text } from "../../data/sql/quote.ts";
import { openPlainFile } from "../../registry/files.ts";
import { journalSql } from "./columns.ts";
import type { JournalHeader } from "./columns.ts";
import { journalSuffix } from "./journal.ts";

/** Returns the Parquet file's path, or null when the journal held no line. Doing it again after a crash at any point is safe. */
export async function toParquet(database: Database, journal: string): Promise<string | null> {
  const parquet = journal.slice(0, -journalSuffix.length) + ".parquet";
  if (await exists(parquet)) {
    await rm(journal, { force: true });
    return parquet;
  }
  const header = await headerOf(journal);
  if (header === null) {
    await rm(journal, { force: true });
    return null;
  }
  const temporary = `${parquet}.tmp`;
  try {
    const rows = await database.run(`COPY (${journalSql(header, journal)}) TO ${text(temporary)} (FORMAT parquet)`);
    if (rows > 0) await rename(temporary, parquet);
    else await rm(temporary, { force: true });
    await rm(journal, { force: true });
    return rows > 0 ? parquet : null;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Journals that a process before this one left behind, oldest first. */
export async function journalsIn(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.endsWith(".tmp"))) await rm(join(folder, name), { force: true });
  return names.filter((name) => name.endsWith(journalSuffix)).sort().map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** Null when the first line is not whole: nothing was written after it then. */
async function headerOf(journal: string): Promise<JournalHeader | null> {
  try {
    const header: unknown = JSON.parse(await firstLine(journal));
    return typeof header === "object" && header !== null && "journal" in header ? (header as JournalHeader) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whoever leaves this loop ends the stream, and with it closes the file; a `readline` over it would not. */
async function firstLine(path: string): Promise<string> {
  let text = "";
  for await (const piece of (await openPlainFile(path)).createReadStream({ encoding: "utf8" })) {
    text += piece as string;
    if (text.includes("\n")) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}
