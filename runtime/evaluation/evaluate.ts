/** A model against its test part: predictions, figures by slice, baselines, gates. */
import { mkdir } from "node:fs/promises";
import type { Evaluation, MetricName } from "../../grammar/compiled-spec/index.ts";
import type { Row } from "../data/batch.ts";
import { openDatabase, type Database, type QueryOptions } from "../data/database.ts";
import { identifier } from "../data/sql/quote.ts";
import { MlspecError } from "../errors.ts";
import type { GateResult, SliceMetrics, UnseenClasses } from "../events.ts";
import type { ModelSignature } from "../export/signature.ts";
import type { FittedLabel } from "../preprocess/fitted.ts";
import { checkLabels, parquet, unseenSql } from "../preprocess/labels.ts";
import { judge, type BaselineMetrics } from "./judge.ts";
import { figures, metricsSql } from "./metric-sql.ts";
import { metricsAsked } from "./metrics.ts";
import { writePredictions } from "./predict.ts";

export interface EvaluateRequest extends QueryOptions {
  readonly evaluation: Evaluation;
  /** `model.onnx`. */
  readonly model: Uint8Array;
  readonly signature: ModelSignature;
  readonly label: FittedLabel;
  /** The test part's Parquet file. */
  readonly test: string;
  /** `predictions.parquet` goes there; it is made. */
  readonly folder: string;
  /** The live version's figures, if a version is live. */
  readonly current: readonly SliceMetrics[] | null;
  /** `CompiledSpec.files`. */
  readonly files: readonly { readonly path: string }[];
  readonly tempFolder?: string;
  /** For the model; figures are summed by one thread, so that the same data give the same bits. */
  readonly threads?: number;
  readonly onProgress?: (rows: number) => void;
}

export interface EvaluationResult {
  readonly rows: number;
  readonly slices: readonly SliceMetrics[];
  readonly baselines: readonly BaselineMetrics[];
  /** Null when training saw the class of every row. */
  readonly unseen: UnseenClasses | null;
  readonly gates: readonly GateResult[];
  /** False when a gate failed. */
  readonly passed: boolean;
  /** Path of `predictions.parquet`. */
  readonly predictions: string;
}

/** @throws MlspecError `no-test-rows`, `baseline-no-probability`, `label-invalid`, `model-output-not-finite`, `disk-full`, `cancelled`. */
export async function evaluate(request: EvaluateRequest): Promise<EvaluationResult> {
  const { evaluation, label, test, folder, current, files, tempFolder } = request;
  await mkdir(folder, { recursive: true });
  using database = await openDatabase({ threads: 1, ...(tempFolder === undefined ? {} : { tempFolder }) });
  const rows = await checkLabels(database, label.name, label, { name: "test", path: test }, request);
  if (rows === 0) throw new MlspecError("no-test-rows", "The test part of the dataset is empty: there is nothing to evaluate on.", { hint: "Give the test part a larger share in `split`, or look at the dataset's `where` and quarantines." });
  const predictions = await writePredictions({ ...request, database }, evaluation, test, folder);
  const scoring = { database, evaluation, label, predictions, options: request };
  await checkBaselines(scoring, files);
  const slices = await score(scoring, "prediction");
  const baselines: BaselineMetrics[] = [];
  for (const { name } of evaluation.baselines) {
    const column = `baseline.${name}`;
    const ofBaseline = await score(scoring, column);
    baselines.push({ name, slices: ofBaseline, model: ofBaseline[0]?.rows === rows ? slices : await score(scoring, "prediction", column) });
  }
  const unseen = label.task === "multiclass" ? await unseenClasses(database, label, test, request) : null;
  const gates = judge(evaluation, label.task, { slices, baselines, current }, files);
  return { rows, slices, baselines, unseen, gates, passed: gates.every(({ outcome }) => outcome !== "failed"), predictions };
}

