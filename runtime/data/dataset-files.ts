/**
 * Datasets on disk: `<folder>/<hash>/{train,validate,test}.parquet` and `dataset.json`. The files are written into a temporary folder that
 * is renamed when it is complete, so a dataset that is there is whole.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ValueType } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import type { ContractReport } from "./contracts.ts";
import type { Database, QueryOptions } from "./database.ts";
import { parts as partNames, type DatasetParts, type Part } from "./dataset-parts.ts";
import { text } from "./sql/quote.ts";

export interface LabelSummary {
  /** Over all parts; null for a label of strings. */
  readonly mean: number | null;
  /** Examples by value, the most frequent 100; null for a label of floats. */
  readonly counts: Readonly<Record<string, number>> | null;
}

export interface DatasetReport {
  /** In the files. */
  readonly examples: number;
  /** Left out, and why. */
  readonly filtered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly immature: number;
  readonly unlabelled: number;
  readonly label: LabelSummary;
  readonly sources: readonly { readonly name: string; readonly rows: number; readonly files: number }[];
  readonly contracts: readonly ContractReport[];
}

export interface BuiltDataset {
  readonly hash: string;
  readonly folder: string;
  readonly parts: Readonly<Record<Part, { readonly path: string; readonly rows: number }>>;
  readonly columns: readonly { readonly name: string; readonly type: ValueType }[];
  readonly label: { readonly name: string; readonly type: ValueType };
  readonly report: DatasetReport;
  /** False when it was there already. */
  readonly fresh: boolean;
}

type Stored = Omit<BuiltDataset, "folder" | "parts" | "fresh"> & { readonly rows: Readonly<Record<Part, number>> };

/** The dataset with this hash, if it is whole; null otherwise. */
export function readDataset(folder: string, hash: string): BuiltDataset | null {
  const home = join(folder, hash);
  if (!existsSync(join(home, "dataset.json"))) return null;
  const stored = JSON.parse(readFileSync(join(home, "dataset.json"), "utf8")) as Stored;
  return built(stored, home, false);
}

function built({ rows, ...stored }: Stored, home: string, fresh: boolean): BuiltDataset {
  const part = (name: Part): { path: string; rows: number } => ({ path: join(home, `${name}.parquet`), rows: rows[name] });
  return { ...stored, folder: home, parts: { train: part("train"), validate: part("validate"), test: part("test") }, fresh };
}

export interface WriteOptions extends QueryOptions {
  readonly database: Database;
  readonly folder: string;
  readonly seed: number;
}

export interface DatasetContent {
  readonly parts: DatasetParts;
  readonly hash: string;
  /** SQL of the dataset's columns and `__label`, `__weight`, `__time`, `__row`, `__part`. */
  readonly sql: string;
  readonly report: Omit<DatasetReport, "examples">;
}

/** Throws `disk-full`; nothing half-written stays. */
export async function writeDataset(options: WriteOptions, content: DatasetContent): Promise<BuiltDataset> {
  const { parts: { dataset, label }, hash } = content;
  const home = join(options.folder, hash);
  const temporary = join(options.folder, `.writing-${hash}-${randomUUID()}`);
  try {
    mkdirSync(temporary, { recursive: true });
    const rows = { train: 0, validate: 0, test: 0 };
    for (const part of partNames) rows[part] = await writePart(options, content.sql, part, join(temporary, `${part}.parquet`));
    const stored: Stored = {
      hash, columns: dataset.columns.map(({ name, type }) => ({ name, type })), label: { name: label.name, type: label.type },
      report: { examples: rows.train + rows.validate + rows.test, ...content.report }, rows,
    };
    writeFileSync(join(temporary, "dataset.json"), `${JSON.stringify(stored, null, 1)}\n`, { flush: true });
    publish(temporary, home);
    return built(stored, home, true);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOSPC") throw error;
    throw new MlspecError("disk-full", `The disk is full: ${messageOf(error)}`, { hint: "Make room on the disk that holds the state folder, then run again.", cause: error });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function writePart(options: WriteOptions, sql: string, part: Part, path: string): Promise<number> {
  // A shuffle that only the seed and the row decide; MD5, for DuckDB's own hash may change between versions.
  const order = part === "train" ? `md5_number_lower(concat(${text(String(options.seed))}, ':', __row)), __row` : "__row";
  const rows = `SELECT * EXCLUDE (__part) FROM (${sql}) WHERE __part = ${text(part)} ORDER BY ${order}`;
  const count = await options.database.run(`COPY (${rows}) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`, [], options);
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return count;
}

/** Content that is there under the same name is replaced: a key that is not certain does not vouch for it. */
function publish(temporary: string, home: string): void {
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
}
