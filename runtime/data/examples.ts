/**
 * From the rows of the examples' source to labelled examples, each in its part: filter, one per key, quarantine, label, maturity,
 * weight, split. Leaves a table and says how many were left out, and why.
 */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { Row } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { partSql, type DatasetParts } from "./dataset-parts.ts";
import { labelSql } from "./labels.ts";
import { placeOf } from "./place.ts";
import type { LoadedSource } from "./source.ts";
import { conditionSql, expressionSql } from "./sql/expression.ts";
import { identifier } from "./sql/quote.ts";
import { momentOfIso } from "./sql/types.ts";

export interface Examples {
  /** Table with the source's columns, `__row`, `__time`, `__label`, `__weight`, `__part`. */
  readonly table: string;
  readonly filtered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly immature: number;
  readonly unlabelled: number;
}

type Loaded = (name: string) => LoadedSource;

/** Throws `no-examples`, `label-missing`, `weight-invalid`, `event-time-missing`. */
export async function buildExamples(database: Database, spec: CompiledSpec, parts: DatasetParts, loaded: Loaded, options: QueryOptions = {}): Promise<Examples> {
  requireTime(spec, parts);
  const chosen = identifier(`chosen ${parts.dataset.name}`);
  await database.run(`CREATE OR REPLACE TABLE ${chosen} AS ${chosenSql(parts, loaded)}`, [], options);
  const [counts] = await database.rows(
    `SELECT count(*) AS total, count(*) FILTER (__nth > 1) AS duplicates, count(*) FILTER (__nth = 1 AND __quarantined) AS quarantined FROM ${chosen}`, [], options,
  );
  const kept = `SELECT * EXCLUDE (__nth, __quarantined) FROM ${chosen} WHERE __nth = 1 AND NOT __quarantined`;
  const labelled = identifier(`labelled ${parts.dataset.name}`);
  const labels = labelSql(spec, parts.label, { sql: kept, source: parts.examples }, loaded);
  await database.run(`CREATE OR REPLACE TABLE ${labelled} AS SELECT x.*, l.__label, l.__mature FROM (${kept}) x JOIN (${labels}) l USING (__row)`, [], options);
  const checked = await checkLabels(database, spec, parts, labelled, options);

  const table = identifier(`examples ${parts.dataset.name}`);
  const usable = `SELECT * EXCLUDE (__mature) FROM ${labelled} WHERE __mature AND __label IS NOT NULL`;
  await database.run(`CREATE OR REPLACE TABLE ${table} AS SELECT *, ${partSql(parts)} AS __part FROM (${usable})`, [], options);
  await database.run(`DROP TABLE ${chosen}; DROP TABLE ${labelled}`);
  const rowsOf = ({ rows, future = 0 }: LoadedSource): number => rows - future;
  const read = rowsOf(loaded(parts.examples.name)) + (parts.test === null ? 0 : rowsOf(loaded(parts.test.name)));
  return {
    table, ...checked, filtered: read - Number(counts?.["total"]), duplicates: Number(counts?.["duplicates"]), quarantined: Number(counts?.["quarantined"]),
  };
}

function requireTime(spec: CompiledSpec, { dataset, examples, test }: DatasetParts): void {
  const needs = dataset.split.kind === "time" ? "splits by time" : dataset.quarantines.length > 0 ? "has a quarantine"
    : dataset.columns.some((c) => c.from.kind === "entity-feature") ? "uses point-in-time features" : null;
  for (const source of test ? [examples, test] : [examples]) {
    if (needs !== null && source.time === null) {
      throw new MlspecError("event-time-missing", `Dataset ${dataset.name} ${needs}, but its source ${source.name} has no event time.`, {
        where: placeOf(spec, dataset.origin), hint: `Name the column in ${source.name}: \`time: column\`.`,
      });
    }
  }
}

