/** Learns the encodings from the train part, with SQL over its Parquet file, in bounded memory. */
import type { Model, ModelInput, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { Row } from "../data/batch.ts";
import { openDatabase, type QueryOptions } from "../data/database.ts";
import { sharing } from "../data/sql/sharing.ts";
import { MlspecError } from "../errors.ts";
import { outlierWarning, unscaledWarning, type FitWarning } from "./fit-warnings.ts";
import type { FittedEncoding, FittedInput, FittedPreprocessing, FittedScalar, FittedSlots } from "./fitted.ts";
import { fitLabel, parquet, type LabelledPart } from "./labels.ts";
import { everyKth, isScalar, middleOf, numberSql, outliersOf, rangesOf, type Fitting } from "./range-facts.ts";
import { scaling, type Range, type ScalarEncoding } from "./scaling.ts";

export interface FitOptions extends QueryOptions {
  /** Where DuckDB may spill. */
  readonly tempFolder?: string;
  readonly onWarning?: (warning: FitWarning) => void;
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
  const fitting: Fitting = { database, path: parts.train, rows, options };
  const scalars = model.inputs.filter(({ encode }) => isScalar(encode)).map(numeric);
  const ranges = new Map((await rangesOf(fitting, scalars)).map((range, i) => [scalars[i], range]));
  const inputs: FittedInput[] = [];
  for (const input of model.inputs) {
    inputs.push({ name: input.name, value: input.value, encoding: await fitEncoding(fitting, input, ranges.get(input), options.onWarning) });
  }
  return { version: 1, inputs, label, rows };
}

async function fitScalar(fitting: Fitting, input: ModelInput, kind: ScalarEncoding, range: Range, warn: FitOptions["onWarning"]): Promise<FittedScalar> {
  const middle = kind === "robust" ? await middleOf(fitting, input, range) : undefined;
  const scalar: FittedScalar = { kind: "scalar", ...scaling(kind, range, middle), indicator: input.value.type.nullable };
  const outliers = kind === "robust" || warn === undefined ? null : await outliersOf(fitting, input, range);
  for (const warning of [outliers && outlierWarning(input, outliers, fitting.rows), unscaledWarning(input, range, scalar)]) if (warning) warn?.(warning);
  return scalar;
}

/** `range`: of an input that becomes one number. */
async function fitEncoding(fitting: Fitting, input: ModelInput, range: Range | undefined, warn: FitOptions["onWarning"]): Promise<FittedEncoding> {
  const { encode } = input;
  switch (encode.kind) {
    case "number": case "standardize": case "robust": case "normalize": return fitScalar(fitting, input, encode.kind, range as Range, warn);
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

/** The inner boundaries of `count` buckets with equal numbers of rows; fewer when values repeat. */
async function quantiles({ database, path, rows, options }: Fitting, input: ModelInput, count: number): Promise<number[]> {
  const shares = Array.from({ length: count - 1 }, (_, i) => `${i + 1}::DOUBLE / ${count}`);
  if (shares.length === 0) return [];
  const { from, sql } = sharing(parquet(path), [input.value]);
  const [row] = await database.rows(
    `SELECT min(v) AS low, quantile_disc(v, [${shares.join(", ")}]) AS boundaries FROM (SELECT ${numberSql(input, sql(input.value))} AS v FROM ${from}${everyKth(rows)})`, [], options) as [Row];
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
