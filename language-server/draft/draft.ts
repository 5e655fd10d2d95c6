/** A first spec of a file, as text. */
import type { ColumnFacts, FileFacts } from "../../grammar/file-facts.ts";
import { namesFor, wordOf } from "./names.ts";
import { eventTime, isGroup, isPersonal, isProtected, leftOut, positiveOf, type Candidate } from "./roles.ts";

export interface Draft {
  readonly text: string;
  readonly source: string;
  readonly model: string;
  readonly service: string;
  /** Columns that no feature is made of, with why. */
  readonly left: readonly { readonly column: string; readonly why: string }[];
  readonly time: string | null;
}

export interface Wanted {
  /** As `read:` has it. */
  readonly path: string;
  /** What the file's rows are called. */
  readonly called: string;
  readonly label: Candidate;
  readonly labelWhy: string;
  /** Columns that are the label in other words. */
  readonly copies: ReadonlySet<string>;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")}"`;
const own = ["training_data", "quality", "api"];

/** Null when no column is left to learn from. */
export function draftSpec(file: FileFacts, { path, called, label, labelWhy, copies }: Wanted): Draft | null {
  const source = own.includes(wordOf(called)) ? `${wordOf(called)}_rows` : wordOf(called);
  const columns = declared(file, label.column, copies);
  if (!columns.some(({ left, column }) => left === null && column !== label.column)) return null;
  const time = columns.find(({ column }) => column === eventTime(file)) ?? null;
  const target = columns.find(({ column }) => column === label.column)!;
  const names = { source, label: `${target.name}_label`, model: `${source}_model` };
  const group = columns.find(({ column }) => time === null && isGroup(column, file));
  const text = [
    `// A first spec of ${path.replace(/[\r\n]/g, " ")}, of what is in it: ${file.rows} rows. What is guessed is said; change what is wrong.`,
    "", sourceText(file, { path, source, columns, time }), labelText(label, { names, target, why: labelWhy }),
    datasetText({ names, columns, target, time, group }), modelText(label, names), evaluationText(label, names),
    `service api {\n  model: ${names.model}\n  otherwise: ${names.model}.usual\n}`, "",
  ].join("\n").replace(/\n{3,}/g, "\n\n");
  const left = columns.flatMap(({ column, left }) => (left === null || column === label.column || column === time?.column ? [] : [{ column: column.name, why: left }]));
  return { text, source, model: names.model, service: "api", left, time: time?.name ?? null };
}

interface Declared {
  readonly column: ColumnFacts;
  readonly name: string;
  readonly type: string;
  readonly left: string | null;
}

function declared(file: FileFacts, label: ColumnFacts, copies: ReadonlySet<string>): readonly Declared[] {
  const columns = file.columns.filter(({ kind }) => kind !== null);
  const names = namesFor(columns.map(({ name }) => name));
  return columns.map((column, i) => {
    const kind = column === label && isZeroOne(column) ? "bool" : (column.kind ?? "string");
    return { column, name: names[i]!, type: `${kind}${column.missing > 0 ? "?" : ""}`, left: copies.has(column.name) ? "the label in other words" : leftOut(column, file) };
  });
}

const isZeroOne = ({ kind, values }: ColumnFacts): boolean => kind === "int" && values.length === 2 && values.every(({ value }) => value === 0 || value === 1);

interface SourceParts {
  readonly path: string;
  readonly source: string;
  readonly columns: readonly Declared[];
  readonly time: Declared | null;
}

function sourceText(file: FileFacts, { path, source, columns, time }: SourceParts): string {
  const options = [
    quoted(path), ...(file.header ? [] : ["header: false"]), ...(file.missing.length === 0 ? [] : [`missing: [${file.missing.map(quoted).join(", ")}]`]),
    ...(file.times.length === 0 ? [] : [`times: [${file.times.map(quoted).join(", ")}]`]),
  ];
  const unread = [
    ...file.repeated.map((name) => `    // ${JSON.stringify(name)} stands in the file more than once, and is left out`),
    ...file.columns.filter(({ kind }) => kind === null).map(({ name }) => `    // ${JSON.stringify(name)} is of a type that no column can have, and is left out`),
  ];
  return [
    `source ${source} {`, `  read: ${file.format}(${options.join(", ")})`, ...(time === null ? [] : [`  time: ${time.name}  // guessed: when a row happened`]),
    "  columns {", ...columns.map(columnLine), ...unread, "  }",
    "  // The contract: held against every batch before anything is computed from it. Of what is in the file; say what must be.",
    "  expect {", ...contract(file, columns).map((line) => `    ${line}`), "  }", "}", "",
  ].join("\n");
}

function columnLine({ column, name, type, left }: Declared): string {
  const from = name === column.name ? "" : ` from ${quoted(column.name)}`;
  const tag = isPersonal(column) ? " @pii" : isProtected(column) ? " @protected" : "";
  return `    ${name}: ${type}${from}${tag}${left === null ? "" : `  // no feature: ${left}`}`;
}

const conditionsMost = 40;

