/** Outcomes of predictions that are old enough to have theirs: one without any has none. */
import type { Cell } from "../../data/batch.ts";
import type { Database } from "../../data/database.ts";
import { text } from "../../data/sql/quote.ts";
import { noOutcomes, type OutcomeSums } from "../../statistics/confidence-sequence.ts";

export interface MaturedQuery {
  /** As predictions are logged: `<rollout>/<stage>/<arm>`. */
  readonly arms: readonly string[];
  readonly label: string;
  /** Microseconds since 1970: predictions until then have matured. */
  readonly untilUs: number;
  /** Events later than this after their prediction count as none. */
  readonly withinUs: number;
}

/**
 * Sums over units by arm. The first outcome of a prediction counts, and the first prediction of an id, in whatever arm or none, as everywhere. One that came without a time of its own
 * happened when it was received.
 */
export async function maturedOutcomes(database: Database, predictions: string, outcomes: string | null, query: MaturedQuery): Promise<ReadonlyMap<string, OutcomeSums>> {
  const first = outcomes === null
    ? "SELECT NULL AS id, 0 AS value, 0 AS time WHERE false"
    : `SELECT id, arg_min(value, received) AS value, epoch_us(arg_min(time, received)) AS time
       FROM read_parquet(${text(outcomes)}, union_by_name = true) WHERE label = ${text(query.label)} GROUP BY id`;
  const arms = query.arms.map(text).join(", ");
  const rows = await database.rows(
    `WITH exposed AS (
       SELECT met.arm, met.unit, id, predicted FROM (
         SELECT id, arg_min({'arm': arm, 'unit': coalesce(unit, id)}, time) AS met, min(epoch_us(time)) AS predicted FROM read_parquet(${text(predictions)}, union_by_name = true)
         WHERE epoch_us(time) <= ${query.untilUs} AND id IN (SELECT id FROM read_parquet(${text(predictions)}, union_by_name = true) WHERE arm IN (${arms})) GROUP BY id)
       WHERE met.arm IN (${arms})
     ), first AS (${first}), units AS (
       SELECT arm, unit, count(*)::DOUBLE AS n, count(first.id) FILTER (WHERE value = 1 AND first.time <= predicted + ${query.withinUs})::DOUBLE AS y
       FROM exposed LEFT JOIN first USING (id) GROUP BY arm, unit
     )
     SELECT arm, count(*) AS units, sum(n) AS n, sum(y) AS y, sum(n * n) AS nn, sum(n * y) AS ny, sum(y * y) AS yy FROM units GROUP BY arm`);
  const found = new Map(rows.map((row) => [typeof row["arm"] === "string" ? row["arm"] : "", sumsOf(row)]));
  return new Map(query.arms.map((arm) => [arm, found.get(arm) ?? noOutcomes]));
}

function sumsOf(row: Readonly<Record<string, Cell>>): OutcomeSums {
  const number = (name: keyof OutcomeSums): number => Number(row[name] ?? 0);
  return { units: number("units"), n: number("n"), y: number("y"), nn: number("nn"), ny: number("ny"), yy: number("yy") };
}
