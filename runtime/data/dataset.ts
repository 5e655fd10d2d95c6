/** A dataset from its sources to Parquet files: contracts, examples, point-in-time features, split. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { checkContract, requireContract, type ContractReport } from "./contracts.ts";
import { textOf } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { findDataset, writeDataset, type BuiltDataset, type LabelSummary } from "./dataset-files.ts";
import { datasetKey } from "./dataset-key.ts";
import { datasetParts, parts as partNames, type DatasetParts, type Part } from "./dataset-parts.ts";
import { buildExamples, type Examples } from "./examples.ts";
import { emptyWindows } from "./empty-windows.ts";
import { entityView, featuresSql } from "./features.ts";
import { holdsAt, inAll, leaveOutFuture, requirePast, type FutureRows, type Presents } from "./future.ts";
import { placeOf } from "./place.ts";
import type { FileOptions } from "./source-files.ts";
import { loadSource, type LoadedSource } from "./source.ts";
import type { SourceWarning } from "./source-warning.ts";
import { identifier } from "./sql/quote.ts";
import { castSql } from "./sql/types.ts";
import { requireTestApart } from "./test-apart.ts";
import { unknownGroups } from "./unknown-groups.ts";

export { type BuiltDataset, type DatasetReport, type LabelSummary } from "./dataset-files.ts";

export interface DatasetOptions extends QueryOptions {
  readonly spec: CompiledSpec;
  readonly dataset: string;
  /** Where datasets are kept: `<state>/datasets`. The dataset gets a folder of its own in it, named by its hash. */
  readonly folder: string;
  readonly database: Database;
  /** Where `data:` paths start. */
  readonly dataFolder?: string | undefined;
  readonly seed: number;
  /** Milliseconds since 1970: rows with a later event time are left out. */
  readonly presentMs: number;
  readonly onProgress?: (step: { readonly done: number; readonly total: number; readonly detail: string }) => void;
  readonly onDownload?: FileOptions["onDownload"];
  /** Told when the dataset is there but not as it was written; it is made again then. */
  readonly onDamaged?: (problem: string) => void;
  /** Told of each source's contract, also of one that then fails. */
  readonly onContract?: (report: ContractReport) => void;
  /** Told of each source that has rows from the future. */
  readonly onFuture?: (rows: FutureRows) => void;
  /** Told of what is likely not as it was meant when it is seen, also where something then fails. */
  readonly onWarning?: (warning: SourceWarning) => void;
}

/** Throws what reading, contracts and examples throw, and `test-file-shared`, `split-empty`, `label-constant`, `disk-full`. */
export async function buildDataset(options: DatasetOptions): Promise<BuiltDataset> {
  const parts = datasetParts(options.spec, options.dataset);
  await requireTestApart(options.database, parts, options);
  const hash = await datasetKey(options);
  const known = await findDataset(options.folder, hash, options.signal);
  if (known?.kind === "whole" && holdsAt(known.presents, options.presentMs)) return known.dataset;
  if (known?.kind === "damaged") options.onDamaged?.(known.problem);
  const joins = new Set(parts.dataset.columns.flatMap(({ from }) => (from.kind === "entity-feature" ? [`${from.view} ${from.key}`] : [])));
  const total = parts.sources.length + joins.size + 2;
  let done = 0;
  const step = (detail: string): void => { options.onProgress?.({ done: done++, total, detail }); };

  const warnings: SourceWarning[] = [];
  const warn = (found: readonly SourceWarning[]): void => {
    warnings.push(...found);
    for (const each of found) options.onWarning?.(each);
  };

  const { loaded, contracts, future, presents } = await loadSources(options, parts, step, warn);
  step("examples and labels");
  const source = (name: string): LoadedSource => {
    const found = loaded.get(name);
    if (!found) throw new MlspecError("source-unknown", `Source ${name} is not among the dataset's.`);
    return found;
  };
  for (const name of [parts.examples.name, ...(parts.test === null ? [] : [parts.test.name])]) requirePast(options.spec, parts.dataset.name, source(name));
  const examples = await buildExamples(options.database, options.spec, parts, source, options);
  await checkParts(options, parts, examples);
  warn(await unknownGroups(options.database, parts.dataset.split, examples.table, options));
  const { sql, empty } = await joinFeatures(options, parts, examples, source, step);
  warn(empty);
  step("writing");
  const label = await summarize(options, parts, examples);
  const sources = [...loaded.values()].map((s) => ({ name: s.source.name, rows: s.rows, files: s.files.length }));
  const { filtered, duplicates, quarantined, immature, unlabelled } = examples;
  return writeDataset(options, { parts, hash, presents, sql, report: { filtered, duplicates, quarantined, immature, unlabelled, future, label, sources, contracts, warnings } });
}

interface Sources {
  readonly loaded: ReadonlyMap<string, LoadedSource>;
  readonly contracts: readonly ContractReport[];
  readonly future: readonly FutureRows[];
  readonly presents: Presents;
}

/** A contract is of all that the files hold; what comes after it is of what has happened. */
async function loadSources(options: DatasetOptions, parts: DatasetParts, step: (detail: string) => void, warn: (found: readonly SourceWarning[]) => void): Promise<Sources> {
  const [future, presents]: [FutureRows[], Presents[]] = [[], []];
  const loaded = new Map<string, LoadedSource>();
  const contracts: ContractReport[] = [];
  for (const source of parts.sources) {
    step(`source ${source.name}`);
    const one = await loadSource(options.database, source, options);
    warn(one.warnings);
    const report = await checkContract(options.database, options.spec, one, options);
    options.onContract?.(report);
    contracts.push(report);
    const past = await leaveOutFuture(options.database, one, options.presentMs, options);
    if (past.future !== null) options.onFuture?.(past.future);
    if (past.future !== null) future.push(past.future);
    presents.push(past.presents);
    loaded.set(source.name, past.loaded);
  }
  contracts.forEach(requireContract);
  return { loaded, contracts, future, presents: inAll(presents) };
}