function contract({ rows }: FileFacts, columns: readonly Declared[]): readonly string[] {
  const conditions = columns.flatMap(({ column, name, type }) => {
    const share = column.missing / rows;
    const missing = column.missing > 0 && share < 0.7 ? [`require missing(${name}) < ${Math.ceil(share * 125) + 1}%`] : [];
    if (type.startsWith("int") || type.startsWith("float")) return [...missing, ...(column.least !== null && column.least >= 0 && column.distinct > 1 ? [`require ${name} >= 0`] : [])];
    const { values } = column;
    const closed = type.startsWith("string") && values.length > 1 && values.length <= 10 && values.every(({ value, rows }) => rows >= 5 && String(value).length <= 30);
    return [...missing, ...(closed ? [`require ${name} in [${values.map(({ value }) => quoted(String(value))).join(", ")}]`] : [])];
  });
  return [`require rows >= ${Math.max(1, Math.floor(rows / 2))}`, ...conditions.slice(0, conditionsMost)];
}

interface Names {
  readonly source: string;
  readonly label: string;
  readonly model: string;
}

const types: Readonly<Record<Candidate["task"], string>> = { "yes-or-no": "bool", classes: "string", number: "float" };

function labelText({ column, task }: Candidate, { names, target, why }: { readonly names: Names; readonly target: Declared; readonly why: string }): string {
  return [`/// What is to be predicted${why === "" ? "" : ` (guessed: ${why})`}.`, `label ${names.label}: ${types[task]} {`, `  of: ${names.source}`, `  is: ${whole(column, task, target)}`, "}", ""].join("\n");
}

/** Examples without a label are left out of the dataset; that something stands in for it is what the types ask for. */
function whole(column: ColumnFacts, task: Candidate["task"], target: Declared): string {
  const value = valueOf(column, task, target);
  const standIn: Readonly<Record<Candidate["task"], string>> = { "yes-or-no": "false", classes: '""', number: "0.0" };
  return column.missing === 0 ? value : `coalesce(${value}, ${standIn[task]})  // where it is missing, the row is no example: see the dataset`;
}

function valueOf(column: ColumnFacts, task: Candidate["task"], { name, type }: Declared): string {
  if (task === "number") return column.kind === "int" ? `float(${name})` : name;
  if (task === "classes") return column.kind === "int" ? `string(${name})` : name;
  if (type.startsWith("bool")) return name;
  const positive = positiveOf(column);
  return `${name} == ${typeof positive === "string" ? quoted(positive) : String(positive)}`;
}

interface DatasetParts {
  readonly names: Names;
  readonly columns: readonly Declared[];
  readonly target: Declared;
  readonly time: Declared | null;
  readonly group: Declared | undefined;
}

function datasetText({ names: { source, label }, columns, target, time, group }: DatasetParts): string {
  // `*` leaves the event time out by itself.
  const excluded = columns.filter((each) => (each.left !== null && each !== time) || each === target).map(({ name }) => `${source}.${name}`);
  const split = time !== null ? "by_time(train: 80%, validate: 10%, test: 10%)  // the newest rows test"
    : group !== undefined ? `by_group(${group.name}, train: 80%, validate: 10%, test: 10%)  // all rows of one on the same side` : "by_hash(train: 80%, validate: 10%, test: 10%)";
  return [
    "dataset training_data {", `  examples: ${source}${target.column.missing > 0 ? ` where not is_null(${target.name})` : ""}`, `  label: ${label}`, `  features: ${source}.*`,
    `  exclude: [${excluded.join(", ")}]`, `  split: ${split}`, "}", "",
  ].join("\n");
}

const figure = (value: number): string => String(Number(value.toPrecision(3)));

function usual({ column, task }: Candidate): string {
  if (task === "number") return figure(column.mean ?? 0);
  const counted = column.values.reduce((sum, { rows }) => sum + rows, 0);
  if (task === "classes") return quoted(String(column.values[0]!.value));
  return figure((column.values.find(({ value }) => value === positiveOf(column))?.rows ?? 0) / counted);
}

const usualWords: Readonly<Record<Candidate["task"], string>> = { "yes-or-no": "the share in the data", classes: "the most frequent", number: "the mean of the data" };

const modelText = (label: Candidate, { label: predicted, model }: Names): string =>
  [`model ${model} {`, `  predict: ${predicted} from training_data`, "  train { seed: 7 }", `  fallback usual = ${usual(label)}  // ${usualWords[label.task]}`, "}", ""].join("\n");

/** No better than guessing is no model; how much better it must be is for people to say. */
function evaluationText({ column, task }: Candidate, { model }: Names): string {
  const [metrics, gate] = task === "number" ? ["r2, rmse, mae", "r2 >= 0.01"] : task === "classes" ? ["accuracy, log_loss, f1", `accuracy >= ${figure(Math.floor(100 / column.distinct) / 100)}`] : ["auc, log_loss, calibration_error", "auc >= 0.5"];
  return [`/// Better than guessing, so far: raise the bound when you know what can be reached.`, `evaluation quality of ${model} {`, `  metrics: [${metrics}]`, `  require ${gate}`, "}", ""].join("\n");
}

export { labelCandidates, taskOf } from "./roles.ts";
