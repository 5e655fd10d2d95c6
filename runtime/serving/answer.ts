/** Answers as JSON: the protocol's tensors, and the plain form of `POST /predict`. */
import type { Task } from "../../grammar/compiled-spec/index.ts";
import { classNames, predictionDatatype } from "./metadata.ts";
import type { ClassNames } from "./metadata.ts";
import type { Answer, RowAnswer } from "./row-answer.ts";
import type { PredictionRequest } from "./request.ts";
import { RequestError, shown } from "./request-error.ts";
import type { Pace } from "./turns.ts";

interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly parameters?: ClassNames;
  readonly data: readonly (number | string)[];
}

/** `showArm`: clients are not told in which arm of a rollout they are unless they may know. */
export function inferAnswer(model: string, answer: Answer, request: PredictionRequest, { task, showArm }: { readonly task: Task; readonly showArm: boolean }): string {
  const outputs = outputsOf(answer.rows, task).filter((output) => request.outputs === null || request.outputs.includes(output.name));
  const versions = distinct(answer.rows, (row) => row.version ?? "");
  const parameters: Record<string, string | boolean> = { version: versions, fallback: answer.rows.some((row) => row.fallback !== null) };
  if (showArm) parameters["arm"] = distinct(answer.rows, (row) => row.arm);
  const reason = answer.rows.find((row) => row.fallback !== null)?.fallback;
  if (reason !== undefined && reason !== null) parameters["fallback_reason"] = reason;
  if (answer.ignored.length > 0) parameters["ignored"] = answer.ignored.slice(0, mostIgnored).join(",");
  if (answer.stale.length > 0) parameters["stale"] = [...new Set(answer.stale)].join(",");
  return JSON.stringify({ model_name: model, model_version: versions, id: answer.id, parameters, outputs });
}

export async function predictAnswer(
  model: string, answer: Answer, { many, showArm }: { readonly many: boolean; readonly showArm: boolean }, pace: Pace,
): Promise<string> {
  const extra = {
    ...firstIgnored(answer.ignored),
    ...(answer.stale.length > 0 ? { stale: [...new Set(answer.stale)] } : {}),
  };
  const [only] = answer.rows;
  if (!many && only !== undefined) return JSON.stringify({ model, ...plain(only, showArm), ...extra });
  const rows: string[] = [];
  await pace.each(answer.rows.length, (i) => { if (answer.rows[i] !== undefined) rows.push(JSON.stringify(plain(answer.rows[i], showArm))); });
  const rest = JSON.stringify(extra).slice(1, -1);
  return `{"model":${JSON.stringify(model)},"id":${JSON.stringify(answer.id)},"predictions":[${rows.join(",")}]${rest === "" ? "" : `,${rest}`}}`;
}

/** The first of what was sent and means nothing; clients can make up any number of names. */
export const firstIgnored = (ignored: readonly string[]): { readonly ignored?: readonly string[] } => (ignored.length > 0 ? { ignored: ignored.slice(0, mostIgnored) } : {});
const mostIgnored = 20;

function plain(row: RowAnswer, showArm: boolean): Record<string, unknown> {
  const { id, version, arm, fallback, prediction } = row;
  const classes = prediction?.label === null || prediction === null ? {} : { class: prediction.label, probabilities: prediction.probabilities?.values ?? null, classes: prediction.probabilities?.classes ?? null };
  return { id, prediction: prediction?.value ?? null, ...classes, version, ...(showArm ? { arm } : {}), fallback };
}

function distinct(rows: readonly RowAnswer[], of: (row: RowAnswer) => string): string {
  const [first] = rows;
  return rows.length === 1 && first !== undefined ? of(first) : [...new Set(rows.map(of))].join(",");
}

function outputsOf(rows: readonly RowAnswer[], task: Task): readonly Output[] {
  const shape = [rows.length, 1];
  if (task !== "multiclass") return [{ name: "prediction", shape, datatype: predictionDatatype(task), data: rows.map((row) => row.prediction?.value ?? 0) }];
  const classes: Output = { name: "class", shape, datatype: "BYTES", data: rows.map((row) => row.prediction?.label ?? "") };
  const names = sameClasses(rows);
  if (names === null) return [classes];
  const data = rows.flatMap((row) => row.prediction?.probabilities?.values ?? []);
  return [{ name: "probabilities", shape: [rows.length, names.length], datatype: "FP32", parameters: classNames(names), data }, classes];
}

/**
 * What the columns of one tensor can stand for. Null: a fallback knows the class only, and versions of two arms may have other classes or another
 * order of them; then there are no probabilities, rather than made-up ones.
 */
function sameClasses(rows: readonly RowAnswer[]): readonly string[] | null {
  const of = new Set(rows.map((row) => row.prediction?.probabilities?.classes ?? null));
  const [first = null, ...others] = of;
  return first !== null && others.every((each) => each?.length === first.length && each.every((name, i) => name === first[i])) ? first : null;
}

/** Checked before anything runs. */
export function refuseUnknownOutputs(wanted: readonly string[] | null, multiclass: boolean): void {
  const known = multiclass ? ["probabilities", "class"] : ["prediction"];
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RequestError(400, "output-unknown", `The model has no output ${shown(unknown)}.`, { part: "outputs", hint: `It has: ${known.join(", ")}.` });
}
