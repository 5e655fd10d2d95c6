/** Which columns a data file has, by its own words. */
import type { Reader } from "../../../grammar/compiled-spec/index.ts";
import { firstRecord, guessDelimiter, readStart } from "../csv-header.ts";
import type { Database } from "../database.ts";
import { fieldsOf } from "../json-reader.ts";
import { parquetNames } from "../parquet-reader.ts";
import { textList } from "../sql/quote.ts";

/** `header`: whether a CSV file has one; undefined: found out. */
export async function namesOf(database: Database, format: Reader["format"], path: string, header?: boolean): Promise<{ readonly names: readonly string[]; readonly header: boolean }> {
  if (format === "json") return { names: await fieldsOf(database, textList([path])), header: true };
  if (format === "parquet") return { names: await parquetNames(database, path), header: true };
  const start = await readStart(path);
  const dialect = { quote: '"', skip: 0 };
  const first = firstRecord(start, { ...dialect, delimiter: guessDelimiter(start, dialect) })?.values ?? [];
  const has = header ?? (first.length > 0 && !first.some(isValue));
  return { header: has, names: has ? first : first.map((_, i) => `column_${i + 1}`) };
}

/** A number or a time is nobody's name for a column. (An empty name is: of the row numbers that a data frame writes.) */
const isValue = (text: string): boolean => /^[+-]?(\d+([.,]\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) || /^\d{4}-\d\d-\d\d/.test(text);
