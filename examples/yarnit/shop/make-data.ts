/** Writes the shop's history as Parquet files, one per day: `node examples/yarnit/shop/make-data.ts`. Done once; half a run leaves nothing. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { history } from "./history.ts";
import { createWorld, type World } from "./world.ts";

/** The one shop that the data, the shoppers and the tests share. */
export const shop = { seed: 2026, days: 14, perDay: 20_000, end: new Date("2026-11-01T00:00:00Z") } as const;

export const shopWorld = (): World => createWorld(shop.seed);

/** Returns false when the data was there already. Tests ask for fewer days. */
export async function makeData(folder: string, size: { readonly days: number; readonly perDay: number } = shop): Promise<boolean> {
  const data = join(folder, "data");
  if (existsSync(data)) return false;
  const unfinished = `${data}.${process.pid}.tmp`;
  await mkdir(join(unfinished, "impressions"), { recursive: true });
  await mkdir(join(unfinished, "purchases"), { recursive: true });
  const database = await openDatabase();
  try {
    for (const day of history(shopWorld(), { ...shop, ...size })) {
      await write(database, join(unfinished, "impressions", day.date), day.impressions, "shown_at");
      await write(database, join(unfinished, "purchases", day.date), day.purchases, "bought_at");
    }
    await rename(unfinished, data);
  } finally {
    database.close();
    await rm(unfinished, { recursive: true, force: true });
  }
  return true;
}

async function write(database: Database, path: string, rows: readonly object[], time: string): Promise<void> {
  const lines = `${path}.ndjson`;
  await writeFile(lines, rows.map((row) => JSON.stringify(row)).join("\n"));
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  await database.run(`COPY (SELECT * REPLACE (CAST(${time} AS TIMESTAMP) AS ${time}) FROM read_json(${quoted(lines)}, format = 'newline_delimited') ORDER BY ${time}) TO ${quoted(`${path}.parquet`)} (FORMAT parquet, COMPRESSION zstd)`);
  await rm(lines);
}

if (process.argv[1] === import.meta.filename) {
  const made = await makeData(join(import.meta.dirname, ".."));
  process.stderr.write(made ? "The yarn shop's data is in examples/yarnit/data.\n" : "The yarn shop's data was there already.\n");
}
