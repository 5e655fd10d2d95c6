/**
 * A flush every second makes a small file every second; readers would drown in them. Many small ones become one. The plan is
 * written first, so that a merge that was cut off is finished or undone at the next start, and no row is there twice:
 *   plan → merged file beside (`.ready`) → sources deleted → `.ready` becomes `.parquet` → plan deleted.
 * While the sources are being deleted a reader may miss their rows for a moment.
 */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { canonicalJson } from "../../registry/canonical.ts";
import { readPlainFile, writeAtomically } from "../../registry/files.ts";
import type { Database } from "../../data/database.ts";
import { text, textList } from "../../data/sql/quote.ts";

const planSuffix = ".merge-plan";
const mergedSuffix = ".merged.parquet";

interface Plan {
  /** Names within the folder. */
  readonly sources: readonly string[];
  readonly target: string;
}

/** Merges the folder's small files when there are at least `atLeast`; says whether it did. Nothing else may write there meanwhile. */
export async function mergeSmallFiles(database: Database, folder: string, atLeast: number): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const sources = names.filter((name) => name.endsWith(".parquet") && !name.endsWith(mergedSuffix)).sort();
  const [first] = sources;
  if (first === undefined || sources.length < atLeast) return false;
  const target = `${basename(first, ".parquet")}${mergedSuffix}`;
  const plan = join(folder, `${target}${planSuffix}`);
  await writeAtomically(plan, canonicalJson({ sources, target } satisfies Plan));
  const temporary = join(folder, `${target}.tmp`);
  const read = `read_parquet(${textList(sources.map((name) => join(folder, name)))}, union_by_name = true)`;
  try {
    await database.run(`COPY (SELECT * FROM ${read}) TO ${text(temporary)} (FORMAT parquet)`);
  } catch (error) {
    await rm(temporary, { force: true });
    await rm(plan, { force: true });
    throw error;
  }
  await rename(temporary, join(folder, `${target}.ready`));
  await finish(folder, plan, { sources, target });
  return true;
}

/** At start: what a process before this one left half done. */
export async function continueMerges(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(planSuffix))) {
    const path = join(folder, name);
    const plan = JSON.parse((await readPlainFile(path)).toString("utf8")) as Plan;
    const isReady = await stat(join(folder, `${plan.target}.ready`)).then(() => true, () => false);
    if (isReady) await finish(folder, path, plan);
    else await rm(path, { force: true }); // nothing was deleted yet, or all is done
  }
}

async function finish(folder: string, planPath: string, { sources, target }: Plan): Promise<void> {
  for (const name of sources) await rm(join(folder, name), { force: true });
  await rename(join(folder, `${target}.ready`), join(folder, target));
  await rm(planPath, { force: true });
}
