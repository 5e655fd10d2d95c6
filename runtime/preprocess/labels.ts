/** Labels as the numbers that a network is trained on, and the checks that they can be. */
import type { ScalarKind, Task } from "../../grammar/compiled-spec/index.ts";
import type { Cell, Row } from "../data/batch.ts";
import type { Database, QueryOptions } from "../data/database.ts";
import { text, textList } from "../data/sql/quote.ts";
import { MlspecError } from "../errors.ts";
import type { FittedLabel } from "./fitted.ts";

/**
 * The label as DOUBLE: 0 or 1, the number, or the class's index; −1 for a class that the train part does not have.
 * NULL where there is no usable label.
 */
export function labelSql(label: Pick<FittedLabel, "task" | "kind" | "classes">): string {
  if (label.task === "multiclass") return `CAST(coalesce(${positionSql(label.classes, "__label")}, 0) - 1 AS DOUBLE) + (CASE WHEN ${usable(label)} THEN 0 END)`;
  return `(CASE WHEN ${usable(label)} THEN CAST(__label AS DOUBLE) END)`;
}

const positionSql = (classes: readonly string[], value: string): string => `list_position(${textList(classes)}, CAST(${value} AS VARCHAR))`;

/** Whether `value`, a text, is a class that the train part does not have. */
export const unseenSql = (classes: readonly string[], value: string): string => `${positionSql(classes, value)} IS NULL`;

/**
 * A class as DOUBLE, for metrics: its index, and for one that training never saw a number below 0 that is its own. That is of its hash, so that
 * whatever names classes (labels, baselines) agrees without a list of all of them; 52 bits, so that no two of a million are likely to meet.
 */
export const classSql = (classes: readonly string[], value: string): string =>
  `CASE WHEN (${value}) IS NOT NULL THEN CAST(coalesce(${positionSql(classes, value)} - 1, -1 - CAST(md5_number_lower(CAST(${value} AS VARCHAR)) >> 12 AS BIGINT)) AS DOUBLE) END`;

function usable({ task, kind }: Pick<FittedLabel, "task" | "kind">): string {
  if (task === "binary" && kind !== "bool") return "coalesce(__label IN (0, 1), FALSE)";
  return kind === "float" ? "coalesce(isfinite(__label), FALSE)" : "__label IS NOT NULL";
}

export const parquet = (path: string): string => `read_parquet(${text(path)})`;

const kindOfSql: Readonly<Record<string, ScalarKind>> = {
  BOOLEAN: "bool", TINYINT: "int", SMALLINT: "int", INTEGER: "int", BIGINT: "int", FLOAT: "float", DOUBLE: "float", VARCHAR: "string", TIMESTAMP: "timestamp", DATE: "date",
};

export interface LabelledPart {
  /** `train`, `validate`, `test`: for messages. */
  readonly name: string;
  readonly path: string;
}

/**
 * What the labels of the train part are.
 * @throws MlspecError `no-training-rows`, `label-invalid` (any row of any part), `label-constant`.
 */
export async function fitLabel(
  database: Database, name: string, task: Task, train: LabelledPart, others: readonly LabelledPart[], options: QueryOptions = {},
): Promise<{ label: FittedLabel; rows: number }> {
  const kind = await kindOfLabel(database, train.path);
  if ((kind === "string" && task !== "multiclass") || (task === "binary" && kind === "float")) {
    throw new MlspecError("label-invalid", `The label '${name}' is a ${kind}, which a ${task} model cannot predict.`);
  }
  for (const part of [train, ...others]) await checkLabels(database, name, { task, kind }, part, options);
  const values = await database.rows(
    `SELECT CAST(__label AS VARCHAR) AS value, count(*) AS rows FROM ${parquet(train.path)} GROUP BY 1 ORDER BY 2 DESC, 1 ${task === "multiclass" ? "" : "LIMIT 2"}`, [], options);
  if (values.length === 1) {
    throw new MlspecError("label-constant", `Every example of the train part has the same label: '${name}' is ${shown(values[0]?.["value"])} in all of them.`, { hint: "A model can learn nothing from it. Look at the label's rule and at the dataset's filter." });
  }
  const [{ rows = 0 } = {}] = await database.rows(`SELECT count(*) AS rows FROM ${parquet(train.path)}`, [], options);
  return { label: { name, task, kind, classes: task === "multiclass" ? values.map((row) => shown(row["value"])) : [] }, rows: Number(rows) };
}

async function kindOfLabel(database: Database, path: string): Promise<ScalarKind> {
  const [row] = await database.rows(`SELECT typeof(__label) AS type FROM ${parquet(path)} LIMIT 1`);
  if (row === undefined) {
    throw new MlspecError("no-training-rows", "The train part of the dataset is empty.", { hint: "Look at the dataset's `where`, its quarantines and its split, and at how many examples are mature." });
  }
  return kindOfSql[shown(row["type"])] ?? "string";
}

/** Gives the number of rows. @throws MlspecError `label-invalid`, with how many rows and an example. */
export async function checkLabels(
  database: Database, name: string, label: Pick<FittedLabel, "task" | "kind">, part: LabelledPart, options: QueryOptions = {},
): Promise<number> {
  const bad = `NOT ${usable(label)}`;
  const [row] = await database.rows(
    `SELECT count(*) AS rows, count_if(${bad}) AS bad, first(__row ORDER BY __row) FILTER (${bad}) AS example, first(CAST(__label AS VARCHAR) ORDER BY __row) FILTER (${bad}) AS value FROM ${parquet(part.path)}`,
    [], options) as [Row];
  if (Number(row["bad"] ?? 0) === 0) return Number(row["rows"]);
  throw new MlspecError("label-invalid", `${count(row["bad"])} of ${count(row["rows"])} rows of the ${part.name} part have no usable label: '${name}' is ${shown(row["value"])} in row ${count(row["example"])}, for example.`, {
    hint: "Leave such examples out with the dataset's `where`, or mend the label's rule.",
  });
}

const count = (cell: Cell | undefined): string => Number(cell).toLocaleString("en-US");
const shown = (cell: Cell | undefined): string => (cell === null || cell === undefined ? "null" : typeof cell === "object" ? JSON.stringify(cell) : String(cell));