/** Rows of the examples' source and of the test source that pass the filter, numbered on, with what may leave them out. */
function chosenSql({ dataset, examples, test }: DatasetParts, loaded: Loaded): string {
  const columns = examples.columns.map((c) => identifier(c.name)).join(", ");
  const rows = ({ source, table }: LoadedSource, offset: number, isTest: boolean): string => {
    const time = source.time === null ? "NULL" : identifier(source.time);
    return `SELECT ${columns}, __row + ${offset} AS __row, CAST(${time} AS TIMESTAMP) AS __time, ${isTest} AS __test FROM ${table}`;
  };
  const main = loaded(examples.name);
  const all = test === null ? rows(main, 0, false) : `${rows(main, 0, false)} UNION ALL ${rows(loaded(test.name), main.rows, true)}`;
  const nth = dataset.onePer.length === 0 ? "1" : `row_number() OVER (PARTITION BY __test, ${dataset.onePer.map(identifier).join(", ")} ORDER BY __time, __row)`;
  const quarantined = dataset.quarantines.map((q) => `(__time >= ${momentOfIso(q.from)} AND __time < ${momentOfIso(q.to)})`).join(" OR ");
  const weight = dataset.weight === null ? "1e0" : `CAST(${expressionSql(dataset.weight)} AS DOUBLE)`;
  return `SELECT *, ${nth} AS __nth, ${quarantined === "" ? "FALSE" : `coalesce(${quarantined}, FALSE)`} AS __quarantined, ${weight} AS __weight
    FROM (${all}) WHERE ${conditionSql(dataset.where)}`;
}

async function checkLabels(database: Database, spec: CompiledSpec, parts: DatasetParts, table: string, options: QueryOptions): Promise<{ immature: number; unlabelled: number }> {
  const missing = "(__mature AND __label IS NULL)";
  const bad = "(__weight IS NULL OR NOT isfinite(__weight) OR __weight < 0)";
  const [found] = await database.rows(
    `SELECT count(*) AS total, count(*) FILTER (NOT __mature) AS immature, count(*) FILTER (WHERE ${missing}) AS unlabelled,
      min(__row) FILTER (WHERE ${missing}) AS first_unlabelled, count(*) FILTER (WHERE ${bad}) AS bad, min(__row) FILTER (WHERE ${bad}) AS first_bad,
      CAST(arg_min(__weight, __row) FILTER (WHERE ${bad}) AS VARCHAR) AS bad_weight FROM ${table}`, [], options,
  );
  const count = (name: string): number => Number(found?.[name] ?? 0);
  if (count("total") - count("immature") - count("unlabelled") === 0) noExamples(spec, parts, found);
  if (count("unlabelled") > 0 && !parts.label.type.nullable) {
    throw new MlspecError("label-missing", `The label ${parts.label.name} has no value in ${count("unlabelled")} of ${count("total")} examples, first in row ${count("first_unlabelled")}.`, {
      where: placeOf(spec, parts.label.origin), hint: `Leave them out (\`examples: ${parts.examples.name} where …\`), or declare the label \`${parts.label.type.kind}?\`: then they are left out and counted.`,
    });
  }
  if (count("bad") > 0) {
    const weight = found?.["bad_weight"];
    throw new MlspecError("weight-invalid", `The weight of ${count("bad")} examples is missing or negative, first in row ${count("first_bad")} (${typeof weight === "string" ? weight : "missing"}).`, {
      where: placeOf(spec, parts.dataset.at["weight"] ?? parts.dataset.origin), hint: "Weights are numbers from 0; write `coalesce(…, 1)` or `clip(…, 0, …)`.",
    });
  }
  return { immature: count("immature"), unlabelled: count("unlabelled") };
}

function noExamples(spec: CompiledSpec, parts: DatasetParts, found: Row | undefined): never {
  const immature = Number(found?.["immature"] ?? 0);
  const why = Number(found?.["total"] ?? 0) === 0 ? "the filter, `one_per` and quarantines leave none"
    : immature > 0 ? `the labels of all ${immature} are not yet mature` : "none has a label";
  throw new MlspecError("no-examples", `Dataset ${parts.dataset.name} has no examples: ${why}.`, { where: placeOf(spec, parts.dataset.origin), hint: "Nothing can be learned from nothing; look at `where`, the quarantines and the label's `within`." });
}