/** No part that was asked for is empty, and the train part has something to tell apart. */
async function checkParts(options: DatasetOptions, { dataset, label, test }: DatasetParts, { table }: Examples): Promise<void> {
  const rows = await options.database.rows(
    `SELECT __part, count(*) AS n, count(DISTINCT __label) AS labels, CAST(any_value(__label) AS VARCHAR) AS label, sum(__weight) AS weight FROM ${table} GROUP BY __part`, [], options,
  );
  const of = (part: Part) => rows.find((row) => row["__part"] === part);
  for (const part of partNames) {
    const wanted = part === "test" && test !== null ? 1 : dataset.split[part];
    if (wanted > 0 && !of(part)) {
      throw new MlspecError("split-empty", `The ${part} part of dataset ${dataset.name} is empty.`, {
        where: placeOf(options.spec, dataset.at["split"] ?? dataset.origin),
        hint: "There are too few examples, or too many of them share one time or group, for this split; change the shares.",
      });
    }
  }
  const train = of("train");
  if (Number(train?.["labels"]) === 1) {
    const value = train?.["label"];
    throw new MlspecError("label-constant", `The label ${label.name} is ${typeof value === "string" ? value : "the same"} in all ${Number(train?.["n"])} training examples: there is nothing to learn.`, {
      where: placeOf(options.spec, label.origin), hint: "Look at the label's definition, at `where`, and at how the parts are split.",
    });
  }
  const weightless = partNames.find((part) => of(part) !== undefined && !(Number(of(part)?.["weight"]) > 0));
  if (weightless !== undefined) {
    throw new MlspecError("weight-invalid", `All examples of the ${weightless} part of dataset ${dataset.name} weigh nothing.`, {
      where: placeOf(options.spec, dataset.at["weight"] ?? dataset.origin), hint: "What weighs nothing is not learned from, and not measured: look at `weight`, and at how the parts are split.",
    });
  }
}

/** SQL of the examples with the dataset's columns, each view's features computed into a table first; and what of them saw no event. */
async function joinFeatures(options: DatasetOptions, { dataset, examples: source }: DatasetParts, { table }: Examples, loaded: (name: string) => LoadedSource, step: (detail: string) => void): Promise<{ readonly sql: string; readonly empty: readonly SourceWarning[] }> {
  const groups = new Map<string, { view: string; key: string; features: Set<string> }>();
  for (const { from } of dataset.columns) {
    if (from.kind !== "entity-feature") continue;
    const id = JSON.stringify([from.view, from.key]);
    const group = groups.get(id) ?? { view: from.view, key: from.key, features: new Set<string>() };
    group.features.add(from.feature);
    groups.set(id, group);
  }
  const aliases = new Map<string, string>();
  const joins: string[] = [];
  const empty: SourceWarning[] = [];
  for (const [id, group] of groups) {
    step(`features ${group.view}`);
    const entity = entityView(options.spec, group.view);
    const alias = identifier(`features ${group.view} by ${group.key}`);
    const kind = source.columns.find((c) => c.name === group.key)?.type.kind ?? entity.key.kind;
    const examples = { sql: `SELECT __row, __time, ${identifier(group.key)} FROM ${table}`, key: { name: group.key, kind } };
    await options.database.run(`CREATE OR REPLACE TABLE ${alias} AS ${featuresSql(entity, loaded(entity.source.name), examples, [...group.features])}`, [], options);
    empty.push(...await emptyWindows(options.database, { entity, events: loaded(entity.source.name), examples, features: [...group.features], table: alias }, options));
    aliases.set(id, alias);
    joins.push(`JOIN ${alias} ON ${alias}.__row = x.__row`);
  }
  const columns = dataset.columns.map((column) => {
    const { from } = column;
    if (from.kind === "entity-feature") return `${aliases.get(JSON.stringify([from.view, from.key])) ?? ""}.${identifier(from.feature)} AS ${identifier(column.name)}`;
    const kind = source.columns.find((c) => c.name === from.column)?.type.kind ?? column.type.kind;
    return `${castSql(`x.${identifier(from.column)}`, kind, column.type.kind)} AS ${identifier(column.name)}`;
  });
  return { sql: `SELECT ${[...columns, "x.__label", "x.__weight", "x.__time", "x.__row", "x.__part"].join(", ")} FROM ${table} x ${joins.join(" ")}`, empty };
}

async function summarize(options: DatasetOptions, { label }: DatasetParts, { table }: Examples): Promise<LabelSummary> {
  const kind = label.type.kind;
  const [found] = kind === "string" ? [] : await options.database.rows(`SELECT avg(CAST(__label AS DOUBLE)) AS mean FROM ${table}`, [], options);
  const mean = found ? Number(found["mean"]) : null;
  if (kind === "float") return { mean, counts: null };
  const counts = await options.database.rows(`SELECT CAST(__label AS VARCHAR) AS value, count(*) AS n FROM ${table} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 100`, [], options);
  return { mean, counts: Object.fromEntries(counts.map((row) => [textOf(row["value"]), Number(row["n"])])) };
}
