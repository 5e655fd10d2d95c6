/**
 * Data contracts: a source's `expect` clauses, checked in one pass over its table.
 *
 * `rows in a..b per 1d` counts by event time in periods aligned to UTC. The first and the last period may be cut off by the
 * extract, so the lower bound is not asked of them; a period inside without a row counts as zero.
 */
import { columnsIn, type CompiledSpec, type Expectation, type Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { ClauseResult } from "../events.ts";
import { textOf, type Cell, type Row } from "./batch.ts";
import type { Database, QueryOptions } from "./database.ts";
import { personalColumns } from "./personal.ts";
import { placeOf } from "./place.ts";
import type { LoadedSource } from "./source.ts";
import { expressionSql } from "./sql/expression.ts";
import { inBundles } from "./sql/bundles.ts";
import { identifier } from "./sql/quote.ts";

export interface ContractReport {
  readonly source: string;
  readonly rows: number;
  readonly clauses: readonly ClauseResult[];
}

export async function checkContract(database: Database, spec: CompiledSpec, loaded: LoadedSource, options: QueryOptions = {}): Promise<ContractReport> {
  const { source, table, rows } = loaded;
  if (source.expect.length === 0) return { source: source.name, rows, clauses: [] };
  const found: Record<string, Cell> = {};
  for (const measures of inBundles(source.expect.map((clause, i) => measureSql(source, clause, `m${i}`, table)))) {
    Object.assign(found, (await database.rows(`SELECT ${measures.join(", ")} FROM ${table}`, [], options))[0]);
  }
  const personal = personalColumns(source.columns);
  const clauses = source.expect.map((clause, i) => {
    const place = placeOf(spec, clause.origin);
    return { text: clause.text, ...judge(clause, found[`m${i}`] ?? null, rows, personal), file: place?.file ?? "", line: place?.line ?? 1 };
  });
  return { source: source.name, rows, clauses };
}

/** Throws `contract-failed` with a report of every clause that does not hold. */
export function requireContract(report: ContractReport): void {
  const failed = report.clauses.filter((clause) => !clause.passed);
  const [first] = failed;
  if (!first) return;
  const lines = failed.map((clause) => `  ${clause.file}:${clause.line}: require ${clause.text} (found: ${clause.observed})`);
  throw new MlspecError(
    "contract-failed",
    `Source ${report.source} breaks ${failed.length} of the ${report.clauses.length} clauses of its contract:\n${lines.join("\n")}`,
    { where: { file: first.file, line: first.line }, hint: "Find out what changed in the data; if the change is right, change the contract." },
  );
}

/** One struct per clause. */
function measureSql(source: Source, clause: Expectation, name: string, table: string): string {
  switch (clause.kind) {
    case "rows": {
      if (clause.perMs === null) return `count(*) AS ${name}`;
      return `(${periodsSql(source, clause.perMs, table)}) AS ${name}`;
    }
    case "missing": return `count(*) FILTER (${identifier(clause.column)} IS NULL) AS ${name}`;
    case "distinct": return `count(DISTINCT ${identifier(clause.column)}) AS ${name}`;
    case "each": {
      const broken = `NOT ${expressionSql(clause.condition)}`;
      const shown = [...columnsIn(clause.condition)];
      const values = shown.map((column, i) => `v${i} := CAST(${identifier(column)} AS VARCHAR)`);
      const example = `struct_pack(${["nr := __row", ...values].join(", ")})`;
      return `struct_pack(count := count(*) FILTER (${broken}), example := arg_min(${example}, __row) FILTER (${broken})) AS ${name}`;
    }
  }
}

/** Counts of the emptiest and the fullest period; the emptiest only of periods between the first and the last. */
function periodsSql(source: Source, perMs: number, table: string): string {
  if (source.time === null) {
    throw new MlspecError("event-time-missing", `The contract of ${source.name} counts rows per period, but the source has no event time.`, { hint: "Name it: `time: column`." });
  }
  const period = `epoch_us(${identifier(source.time)}) // ${BigInt(Math.round(perMs * 1000))}`;
  const counts = `SELECT ${period} AS p, count(*) AS n FROM ${table} GROUP BY ALL`;
  const start = (p: string): string => `make_timestamp(${p} * ${BigInt(Math.round(perMs * 1000))})`;
  return `SELECT struct_pack(
    fullest := max(n), fullest_at := CAST(${start("arg_max(p, n)")} AS VARCHAR),
    inner_periods := greatest(max(p) - min(p) - 1, 0), seen := count(*) FILTER (p > first AND p < last),
    emptiest := min(n) FILTER (p > first AND p < last), emptiest_at := CAST(${start("arg_min(p, n) FILTER (p > first AND p < last)")} AS VARCHAR)
  ) FROM (SELECT *, min(p) OVER () AS first, max(p) OVER () AS last FROM (${counts}))`;
}

interface Judgement {
  readonly passed: boolean;
  readonly observed: string;
}

function judge(clause: Expectation, measured: Cell, rows: number, personal: ReadonlySet<string>): Judgement {
  switch (clause.kind) {
    case "rows":
      if (clause.perMs === null) return { passed: within(rows, clause.low, clause.high), observed: plural(rows, "row") };
      return judgePeriods(clause.low, clause.high, measured);
    case "missing": {
      const share = Number(measured) / rows;
      return { passed: clause.strict === true ? share < clause.max : share <= clause.max, observed: `${percent(share)} missing (${Number(measured)} of ${rows})` };
    }
    case "distinct": return { passed: within(Number(measured), clause.low, clause.high), observed: plural(Number(measured), "value") };
    case "each": return judgeEach(clause, measured as Row, rows, personal);
  }
}

function judgePeriods(low: number | null, high: number | null, measured: Cell): Judgement {
  const found = measured as Row;
  const gaps = Number(found["inner_periods"]) - Number(found["seen"]);
  const emptiest = gaps > 0 ? 0 : found["emptiest"] === null ? null : Number(found["emptiest"]);
  const fullest = Number(found["fullest"]);
  if (high !== null && fullest > high) return { passed: false, observed: `${plural(fullest, "row")} in the period from ${textOf(found["fullest_at"])}` };
  if (low !== null && emptiest !== null && emptiest < low) {
    const where = gaps > 0 ? `in ${gaps} of ${Number(found["inner_periods"])} periods` : `in the period from ${textOf(found["emptiest_at"])}`;
    return { passed: false, observed: `${plural(emptiest, "row")} ${where}` };
  }
  if (emptiest === null) return { passed: true, observed: `at most ${fullest} rows; too few periods to judge the least` };
  return { passed: true, observed: `${emptiest} to ${fullest} rows per period` };
}

function judgeEach(clause: Extract<Expectation, { kind: "each" }>, measured: Row, rows: number, personal: ReadonlySet<string>): Judgement {
  const count = Number(measured["count"]);
  const share = count / rows;
  if (count === 0) return { passed: true, observed: "every row" };
  const example = measured["example"] as Row;
  // The row's number says where to look; a person's values are not for logs and screens.
  const tolerant = clause.maxShare > 0;
  const values = [...columnsIn(clause.condition)].flatMap((column, i) => (personal.has(column) ? [] : [`${column} = ${textOf(example[`v${i}`] ?? "null")}`]));
  return {
    passed: clause.strict === true ? share < clause.maxShare : share <= clause.maxShare,
    observed: `${tolerant ? `${Number((100 * (1 - share)).toPrecision(7))}% of rows; ` : ""}not in ${plural(count, "row")} (${percent(share)}), for example ${values.join(", ")}${values.length > 0 ? " " : ""}in row ${Number(example["nr"])}`,
  };
}

const within = (value: number, low: number | null, high: number | null): boolean => (low === null || value >= low) && (high === null || value <= high);
const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** Enough digits that a share just over its bound does not look equal to it. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
