/** The facts that scaling needs, by SQL over the train part: range, middle, and which few rows hold most of a column's variance. */
import type { Encoding, ModelInput } from "../../grammar/compiled-spec/index.ts";
import type { Database, QueryOptions } from "../data/database.ts";
import { inBundles } from "../data/sql/bundles.ts";
import { sharing } from "../data/sql/sharing.ts";
import { floatSql } from "../data/sql/types.ts";
import { parquet } from "./labels.ts";
import { largest, varies, type Middle, type Range } from "./scaling.ts";

export interface Fitting {
  readonly database: Database;
  /** The train part's Parquet file. */
  readonly path: string;
  readonly rows: number;
  readonly options: QueryOptions;
}

/** The input as DOUBLE, as `converted(…, "float")` sees it in the graph; null where missing or not finite. */
export function numberSql({ value }: Pick<ModelInput, "value">, sql: string): string {
  switch (value.type.kind) {
    case "float": return `(CASE WHEN isfinite(${sql}) THEN ${sql} END)`;
    case "timestamp": case "date": return `CAST(epoch_us(${sql}) AS DOUBLE)`;
    default: return `CAST(${sql} AS DOUBLE)`;
  }
}

/** Becomes one number, for which the range is needed. */
export const isScalar = ({ kind }: Encoding): boolean => kind === "number" || kind === "standardize" || kind === "robust" || kind === "normalize";

/** `SELECT` of the inputs' numbers within ±`largest`, as v0, v1 …; null where there is none. */
function numbersSql(path: string, inputs: readonly ModelInput[], where = ""): string {
  const { from, sql: sqlOf } = sharing(parquet(path), inputs.map(({ value }) => value));
  const asked = inputs.map((input) => numberSql(input, sqlOf(input.value)));
  const columns = asked.map((sql, i) => `least(greatest(${sql}, ${-largest}), ${largest}) AS raw${i}, (${sql}) IS NULL AS missing${i}`);
  const values = asked.map((_, i) => `CASE WHEN NOT missing${i} THEN raw${i} END AS v${i}`);
  return `SELECT ${values.join(", ")} FROM (SELECT ${columns.join(", ")} FROM ${from}${where})`;
}

export async function rangesOf(fitting: Fitting, inputs: readonly ModelInput[]): Promise<Range[]> {
  const ranges: Range[] = [];
  for (const bundle of inBundles(inputs)) ranges.push(...(await rangesOfBundle(fitting, bundle)));
  return ranges;
}

async function rangesOfBundle({ database, path, options }: Fitting, inputs: readonly ModelInput[]): Promise<Range[]> {
  const facts = inputs.map((_, i) => `coalesce(avg(v${i}), 0) AS mean${i}, coalesce(stddev_pop(v${i}), 0) AS deviation${i}, coalesce(min(v${i}), 0) AS low${i}, coalesce(max(v${i}), 0) AS high${i}`);
  const [row = {}] = await database.rows(`SELECT ${facts.join(", ")} FROM (${numbersSql(path, inputs)})`, [], options);
  return inputs.map((_, i) => ({ mean: Number(row[`mean${i}`]), deviation: Number(row[`deviation${i}`]), low: Number(row[`low${i}`]), high: Number(row[`high${i}`]) }));
}

/** Quantiles of more rows than this are taken of every k-th row. */
const quantileRows = 2_000_000;
export const everyKth = (rows: number): string => ` WHERE __row % ${Math.ceil(rows / quantileRows)} = 0`;

export async function middleOf({ database, path, rows, options }: Fitting, input: ModelInput, { low, high }: Range): Promise<Middle> {
  const [row] = await database.rows(`SELECT quantile_cont(v0, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) AS q FROM (${numbersSql(path, [input], everyKth(rows))})`, [], options);
  const [q01 = 0, q05 = 0, q25 = 0, median = 0, q75 = 0, q95 = 0, q99 = 0] = (row?.["q"] ?? []) as readonly number[];
  return { median, widths: [q75 - q25, q95 - q05, q99 - q01, high - low] };
}

/** A few rows that stand so far out that a column's variance is theirs. */
export interface Outliers {
  readonly rows: number;
  /** The value furthest from the mean. */
  readonly furthest: number;
  /** Of the variance: what is gone without them. */
  readonly share: number;
  /** Standard deviation of all other rows, in that of the whole. */
  readonly restDeviation: number;
}

/** At most one row in 81 is this many deviations from the mean (Chebyshev). */
const farDeviations = 9;
const dominantShare = 0.9;

/** Null where no few rows dominate, or where the others are all equal: then there is nothing to tell apart but these. */
export async function outliersOf({ database, path, options }: Fitting, input: ModelInput, range: Range): Promise<Outliers | null> {
  const { mean, deviation, low, high } = range;
  const furthest = mean - low > high - mean ? low : high;
  if (!varies(range) || Math.abs(furthest - mean) < farDeviations * deviation) return null;
  const far = `abs(v0 - ${floatSql(mean)}) >= ${floatSql(farDeviations * deviation)}`;
  const [row = {}] = await database.rows(
    `SELECT count(v0) AS n, count_if(far) AS k, min(v0) FILTER (NOT far) AS low, max(v0) FILTER (NOT far) AS high, coalesce(stddev_pop(v0) FILTER (NOT far), 0) AS rest
      FROM (SELECT v0, ${far} AS far FROM (${numbersSql(path, [input])}))`, [], options);
  const [n, k, restDeviation] = [Number(row["n"]), Number(row["k"]), Number(row["rest"]) / deviation];
  const share = 1 - ((n - k) / n) * restDeviation ** 2;
  return share < dominantShare || row["low"] === row["high"] ? null : { rows: k, furthest, share, restDeviation };
}
