/** What is in each column of a file, once it is known how to read it. */
import type { ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import type { ColumnFacts } from "../../../grammar/file-facts.ts";
import type { Row } from "../batch.ts";
import type { Database } from "../database.ts";
import { inBundles } from "../sql/bundles.ts";
import { text } from "../sql/quote.ts";
import { valueOf, type Kinds } from "./kinds.ts";

const few = 20;

interface Looked {
  readonly names: readonly string[];
  readonly read: Kinds;
  readonly now: Date;
}

export async function columnFacts(database: Database, { names, read, now }: Looked): Promise<readonly ColumnFacts[]> {
  const kinds = await withDates(database, await typed(database, read));
  const facts: ColumnFacts[] = [];
  for (const bundle of inBundles(kinds.map((kind, i) => ({ kind, i })))) {
    const [row] = await database.rows(`SELECT ${bundle.flatMap(({ kind, i }) => measured(kind, i, now)).join(", ")} FROM typed`);
    for (const { kind, i } of bundle) facts.push({ name: names[i] ?? "", kind, ambiguous: read.ambiguous.has(i), values: await valuesOf(database, row, i), ...numbersOf(row, i) });
  }
  return facts;
}

/** Columns with one value for each value of this one, and the other way round: the same in other words. */
export async function sameAs(database: Database, facts: readonly ColumnFacts[], column: ColumnFacts): Promise<ReadonlySet<string>> {
  const at = facts.indexOf(column);
  const alike = facts.flatMap((each, i) => (i !== at && each.kind !== null && each.distinct === column.distinct ? [i] : []));
  const same = new Set<string>();
  for (const i of alike) {
    const [row] = await database.rows(`SELECT count(*) AS n FROM (SELECT DISTINCT t${at}, t${i} FROM typed WHERE t${at} IS NOT NULL OR t${i} IS NOT NULL)`);
    if (Number(row?.["n"]) === column.distinct) same.add(facts[i]?.name ?? "");
  }
  return same;
}

/** Fills the table `typed`: `t0`, `t1` … */
async function typed(database: Database, read: Kinds): Promise<readonly (ScalarKind | null)[]> {
  const values = read.kinds.map((kind, i) => (kind === null ? { given: "TRUE", typed: `g${i}`, kept: `t${i}` } : valueOf(read, i, i, kind)));
  const list = (make: (value: (typeof values)[number], i: number) => string): string => values.map(make).join(", ");
  const given = `SELECT ${list((v, i) => `${v.given} AS g${i}`)} FROM inspected`;
  const kept = `SELECT ${list((v, i) => `${v.kept} AS t${i}`)} FROM (SELECT ${list((v, i) => `${v.typed} AS t${i}`)} FROM (${given}))`;
  await database.run(`CREATE OR REPLACE TABLE typed AS ${kept}`);
  return read.kinds;
}

/** Moments that are all midnight are days. */
async function withDates(database: Database, kinds: readonly (ScalarKind | null)[]): Promise<readonly (ScalarKind | null)[]> {
  const moments = kinds.flatMap((kind, i) => (kind === "timestamp" ? [i] : []));
  if (moments.length === 0) return kinds;
  const [row] = await database.rows(`SELECT ${moments.map((i) => `bool_and(t${i} = date_trunc('day', t${i})) AS d${i}`).join(", ")} FROM typed`);
  return kinds.map((kind, i) => (kind === "timestamp" && row?.[`d${i}`] === true ? "date" : kind));
}

function measured(kind: ScalarKind | null, i: number, now: Date): string[] {
  const isNumber = kind === "int" || kind === "float" || kind === "duration";
  const number = (name: string): string => (isNumber ? `CAST(${name}(t${i}) AS DOUBLE)` : "NULL");
  const future = kind === "timestamp" || kind === "date" ? `count(*) FILTER (t${i} > CAST(${text(now.toISOString().slice(0, 19))} AS TIMESTAMP))` : "0";
  return [`count(*) - count(t${i}) AS missing${i}`, `count(DISTINCT t${i}) AS distinct${i}`, `${number("min")} AS least${i}`, `${number("max")} AS greatest${i}`, `${number("avg")} AS mean${i}`, `${future} AS future${i}`];
}

function numbersOf(row: Row | undefined, i: number): Pick<ColumnFacts, "missing" | "distinct" | "least" | "greatest" | "mean" | "future"> {
  const number = (name: string): number | null => {
    const value = row?.[`${name}${i}`] ?? null;
    return value === null ? null : Number(value);
  };
  return { missing: number("missing") ?? 0, distinct: number("distinct") ?? 0, least: number("least"), greatest: number("greatest"), mean: number("mean"), future: number("future") ?? 0 };
}

async function valuesOf(database: Database, row: Row | undefined, i: number): Promise<ColumnFacts["values"]> {
  if (Number(row?.[`distinct${i}`]) > few) return [];
  const rows = await database.rows(`SELECT t${i} AS value, count(*) AS n FROM typed WHERE t${i} IS NOT NULL GROUP BY 1 ORDER BY n DESC, value`);
  return rows.flatMap(({ value, n }) => (typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [{ value, rows: Number(n) }] : []));
}
