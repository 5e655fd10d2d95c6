/**
 * Datasets on disk: `<folder>/<hash>/{train,validate,test}.parquet` and `dataset.json`, which has the hash of each part's bytes and its own. The
 * files are written into a temporary folder that is renamed when it is complete; what is there later is checked against the hashes before it is used.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ValueType } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import { hashIfReadable, readPlainFile, sha256, sha256OfFile } from "../registry/files.ts";
import { seal, unseal } from "../registry/sealed.ts";
import type { ContractReport } from "./contracts.ts";
import type { Database, QueryOptions } from "./database.ts";
import type { FutureRows, Presents } from "./future.ts";
import { parts as partNames, type DatasetParts, type Part } from "./dataset-parts.ts";
import type { SourceWarning } from "./source-warning.ts";
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
  /** Rows of the sources that lie in the future: left out of everything but the contracts. */
  readonly future: readonly FutureRows[];
  readonly label: LabelSummary;
  readonly sources: readonly { readonly name: string; readonly rows: number; readonly files: number }[];
  readonly contracts: readonly ContractReport[];
  /** Told again by every run that uses the dataset. */
  readonly warnings: readonly SourceWarning[];
}

export interface BuiltDataset {
  readonly hash: string;
  /** Names the content: the hash, unless rows from the future were left out; then which rows, speaks too. */
  readonly content: string;
  readonly folder: string;
  readonly parts: Readonly<Record<Part, { readonly path: string; readonly rows: number }>>;
  readonly columns: readonly { readonly name: string; readonly type: ValueType }[];
  readonly label: { readonly name: string; readonly type: ValueType };
  readonly report: DatasetReport;
  /** False when it was there already. */
  readonly fresh: boolean;
}

type PerPart<T> = Readonly<Record<Part, T>>;
type Stored = Omit<BuiltDataset, "folder" | "parts" | "fresh"> & { readonly rows: PerPart<number>; readonly sha256: PerPart<string>; readonly presents: Presents };

const fileOf = (part: Part): string => `${part}.parquet`;
const description = "dataset.json";
const filesOfDataset: readonly string[] = [description, ...partNames.map(fileOf)];

export type FoundDataset =
  | { readonly kind: "whole"; readonly dataset: BuiltDataset; readonly presents: Presents }
  /** `problem`: which file is not what was written, in words. */
  | { readonly kind: "damaged"; readonly problem: string }
  | { readonly kind: "absent" };

/** The dataset with this hash, every byte checked against what was written under it. */
export async function findDataset(folder: string, hash: string, signal?: AbortSignal): Promise<FoundDataset> {
  const home = join(folder, hash);
  if (!existsSync(home)) return { kind: "absent" };
  const damaged = (problem: string): FoundDataset => ({ kind: "damaged", problem });
  const names = await readdir(home).catch(() => null);
  if (names === null) return damaged("it is no folder");
  const extra = names.find((name) => !filesOfDataset.includes(name));
  if (extra !== undefined) return damaged(`${extra} does not belong there`);
  const text = await readPlainFile(join(home, description)).then((bytes) => bytes.toString("utf8"), () => null);
  const stored = text === null ? null : unseal<Stored>(hash, text);
  if (stored === null) return damaged(`${description} is ${text === null ? "missing" : "not what was written under this name"}`);
  for (const part of partNames) {
    const found = await hashIfReadable(join(home, fileOf(part)), signal);
    if (found !== stored.sha256[part]) return damaged(`${fileOf(part)} is ${found === null ? "missing or cannot be read" : "not what was written"}`);
  }
  return { kind: "whole", dataset: built(stored, home, false), presents: stored.presents };
}

function built({ rows, sha256: _, presents: _presents, ...stored }: Stored, home: string, fresh: boolean): BuiltDataset {
  const part = (name: Part): { path: string; rows: number } => ({ path: join(home, fileOf(name)), rows: rows[name] });
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
  readonly presents: Presents;
  /** SQL of the dataset's columns and `__label`, `__weight`, `__time`, `__row`, `__part`. */
  readonly sql: string;
  readonly report: Omit<DatasetReport, "examples">;
}

/** Throws `disk-full`; nothing half-written stays. */
export async function writeDataset(options: WriteOptions, content: DatasetContent): Promise<BuiltDataset> {
  const { parts: { dataset, label }, hash, presents } = content;
  const home = join(options.folder, hash);
  const temporary = join(options.folder, `.writing-${hash}-${randomUUID()}`);
  try {
    mkdirSync(temporary, { recursive: true });
    const rows = { train: 0, validate: 0, test: 0 };
    const hashes = { train: "", validate: "", test: "" };
    for (const part of partNames) {
      const path = join(temporary, fileOf(part));
      rows[part] = await writePart(options, content.sql, part, path);
      hashes[part] = await sha256OfFile(path, options.signal);
    }
    const stored: Stored = {
      hash, content: contentName(content), presents, sha256: hashes, columns: dataset.columns.map(({ name, type }) => ({ name, type })), label: { name: label.name, type: label.type },
      report: { examples: rows.train + rows.validate + rows.test, ...content.report }, rows,
    };
    writeFileSync(join(temporary, description), seal(hash, stored), { flush: true });
    publish(temporary, home);
    return built(stored, home, true);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOSPC") throw error;
    throw new MlspecError("disk-full", `The disk is full: ${messageOf(error)}`, { hint: "Make room on the disk that holds the state folder, then run again.", cause: error });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Which rows are left out follows from the files and where the present lies among their times. */
function contentName({ hash, presents }: DatasetContent): string {
  return presents.untilMs === null ? hash : sha256(JSON.stringify([hash, presents])).slice(0, 32);
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

/** Content that is there under the same name, and damaged or of another present, is replaced. */
function publish(temporary: string, home: string): void {
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
}
