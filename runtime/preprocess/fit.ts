/** Learns the encodings from the train part, with SQL over its Parquet file, in bounded memory. */
import type { Encoding, Model, ModelInput, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { Row } from "../data/batch.ts";
import { openDatabase, type Database, type QueryOptions } from "../data/database.ts";
import { sharing } from "../data/sql/sharing.ts";
import { MlspecError } from "../errors.ts";
import type { FittedEncoding, FittedInput, FittedPreprocessing, FittedScalar, FittedSlots } from "./fitted.ts";
import { fitLabel, parquet, type LabelledPart } from "./labels.ts";

export interface FitOptions extends QueryOptions {
  /** Where DuckDB may spill. */
  readonly tempFolder?: string;
}

/**
 * @param parts the train part's Parquet file, and others whose labels are checked too (`validate`).
 * @throws MlspecError `no-training-rows`, `label-invalid`, `label-constant`, `encoding-does-not-fit`.
 */
export async function fitPreprocessing(
  model: Pick<Model, "name" | "label" | "task" | "inputs">, parts: { readonly train: string; readonly others?: readonly LabelledPart[] }, options: FitOptions = {},
): Promise<FittedPreprocessing> {
  // One thread: sums of floats depend on their order, and the same data must give the same model.
  using database = await openDatabase({ threads: 1, ...(options.tempFolder === undefined ? {} : { tempFolder: options.tempFolder }) });
  const { label, rows } = await fitLabel(database, model.label, model.task, { name: "train", path: parts.train }, parts.others ?? [], options);
  const ranges = await rangesOf(database, parts.train, model.inputs, options);
  const inputs: FittedInput[] = [];
  for (const [i, input] of model.inputs.entries()) {
    const encoding = await fitEncoding({ database, path: parts.train, rows, options }, input, ranges[i]);
    inputs.push({ name: input.name, value: input.value, encoding });
  }
  return { version: 1, inputs, label, rows };
}

/** Of the finite values of an input; all 0 when there are none. */
interface Range {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

interface Fitting {
  readonly database: Database;
  readonly path: string;
  readonly rows: number;
  readonly options: QueryOptions;
}

/** Squares of larger numbers leave the range of a double. */
const largest = 1e100;

/** The input as DOUBLE, as `converted(…, "float")` sees it in the graph; null where missing or not finite. */
function numberSql({ value }: Pick<ModelInput, "value">, sql: string): string {
  switch (value.type.kind) {
    case "float": return `(CASE WHEN isfinite(${sql}) THEN ${sql} END)`;
    case "timestamp": case "date": return `CAST(epoch_us(${sql}) AS DOUBLE)`;
    default: return `CAST(${sql} AS DOUBLE)`;
  }
}

const needsRange = ({ kind }: Encoding): boolean => kind === "standardize" || kind === "normalize";

async function rangesOf(database: Database, path: string, inputs: readonly ModelInput[], options: QueryOptions): Promise<(Range | undefined)[]> {
  const needed = inputs.flatMap((input, i) => (needsRange(input.encode) ? [{ i, input: numeric(input) }] : []));
  if (needed.length === 0) return [];
  const { from, sql: sqlOf } = sharing(parquet(path), needed.map(({ input }) => input.value));
  const asked = needed.map(({ i, input }) => ({ i, sql: numberSql(input, sqlOf(input.value)) }));
  const columns = asked.map(({ i, sql }) => `least(greatest(${sql}, ${-largest}), ${largest}) AS raw${i}, (${sql}) IS NULL AS missing${i}`);
  const values = asked.map(({ i }) => `CASE WHEN NOT missing${i} THEN raw${i} END AS v${i}`);
  const facts = asked.map(({ i }) => `coalesce(avg(v${i}), 0) AS mean${i}, coalesce(stddev_pop(v${i}), 0) AS deviation${i}, coalesce(min(v${i}), 0) AS low${i}, coalesce(max(v${i}), 0) AS high${i}`);
  const [row = {}] = await database.rows(`SELECT ${facts.join(", ")} FROM (SELECT ${values.join(", ")} FROM (SELECT ${columns.join(", ")} FROM ${from}))`, [], options);
  const ranges: (Range | undefined)[] = [];
  for (const { i } of asked) ranges[i] = { mean: Number(row[`mean${i}`]), deviation: Number(row[`deviation${i}`]), low: Number(row[`low${i}`]), high: Number(row[`high${i}`]) };
  return ranges;
}

async function fitEncoding(fitting: Fitting, input: ModelInput, range: Range | undefined): Promise<FittedEncoding> {
  const { encode, value } = input;
  switch (encode.kind) {
    case "number": case "standardize": case "normalize":
      return { kind: "scalar", ...scaling(numeric(input).encode.kind, range), indicator: value.type.nullable };
    case "bucketize": {
      const boundaries = encode.boundaries ?? await quantiles(fitting, numeric(input), encode.count ?? 10);
      return { kind: "one-hot", slots: { kind: "buckets", boundaries: [...new Set(boundaries)].sort((a, b) => a - b) } };
    }
    case "one-hot": return { kind: "one-hot", slots: await vocabulary(fitting, input, encode.top) };
    case "hashed-one-hot": return { kind: "one-hot", slots: hashSlots(input, encode.buckets) };
    case "embedding": {
      const slots = encode.buckets === null ? await vocabulary(fitting, input, encode.top ?? 1000) : hashSlots(input, encode.buckets);
      return { kind: "embedding", size: encode.size, slots };
    }
  }
}

function scaling(kind: Encoding["kind"], range: Range | undefined): Omit<FittedScalar, "kind" | "indicator"> {
  if (kind === "number" || range === undefined) return { shift: 0, scale: 1, low: null, high: null };
  const { mean, deviation, low, high } = range;
  if (kind === "normalize") return { shift: low, scale: high > low ? 1 / (high - low) : 0, low: 0, high: 1 };
  // Of equal values the computed deviation may be a rounding error above 0.
  return low < high && deviation > 0 ? { shift: mean, scale: 1 / deviation, low: null, high: null } : { shift: mean, scale: 0, low: null, high: null };
}

function numeric(input: ModelInput): ModelInput {
  return input.value.type.kind === "string" ? misfit(input, "a text", "Use one_hot or embedding for texts.") : input;
}

function misfit(input: ModelInput, what: string, hint: string): never {
  throw new MlspecError("encoding-does-not-fit", `The input '${input.name}' is ${what}, which its encoding '${input.encode.kind}' cannot take.`, { hint });
}

function hashSlots(input: ModelInput, buckets: number): FittedSlots {
  if (input.value.type.kind === "float") misfit(input, "a float", "Hash texts and ints; bucketize floats.");
  return { kind: "hash", buckets };
}

/** Quantiles of more rows than this are taken of every k-th row. */
const quantileRows = 2_000_000;

/** The inner boundaries of `count` buckets with equal numbers of rows; fewer when values repeat. */
async function quantiles({ database, path, rows, options }: Fitting, input: ModelInput, count: number): Promise<number[]> {
  const shares = Array.from({ length: count - 1 }, (_, i) => `${i + 1}::DOUBLE / ${count}`);
  if (shares.length === 0) return [];
  const every = Math.ceil(rows / quantileRows);
  const { from, sql } = sharing(parquet(path), [input.value]);
  const [row] = await database.rows(
    `SELECT min(v) AS low, quantile_disc(v, [${shares.join(", ")}]) AS boundaries FROM (SELECT ${numberSql(input, sql(input.value))} AS v FROM ${from} WHERE __row % ${every} = 0)`, [], options) as [Row];
  const boundaries = (row["boundaries"] as readonly number[] | null) ?? [];
  // Nothing lies below the smallest value: a boundary there would make a bucket that stays empty.
  return boundaries.filter((boundary) => boundary > Number(row["low"]));
}

/** The most frequent values; among equally frequent ones the smaller. */
async function vocabulary({ database, path, options }: Fitting, input: ModelInput, top: number): Promise<FittedSlots> {
  const { kind } = input.value.type;
  const { from, sql } = sharing(parquet(path), [input.value]);
  const key = kind === "float" ? numberSql(input, sql(input.value)) : sql(input.value);
  const rows = await database.rows(
    `SELECT ${entrySql("key", kind)} AS value FROM (SELECT key, count(*) AS rows FROM (SELECT ${key} AS key FROM ${from}) WHERE key IS NOT NULL GROUP BY key ORDER BY rows DESC, key LIMIT ${top})`, [], options);
  return { kind: "vocabulary", values: rows.map(({ value }) => (kind === "float" ? String(Number(value)) : String(value as string))) };
}

/** As `FittedVocabulary.values` says; floats are put into text by JavaScript. */
function entrySql(sql: string, kind: ScalarKind): string {
  switch (kind) {
    case "float": return sql;
    case "timestamp": case "date": return `CAST(epoch_us(${sql}) AS VARCHAR)`;
    default: return `CAST(${sql} AS VARCHAR)`;
  }
}