/** What is measured of a probability has no meaning for a baseline that is none: a score of 3.0 would beat every model. */
async function checkBaselines({ database, evaluation, label, predictions, options }: Scoring, files: EvaluateRequest["files"]): Promise<void> {
  const asked = metricsAsked(evaluation).filter((metric) => metric === "log_loss" || metric === "calibration_error");
  if (label.task !== "binary" || asked.length === 0) return;
  for (const { name, origin } of evaluation.baselines) {
    const column = identifier(`baseline.${name}`);
    const [found] = await database.rows(`SELECT count(*) AS rows, first(${column}) AS example FROM ${parquet(predictions)} WHERE ${column} NOT BETWEEN 0 AND 1`, [], options);
    const rows = Number(found?.["rows"] ?? 0);
    if (rows === 0) continue;
    throw new MlspecError("baseline-no-probability", `The baseline ${name} is no probability in ${rows} test ${rows === 1 ? "row" : "rows"} (${Number(found?.["example"])}, for example), and ${asked.join(" and ")} ${asked.length === 1 ? "is" : "are"} of probabilities.`, {
      where: { file: files[origin.file]?.path ?? "", line: origin.range[0] + 1, column: origin.range[1] + 1 },
      hint: "A probability of yes lies within 0 and 1: scale the baseline, or leave it to metrics of the order alone (auc).",
    });
  }
}

async function unseenClasses(database: Database, { classes }: FittedLabel, test: string, options: QueryOptions): Promise<UnseenClasses | null> {
  const found = await database.rows(`SELECT CAST(__label AS VARCHAR) AS class, count(*) AS rows FROM ${parquet(test)} WHERE ${unseenSql(classes, "__label")} GROUP BY 1 ORDER BY 2 DESC, 1`, [], options);
  return found.length === 0 ? null : { rows: found.reduce((sum, { rows }) => sum + Number(rows), 0), classes: found.map((row) => row["class"] as string) };
}

interface Scoring {
  readonly database: Database;
  readonly evaluation: Evaluation;
  readonly label: FittedLabel;
  readonly predictions: string;
  readonly options: QueryOptions;
}

/** Figures of one column of predictions over the rows where it and `where` have a value: on the whole first, then by slice. */
async function score({ database, evaluation, label, predictions, options }: Scoring, column: string, where = column): Promise<SliceMetrics[]> {
  const metrics = metricsAsked(evaluation);
  const by = async (slice: string): Promise<{ value: string; rows: number; unseen?: number; weightless?: true; metrics: Record<string, number | null> }[]> => {
    const scored = scoredSql(predictions, column, slice, where);
    const found = await database.rows(metricsSql(label.task, scored, evaluation.threshold), [], options);
    const noted = (row: Row) => ({ ...(Number(row["unseen"] ?? 0) > 0 ? { unseen: Number(row["unseen"]) } : {}), ...(Number(row["total"]) > 0 ? {} : { weightless: true as const }) });
    return found.map((row) => ({ value: row["slice"] as string, rows: Number(row["rows"]), ...noted(row), metrics: figures(row, metrics) }));
  };
  const [whole] = await by("''");
  const { value: _all, ...ofWhole } = whole ?? { value: "", rows: 0, metrics: nothing(metrics) };
  const all: SliceMetrics[] = [{ slice: null, ...ofWhole }];
  for (const { name } of evaluation.slices) {
    for (const { value, ...rest } of await by(identifier(`slice.${name}`))) all.push({ slice: { name, value }, ...rest });
  }
  return all;
}

const nothing = (metrics: readonly MetricName[]) => Object.fromEntries(metrics.map((metric) => [metric, null]));

/** The probability of the label is the model's own. */
function scoredSql(predictions: string, column: string, slice: string, where: string): string {
  const probability = column === "prediction" ? "label_probability" : "NULL::DOUBLE";
  return `SELECT ${slice} AS slice, label AS y, ${identifier(column)} AS p, weight AS w, ${probability} AS q FROM ${parquet(predictions)}
    WHERE ${identifier(column)} IS NOT NULL AND ${identifier(where)} IS NOT NULL`;
}
