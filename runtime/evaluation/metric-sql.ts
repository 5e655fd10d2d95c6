/**
 * Metrics as SQL, for every value of a slice in one query and in bounded memory. All are weighted by the examples' weights.
 * The relation that is scored has the columns `slice`, `y` (label), `p` (prediction), `w` (weight) and, multiclass, `q`
 * (probability given to the label; null for a baseline).
 */
import { leastProbability as epsilon, type MetricName, type Task } from "../../grammar/compiled-spec/index.ts";

/** Probabilities are held within [ε, 1 − ε] in logarithms: one that is 0 costs 34.5, and none earns anything. */
const logOf = (probability: string): string => `ln(least(greatest(${probability}, ${epsilon}), ${1 - epsilon}))`;
const calibrationBins = 10;

/** One row per slice: `slice`, `rows`, `total` (their weight), the task's metrics, and of a multiclass task `unseen`, the rows whose class training never saw. */
export function metricsSql(task: Task, scored: string, threshold: number): string {
  switch (task) {
    case "binary": return binary(scored, threshold);
    case "multiclass": return multiclass(scored);
    case "regression": return regression(scored);
  }
}

const share = (part: string, whole: string): string => `(${part}) / nullif(${whole}, 0)`;

/**
 * - auc: the chance that a positive outranks a negative, ties counting half (Mann–Whitney U), each pair weighted by both weights.
 * - calibration_error: expected calibration error over ten bins of equal width.
 */
const binary = (scored: string, threshold: number): string => `
  WITH scored AS MATERIALIZED (${scored}),
  sums AS (
    SELECT slice, count(*) AS rows, sum(w) AS total, sum(w * y) AS positives, sum(w * (1 - y)) AS negatives,
      sum(-w * ${logOf("CASE WHEN y = 1 THEN p ELSE 1 - p END")}) AS loss,
      coalesce(sum(w * y) FILTER (p >= ${threshold}), 0) AS hits, coalesce(sum(w) FILTER (p >= ${threshold}), 0) AS called,
      coalesce(sum(w) FILTER ((p >= ${threshold}) = (y = 1)), 0) AS agreed
    FROM scored GROUP BY slice),
  ties AS (SELECT slice, p, sum(w * y) AS pos, sum(w * (1 - y)) AS neg FROM scored GROUP BY slice, p),
  ranked AS (SELECT slice, pos, neg, coalesce(sum(neg) OVER (PARTITION BY slice ORDER BY p ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS below FROM ties),
  ranks AS (SELECT slice, sum(pos * (below + neg / 2)) AS wins FROM ranked GROUP BY slice),
  bins AS (SELECT slice, abs(sum(w * p) - sum(w * y)) AS gap FROM scored GROUP BY slice, least(greatest(floor(p * ${calibrationBins}), 0), ${calibrationBins - 1})),
  gaps AS (SELECT slice, sum(gap) AS gap FROM bins GROUP BY slice)
  SELECT slice, rows, total, ${share("wins", "positives * negatives")} AS auc, ${share("loss", "total")} AS log_loss, ${share("agreed", "total")} AS accuracy,
    ${share("hits", "called")} AS precision, ${share("hits", "positives")} AS recall, ${share("2 * hits", "called + positives")} AS f1,
    ${share("gap", "total")} AS calibration_error
  FROM sums JOIN ranks USING (slice) JOIN gaps USING (slice) ORDER BY slice`;

/**
 * Precision, recall and F1 are means over the classes that are labelled or predicted in the slice, each counting as 0 where
 * it has no value. Those are also classes that training never saw (below 0), which a model cannot predict.
 */
const multiclass = (scored: string): string => `
  WITH scored AS MATERIALIZED (${scored}),
  sums AS (
    SELECT slice, count(*) AS rows, count(*) FILTER (y < 0) AS unseen, sum(w) AS total, coalesce(sum(w) FILTER (y = p), 0) AS agreed,
      CASE WHEN count(q) = count(*) THEN sum(-w * ${logOf("q")}) END AS loss
    FROM scored GROUP BY slice),
  sides AS (
    SELECT slice, y AS class, w * (y = p)::INT AS hits, w AS labelled, 0 AS called FROM scored
    UNION ALL SELECT slice, p, 0, 0, w FROM scored),
  classes AS (SELECT slice, class, sum(hits) AS hits, sum(labelled) AS labelled, sum(called) AS called FROM sides GROUP BY slice, class),
  means AS (
    SELECT slice, avg(coalesce(${share("hits", "called")}, 0)) AS precision, avg(coalesce(${share("hits", "labelled")}, 0)) AS recall,
      avg(coalesce(${share("2 * hits", "called + labelled")}, 0)) AS f1
    FROM classes GROUP BY slice)
  SELECT slice, rows, total, unseen, ${share("loss", "total")} AS log_loss, ${share("agreed", "total")} AS accuracy, precision, recall, f1
  FROM sums LEFT JOIN means USING (slice) ORDER BY slice`;

/** r2 = 1 − Σ w (y − p)² / Σ w (y − ȳ)², with the slice's own weighted mean ȳ. */
const regression = (scored: string): string => `
  WITH scored AS MATERIALIZED (${scored}),
  means AS (SELECT slice, ${share("sum(w * y)", "sum(w)")} AS mean FROM scored GROUP BY slice),
  sums AS (
    SELECT slice, count(*) AS rows, sum(w) AS total, sum(w * (y - p) * (y - p)) AS squared, sum(w * abs(y - p)) AS absolute,
      -- Of equal labels the computed spread may be a rounding error above 0.
      CASE WHEN min(y) < max(y) THEN sum(w * (y - mean) * (y - mean)) END AS spread
    FROM scored JOIN means USING (slice) GROUP BY slice)
  SELECT slice, rows, total, sqrt(${share("squared", "total")}) AS rmse, ${share("absolute", "total")} AS mae, 1 - ${share("squared", "spread")} AS r2
  FROM sums ORDER BY slice`;

/** The figures of a result row, by metric; null where the task has none. */
export function figures(row: Readonly<Record<string, unknown>>, metrics: readonly MetricName[]): Record<string, number | null> {
  return Object.fromEntries(metrics.map((metric) => {
    const value = row[metric];
    return [metric, typeof value === "number" && Number.isFinite(value) ? value : null];
  }));
}
