/** A file of rows as what a version's model reads, in SQL. Which of the file's columns that needs is said before a row is read. */
import { columnsIn, type Column, type CompiledSpec, type Dataset, type Reader, type Source } from "../../grammar/compiled-spec/index.ts";
import type { Database } from "../data/database.ts";
import { formatOf } from "../data/folders.ts";
import { namesOf } from "../data/inspect/names.ts";
import { readable } from "../data/readable.ts";
import { typedSql } from "../data/source.ts";
import { rawRelation } from "../data/source-reader.ts";
import { identifier, text } from "../data/sql/quote.ts";
import { sqlTypes } from "../data/sql/types.ts";
import { MlspecError } from "../errors.ts";
import type { SignatureInput } from "../export/signature.ts";
import type { ContractColumn } from "../serving/contract.ts";

export interface RowsOfFile {
  /** `__row` (from 1), `__wrong` (a column whose value does not fit, by its place in `columns`), then a value for each input. */
  readonly sql: string;
  /** As the file has them. */
  readonly columns: readonly string[];
  /** Inputs that the file does not have, and that may be missing. */
  readonly absent: readonly string[];
  /** The moment of the prediction stands in for the event time that the file does not have. */
  readonly now: string | null;
}

export interface Asked {
  readonly what: string;
  readonly inputs: readonly SignatureInput[];
  /** In the order of `inputs`. */
  readonly contract: readonly ContractColumn[];
  readonly spec: CompiledSpec;
  readonly dataset: Dataset;
  readonly present: Date;
}

/** @throws MlspecError `column-missing`, with all that is needed; what reading throws. */
export async function rowsOfFile(database: Database, path: string, asked: Asked, format: Reader["format"] = formatOf(path)): Promise<RowsOfFile> {
  const examples = asked.spec.sources.find(({ name }) => name === asked.dataset.examples);
  const read = readerOf(examples?.read, format, path);
  const at = (await readable(database, { name: path, read }, [{ path, bytes: 0, at: path }], undefined))[0]?.at ?? path;
  const names = (await namesOf(database, format, at, true)).names;
  const found = asked.inputs.map((input, i) => find(input, asked.contract[i]!, examples, names));
  const lacking = found.flatMap((each, i) => (each === null && asked.contract[i]!.required && !asked.contract[i]!.isNow ? [i] : []));
  if (lacking.length > 0) throw missing(path, asked, lacking, examples);
  const columns = distinct(found.flatMap((each) => each ?? []));
  const source = { ...examples, name: path, read, columns, folder: "", at: {}, origin } as unknown as Source;
  const plain = columns.filter(({ value }) => value === null);
  const raw = await rawRelation({ database, source, columns: plain, files: [{ path: at, bytes: 0, at }], where: undefined, whereOf: () => undefined });
  const nowSql = `CAST(${text(asked.present.toISOString().slice(0, 23).replace("T", " "))} AS TIMESTAMP)`;
  const values = asked.inputs.map(({ kind }, i) => {
    const own = found[i];
    const sql = own === null || own === undefined ? (asked.contract[i]!.isNow ? nowSql : `CAST(NULL AS ${sqlTypes[kind]})`) : identifier(own.at(-1)!.name);
    return `${sql} AS i${i}`;
  });
  return {
    sql: `SELECT ${["__row", "__wrong", ...values].join(", ")} FROM (${typedSql(source, plain, raw)})`, columns: plain.map(({ physical }) => physical),
    absent: found.flatMap((each, i) => (each === null && !asked.contract[i]!.isNow ? [asked.contract[i]!.field] : [])),
    now: found.some((each, i) => each === null && asked.contract[i]!.isNow) ? asked.present.toISOString() : null,
  };
}

const origin = { file: 0, range: [0, 0, 0, 0] } as const;

/**
 * What an input is read from: columns of the file, and where it is computed, at the end the computed one. Null: the file has none. First as the examples' file has
 * it, which a request's field may be called otherwise or, worse, as another column of that file is.
 */
function find({ name, kind, from }: SignatureInput, { field }: ContractColumn, examples: Source | undefined, names: readonly string[]): readonly Column[] | null {
  const column = from.kind === "example" ? examples?.columns.find((each) => each.name === from.column) : undefined;
  const own = (physical: string): readonly Column[] => [{ name, type: { kind, nullable: true }, entity: null, tags: [], physical, value: null, doc: null, origin } as unknown as Column];
  if (column !== undefined && column.value !== null) {
    const read = [...columnsIn(column.value)].map((each) => examples?.columns.find((other) => other.name === each));
    const parts = read.flatMap((each) => (each !== undefined && each.value === null && names.includes(each.physical) ? [each] : []));
    if (parts.length === read.length && read.length > 0) return [...parts, column];
  }
  const physical = [...(column === undefined || column.value !== null ? [] : [column.physical]), field, ...(column === undefined ? [] : [column.name])].find((each) => names.includes(each));
  return physical === undefined ? null : own(physical);
}

function distinct(columns: readonly Column[]): readonly Column[] {
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

/** As the examples are read: what stands for a missing value there does here, too. */
function readerOf(examples: Reader | undefined, format: Reader["format"], path: string): Reader {
  const times = examples === undefined || examples.format === "parquet" || examples.times === undefined ? {} : { times: examples.times };
  if (format === "parquet") return { format, paths: [path] };
  if (format === "json") return { format, paths: [path], ...times };
  const like = examples?.format === "csv" ? examples : null;
  return { quote: null, missing: [], ...times, ...like, format, paths: [path], delimiter: null, header: true, skip: 0 };
}

function missing(path: string, { what, inputs, contract }: Asked, lacking: readonly number[], examples: Source | undefined): MlspecError {
  const said = (i: number): string => {
    const { field, kind, nullable } = contract[i]!;
    const from = inputs[i]!.from;
    const column = from.kind === "example" ? examples?.columns.find((each) => each.name === from.column) : undefined;
    const also = column === undefined || column.physical === field || column.value !== null ? "" : ` (or ${JSON.stringify(column.physical)})`;
    return `${JSON.stringify(field)}${also} ${kind}${nullable ? "?" : ""}`;
  };
  const features = lacking.some((i) => inputs[i]!.from.kind === "entity-feature");
  return new MlspecError("column-missing", `${path} lacks ${lacking.map(said).join(", ")}, which ${what} needs.`, {
    hint: `It reads ${contract.map((_, i) => said(i)).join(", ")}; what ends in ? may be missing.${features ? " Features of an entity are not looked up here: a file brings their values." : ""}`,
  });
}
