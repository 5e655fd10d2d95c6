/** What a dataset is made of, and its name: pure look-ups and SQL over the compiled spec. */
import { columnsIn, type CompiledSpec, type Dataset, type FeatureView, type Label, type Source, type Split } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { personalColumns } from "./personal.ts";
import { isPersonal } from "./tags.ts";
import { identifier } from "./sql/quote.ts";

export interface DatasetParts {
  /** Without the personal columns that nobody reads. */
  readonly dataset: Dataset;
  readonly label: Label;
  readonly examples: Source;
  readonly test: Source | null;
  readonly views: readonly FeatureView[];
  /** All of them, each once, the examples' first. */
  readonly sources: readonly Source[];
}

/** Throws `dataset-unknown` and the like: only for specs that no checker has seen. */
export function datasetParts(spec: CompiledSpec, name: string): DatasetParts {
  const declared = find(spec.datasets, name, "dataset");
  const label = find(spec.labels, declared.label, "label");
  const examples = find(spec.sources, declared.examples, "source");
  const dataset = { ...declared, columns: neededColumns(spec, declared, examples) };
  const test = dataset.test === null ? null : find(spec.sources, dataset.test, "source");
  const viewNames = new Set(dataset.columns.flatMap((c) => (c.from.kind === "entity-feature" ? [c.from.view] : [])));
  const views = [...viewNames].map((view) => find(spec.features, view, "features"));
  const eventSources = views.flatMap((v) => (v.from.kind === "source" ? [v.from.source] : []));
  const later = label.rule.kind === "later-events" ? [label.rule.events] : [];
  const sources = new Set([examples, ...(test ? [test] : []), ...[...eventSources, ...later].map((source) => find(spec.sources, source, "source"))]);
  return { dataset, label, examples, test, views, sources: [...sources] };
}

/**
 * What says something about a person is kept only for the models and evaluations that read it. Keys, splits and weights are taken from the source's
 * own columns, before anything is written.
 */
function neededColumns(spec: CompiledSpec, dataset: Dataset, examples: Source): Dataset["columns"] {
  const models = spec.models.filter((model) => model.dataset === dataset.name);
  const evaluations = spec.evaluations.filter(({ model }) => models.some(({ name }) => name === model));
  const values = [...models.flatMap(({ inputs }) => inputs), ...evaluations.flatMap(({ slices, baselines }) => [...slices, ...baselines])].map(({ value }) => value);
  const read = new Set(values.flatMap((value) => [...columnsIn(value)]));
  const personal = personalColumns(examples.columns);
  return dataset.columns.filter((column) => read.has(column.name) || !(isPersonal(column) || (column.from.kind === "example" && personal.has(column.from.column))));
}

function find<T extends { readonly name: string }>(all: readonly T[], name: string, kind: "dataset" | "label" | "source" | "features"): T {
  const found = all.find((one) => one.name === name);
  if (!found) throw new MlspecError(`${kind}-unknown`, `The spec has no ${kind} named ${name}.`);
  return found;
}

export type Part = "train" | "validate" | "test";
export const parts: readonly Part[] = ["train", "validate", "test"];

/** Cumulative shares: train below the first, validate below the second. With a test source the test share is not asked. */
export function cuts(split: Split, ownTest: boolean): { readonly train: number; readonly validate: number } {
  const total = split.train + split.validate + (ownTest ? 0 : split.test);
  return { train: split.train / total, validate: (split.train + split.validate) / total };
}

/**
 * SQL for the part of each row of a relation with `__time`, `__row` and `__test` (row of the test source).
 * By time, an example's place is the share of examples that are strictly older, so equal times never straddle a cut.
 * By hash, it is the lower half of MD5 over the columns' texts, as a share of 2^64: the same in every version and on every machine.
 * A row that lacks one of the columns it is grouped or hashed by is of no known group: it goes by all its columns, as if it were a group of its own.
 */
export function partSql(parts: DatasetParts): string {
  const { dataset: { split }, test, examples } = parts;
  const { train, validate } = cuts(split, test !== null);
  const by = split.kind === "time" ? [] : split.by.length > 0 ? split.by : examples.columns.map((c) => c.name);
  const textsOf = (names: readonly string[]): string => `concat_ws(chr(31), ${names.map((name) => `coalesce(CAST(${identifier(name)} AS VARCHAR), chr(30))`).join(", ")})`;
  const texts = split.kind !== "time" && split.by.length > 0 ? `CASE WHEN ${unknownGroupSql(split)} THEN ${textsOf(examples.columns.map((c) => c.name))} ELSE ${textsOf(by)} END` : textsOf(by);
  const place = split.kind === "time"
    ? "(rank() OVER (PARTITION BY __test ORDER BY __time) - 1) / count(*) OVER (PARTITION BY __test)"
    : `md5_number_lower(${texts}) / 18446744073709551616e0`;
  // A share such as 0.1 + 0.2 is not exact; a row's place is rounded so that it does not fall on the wrong side for that.
  const at = `round(${place}, 12)`;
  const choice = `CASE WHEN ${at} < ${round(train)} THEN 'train' WHEN ${at} < ${round(validate)} THEN 'validate' ELSE 'test' END`;
  return `CASE WHEN __test THEN 'test' ELSE ${choice} END`;
}

/** Whether a row lacks one of the columns that the split goes by. */
export const unknownGroupSql = (split: Split): string => (split.kind === "time" || split.by.length === 0 ? "FALSE" : `(${split.by.map((name) => `${identifier(name)} IS NULL`).join(" OR ")})`);

const round = (share: number): string => share.toFixed(12);
