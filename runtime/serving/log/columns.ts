/** What a log line holds, and how it becomes columns of a Parquet file. */
import type { ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { verbatim, text } from "../../data/sql/quote.ts";
import { sqlTypes } from "../../data/sql/types.ts";

export type Columns = Readonly<Record<string, ScalarKind>>;

/** The first line of a journal. */
export interface JournalHeader {
  readonly journal: 1;
  readonly stream: "predictions" | "outcomes";
  /** Fields of the request and features from the online store, by their names in the file (`columnName`); STRUCT columns of the Parquet file. */
  readonly request: Columns;
  readonly features: Columns;
}

const fixed: Readonly<Record<JournalHeader["stream"], Columns>> = {
  predictions: {
    id: "string", time: "timestamp", service: "string", model: "string", version: "string", arm: "string", unit: "string",
    prediction: "float", class: "string", fallback: "string", latency_ms: "float", error: "string",
  },
  outcomes: { id: "string", label: "string", value: "float", class: "string", time: "timestamp", received: "timestamp", service: "string" },
};

/** Reads the journal at `path`; lines that were torn by a crash or a full disk are left out. */
export function journalSql(header: JournalHeader, path: string): string {
  const plain = fixed[header.stream];
  const structs = (["request", "features"] as const).filter((name) => Object.keys(header[name]).length > 0);
  const read = [
    ...Object.entries(plain).map(([name, kind]) => `${text(name)}: ${text(jsonType(kind))}`),
    ...structs.map((name) => `${text(name)}: ${text(`STRUCT(${Object.entries(header[name]).map(([field, kind]) => `${verbatim(field)} ${jsonType(kind)}`).join(", ")})`)}`),
  ].join(", ");
  const select = [
    ...Object.entries(plain).map(([name, kind]) => `${value(verbatim(name), kind)} AS ${verbatim(name)}`),
    ...structs.map((name) => `struct_pack(${Object.entries(header[name]).map(([field, kind]) => `${verbatim(field)} := ${value(`${name}.${verbatim(field)}`, kind)}`).join(", ")}) AS ${name}`),
  ].join(", ");
  return `SELECT ${select} FROM read_json(${text(path)}, format = 'newline_delimited', columns = {${read}}, ignore_errors = true, maximum_object_size = 67108864) WHERE id IS NOT NULL`;
}

/** Times stand in the journal as microseconds since 1970. */
const jsonType = (kind: ScalarKind): string => (kind === "timestamp" || kind === "date" ? "BIGINT" : sqlTypes[kind]);

function value(sql: string, kind: ScalarKind): string {
  if (kind === "timestamp") return `make_timestamp(${sql})`;
  return kind === "date" ? `CAST(make_timestamp(${sql}) AS DATE)` : sql;
}
