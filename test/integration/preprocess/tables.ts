/** Rows of plain values as a DuckDB table. */
import type { DatasetColumn, ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import type { Database } from "../../../runtime/data/database.ts";
import { identifier, text } from "../../../runtime/data/sql/quote.ts";
import { sqlTypes } from "../../../runtime/data/sql/types.ts";
import type { RawRow, RawValue } from "../../../runtime/preprocess/feeds.ts";

function cell(value: RawValue, kind: ScalarKind): string {
  if (value === null || value === undefined) return "NULL";
  switch (kind) {
    case "timestamp": return `make_timestamp(${String(value)}::BIGINT)`;
    case "date": return `make_timestamp(${String(value)}::BIGINT)::DATE`;
    case "string": return text(String(value));
    case "float": return `'${Number(value)}'::DOUBLE`;
    default: return `${String(value)}::${sqlTypes[kind]}`;
  }
}

/** Creates or replaces `table`, with `__row` from 0. */
export async function createTable(database: Database, table: string, columns: readonly Pick<DatasetColumn, "name" | "type">[], rows: readonly RawRow[]): Promise<void> {
  const head = columns.map(({ name, type }) => `${identifier(name)} ${sqlTypes[type.kind]}`).join(", ");
  await database.run(`CREATE OR REPLACE TABLE ${identifier(table)} (__row BIGINT, ${head})`);
  const lines = rows.map((row, i) => `(${[i, ...columns.map(({ name, type }) => cell(row[name], type.kind))].join(", ")})`);
  if (lines.length > 0) await database.run(`INSERT INTO ${identifier(table)} VALUES ${lines.join(", ")}`);
}
