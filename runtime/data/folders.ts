/** The data files of a folder, and of a glob's matches: what is hidden, and what tools leave behind (`_SUCCESS`, `_temporary/`), is none. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Reader } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";

const endings: Readonly<Record<Reader["format"], readonly string[]>> = {
  csv: [".csv", ".tsv", ".txt", ".data"], parquet: [".parquet", ".parq", ".pq"], json: [".json", ".jsonl", ".ndjson"],
};
const formats = Object.keys(endings) as readonly Reader["format"][];
export const endingsOf = (format: Reader["format"]): string => endings[format].join(", ");

const isOf = (format: Reader["format"], path: string): boolean => {
  const name = path.toLowerCase().replace(/\.(gz|zst|bz2)$/, "");
  return endings[format].some((ending) => name.endsWith(ending));
};

/** By its name; what is no Parquet or JSON is taken for CSV, as most files of other names are. */
export const formatOf = (path: string): Reader["format"] => formats.find((format) => isOf(format, path)) ?? "csv";

export const isHidden = (name: string): boolean => /^[._]/.test(name) && !/^_[^/]*=/.test(name);

export interface Below {
  readonly files: readonly string[];
  /** Of other formats, by their names. */
  readonly others: readonly string[];
}

/** All the way down, in the order of their paths. Throws `data-file-unreadable` of a table whose files alone do not say which rows are in it. */
export function filesBelow(folder: string, format: Reader["format"]): Below {
  const found = walk(folder).sort(byPath);
  return { files: found.filter((path) => isOf(format, path)), others: found.filter((path) => !isOf(format, path)) };
}

const byPath = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const log = entries.find(({ name }) => name === "_delta_log" || name === ".hoodie");
  if (log !== undefined) {
    throw new MlspecError("data-file-unreadable", `${folder} is a table of ${log.name === ".hoodie" ? "Hudi" : "Delta Lake"}: its files hold rows, too, that were deleted or replaced.`, {
      hint: "Write the rows that are in it to Parquet files of their own, and read those.",
    });
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (isHidden(entry.name)) return [];
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true) ? [path] : [];
  });
}

/** Of a glob's match: no part of the path that a wildcard stands for is hidden. */
export function isVisible(path: string, glob: string): boolean {
  const named = glob.split(/[/\\]/);
  const fixed = named.findIndex((part) => /[*?[]/.test(part));
  return path.split(/[/\\]/).slice(fixed).every((part) => !isHidden(part) || named.includes(part));
}
