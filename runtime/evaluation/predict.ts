/** Runs a model over the test part and keeps every prediction, with what it is judged by, as Parquet. */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Evaluation, Expression } from "../../grammar/compiled-spec/index.ts";
import type { Batch } from "../data/batch.ts";
import type { Database, QueryOptions } from "../data/database.ts";
import { identifier, text } from "../data/sql/quote.ts";
import { sharing } from "../data/sql/sharing.ts";
import { MlspecError } from "../errors.ts";
import type { ModelSignature } from "../export/signature.ts";
import { openSession, type Session } from "../onnx/session.ts";
import { feedsFromBatch, rawSql } from "../preprocess/encode.ts";
import type { FittedLabel } from "../preprocess/fitted.ts";
import { classSql, labelSql, parquet } from "../preprocess/labels.ts";
import { missingSlice } from "./metrics.ts";

export interface Predicting extends QueryOptions {
  readonly database: Database;
  readonly model: Uint8Array;
  readonly signature: ModelSignature;
  readonly label: FittedLabel;
  readonly threads?: number;
  readonly onProgress?: (rows: number) => void;
}

const batchRows = 4096;

/**
 * Writes `predictions.parquet` into `folder`: `row`, `label`, `weight`, `prediction` (multiclass: the class's index, as `label`, see `classSql`), `label_probability`
 * (multiclass), `slice.<name>` (text) and `baseline.<name>` (as `prediction`; null where it is missing or not finite).
 * @param test the test part's Parquet file.
 * @throws MlspecError `model-output-not-finite`, `disk-full`, `cancelled`.
 */
export async function writePredictions(work: Predicting, evaluation: Pick<Evaluation, "slices" | "baselines">, test: string, folder: string): Promise<string> {
  const [raw, path] = [join(folder, "predictions.csv.tmp"), join(folder, "predictions.parquet")];
  try {
    await predictInto(work, test, raw);
    await work.database.run(`COPY (${judgedSql(work.label, evaluation, test, raw)}) TO ${text(`${path}.tmp`)} (FORMAT parquet)`, [], work);
    await rename(`${path}.tmp`, path);
  } finally {
    await Promise.all([raw, `${path}.tmp`].map((file) => rm(file, { force: true })));
  }
  return path;
}

async function predictInto(work: Predicting, test: string, path: string): Promise<void> {
  const session = await openSession(work.model, work.threads === undefined ? {} : { threads: work.threads });
  const file = await open(path, "w");
  try {
    let done = 0;
    const sql = `${rawSql(work.signature.inputs)}, ${labelSql(work.label)} AS __label, __row FROM ${parquet(test)}`;
    for await (const batch of work.database.batches(sql, { ...work, rows: batchRows })) {
      await write(file, await predictedLines(session, work, batch));
      work.onProgress?.((done += batch.rows));
    }
  } finally {
    await Promise.all([file.close(), session.release()]);
  }
}

async function write(file: FileHandle, lines: string): Promise<void> {
  try {
    await file.write(lines);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
    throw new MlspecError("disk-full", "The disk is full: the predictions could not be written.", { hint: "Make room on the disk that holds the state folder, then run again.", cause });
  }
}

/** `row,prediction,label_probability` per row. */
async function predictedLines(session: Session, { signature, label }: Predicting, batch: Batch): Promise<string> {
  const outputs = await session.run(feedsFromBatch(signature.inputs, batch));
  const values = (outputs["probabilities"] ?? outputs["prediction"])?.data as Float32Array | Float64Array;
  const column = (name: string) => batch.columns.find((each) => each.name === name)?.values as ArrayLike<number | bigint>;
  const [rows, labels] = [column("__row"), column("__label")];
  const lines: string[] = [];
  for (let i = 0; i < batch.rows; i++) lines.push(line(values, i, label.classes.length, String(rows[i]), Number(labels[i])));
  return `${lines.join("\n")}\n`;
}

function line(values: Float32Array | Float64Array, i: number, classes: number, row: string, label: number): string {
  if (classes === 0) return `${row},${finite(values[i] as number, row)},`;
  const probabilities = values.subarray(i * classes, (i + 1) * classes);
  let best = 0;
  for (let k = 0; k < classes; k++) if (finite(probabilities[k] as number, row) > (probabilities[best] as number)) best = k;
  return `${row},${best},${label < 0 ? 0 : (probabilities[label] as number)}`;
}

function finite(value: number, row: string): number {
  if (Number.isFinite(value)) return value;
  throw new MlspecError("model-output-not-finite", `The model predicts ${value} for row ${row} of the test part.`, { hint: "Its weights or an input are beyond what 32-bit floats hold: lower the learning rate, or standardize the inputs." });
}

function judgedSql(label: FittedLabel, { slices, baselines }: Pick<Evaluation, "slices" | "baselines">, test: string, raw: string): string {
  const predictions = `read_csv(${text(raw)}, header = false, auto_detect = false, delim = ',', columns = {'row': 'BIGINT', 'prediction': 'DOUBLE', 'label_probability': 'DOUBLE'})`;
  const { from, sql } = sharing(`(SELECT *, ${judgedLabelSql(label)} AS __judged FROM ${parquet(test)})`, [...slices, ...baselines].map(({ value }) => value), { alias: "t" });
  const columns = [
    "t.__row AS row", "t.__judged AS label", "CAST(t.__weight AS DOUBLE) AS weight", "p.prediction", "p.label_probability",
    ...slices.map(({ name, value }) => `${sliceSql(value, sql(value))} AS ${identifier(`slice.${name}`)}`),
    ...baselines.map(({ name, value }) => `${baselineSql(sql(value), label)} AS ${identifier(`baseline.${name}`)}`),
  ];
  return `SELECT ${columns.join(", ")} FROM ${from} t JOIN ${predictions} p ON p.row = t.__row ORDER BY t.__row`;
}

const judgedLabelSql = (label: FittedLabel): string => (label.task === "multiclass" ? classSql(label.classes, "__label") : labelSql(label));

function sliceSql({ type }: Expression, sql: string): string {
  const value = `CAST(${sql} AS VARCHAR)`;
  const named = type.kind === "string" ? `CASE WHEN ${value} = ${text(missingSlice)} OR starts_with(${value}, '"') THEN '"' || ${value} || '"' ELSE ${value} END` : value;
  return `coalesce(${named}, ${text(missingSlice)})`;
}

function baselineSql(sql: string, { task, classes }: FittedLabel): string {
  if (task === "multiclass") return classSql(classes, sql);
  return `(CASE WHEN isfinite(CAST(${sql} AS DOUBLE)) THEN CAST(${sql} AS DOUBLE) END)`;
}
