/** Columns that stand in the names of folders (`year=2026/month=11/part-0.parquet`), as Hive, Spark and others write them. Pure. */
import type { Column, Reader } from "../../grammar/compiled-spec/index.ts";
import { text } from "./sql/quote.ts";

export const isInPath = (path: string, name: string): boolean => foldersOf(path).some((folder) => folder.startsWith(`${name}=`));

/** The spec lets it come from the path, and it can. */
export const isPathColumn = (read: Reader, { physical }: Column, path: string): boolean => read.partitions === true && isInPath(path, physical);

/** The folders `name=value`, for the name of a dataset's content. */
export const partitionOf = (path: string): string => foldersOf(path).filter((folder) => folder.includes("=")).join("/");

const foldersOf = (path: string): readonly string[] => path.split(/[/\\]/).slice(0, -1);

/** What DuckDB's readers are told: each row knows its file, and nothing else comes from the path. */
export const ofPath = "filename='__path', hive_partitioning=false";

/** The text behind `name=` in the nearest folder, its `%20` and such decoded. */
export function pathValue(name: string): string {
  const folder = `.*[/\\\\]${name.replace(/[^\p{L}\p{N}_]/gu, "\\$&")}=([^/\\\\]*)[/\\\\]`;
  return `nullif(url_decode(nullif(regexp_extract(__path, ${text(folder)}, 1), '')), '__HIVE_DEFAULT_PARTITION__')`;
}
