/** The metrics by their definitions, row by row and pair by pair. */
export interface Scored {
  readonly y: number;
  readonly p: number;
  readonly w: number;
  /** Probability of the label (multiclass). */
  readonly q?: number;
}

const sum = (rows: readonly Scored[], f: (row: Scored) => number): number => rows.reduce((total, row) => total + f(row), 0);
const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b);
const is = (condition: boolean): number => (condition ? 1 : 0);

export function binaryByHand(rows: readonly Scored[], threshold: number) {
  const total = sum(rows, ({ w }) => w);
  const [positives, negatives] = [rows.filter(({ y }) => y === 1), rows.filter(({ y }) => y === 0)];
  const wins = sum(positives, (a) => sum(negatives, (b) => a.w * b.w * (a.p > b.p ? 1 : a.p === b.p ? 0.5 : 0)));
  const pairs = sum(positives, ({ w }) => w) * sum(negatives, ({ w }) => w);
  const clipped = (p: number) => Math.max(p, 1e-15);
  const called = rows.filter(({ p }) => p >= threshold);
  const hits = sum(called, ({ y, w }) => w * y);
  const bins = Array.from({ length: 10 }, (_, i) => rows.filter(({ p }) => Math.min(Math.max(Math.floor(p * 10), 0), 9) === i));
  return {
    auc: ratio(wins, pairs),
    log_loss: ratio(sum(rows, ({ y, p, w }) => -w * Math.log(y === 1 ? clipped(p) : clipped(1 - p))), total),
    accuracy: ratio(sum(rows, ({ y, p, w }) => w * is((p >= threshold) === (y === 1))), total),
    precision: ratio(hits, sum(called, ({ w }) => w)),
    recall: ratio(hits, sum(positives, ({ w }) => w)),
    f1: ratio(2 * hits, sum(called, ({ w }) => w) + sum(positives, ({ w }) => w)),
    calibration_error: ratio(bins.reduce((gap, bin) => gap + Math.abs(sum(bin, ({ p, w }) => p * w) - sum(bin, ({ y, w }) => y * w)), 0), total),
  };
}

export function regressionByHand(rows: readonly Scored[]) {
  const total = sum(rows, ({ w }) => w);
  const mean = sum(rows, ({ y, w }) => y * w) / total;
  const squared = sum(rows, ({ y, p, w }) => w * (y - p) ** 2);
  const constant = rows.every(({ y }) => y === rows[0]?.y);
  const unexplained = constant ? null : ratio(squared, sum(rows, ({ y, w }) => w * (y - mean) ** 2));
  return { rmse: Math.sqrt(squared / total), mae: sum(rows, ({ y, p, w }) => w * Math.abs(y - p)) / total, r2: unexplained === null ? null : 1 - unexplained };
}

export function multiclassByHand(rows: readonly Scored[]) {
  const total = sum(rows, ({ w }) => w);
  const classes = [...new Set(rows.flatMap(({ y, p }) => [y, p]))];
  const mean = (f: (k: number) => number | null): number | null => (classes.length === 0 ? null : classes.reduce((all, k) => all + (f(k) ?? 0), 0) / classes.length);
  const [hits, called, labelled] = [
    (k: number) => sum(rows, ({ y, p, w }) => w * is(y === k && p === k)), (k: number) => sum(rows, ({ p, w }) => w * is(p === k)), (k: number) => sum(rows, ({ y, w }) => w * is(y === k)),
  ];
  return {
    log_loss: ratio(sum(rows, ({ q = 0, w }) => -w * Math.log(Math.max(q, 1e-15))), total),
    accuracy: ratio(sum(rows, ({ y, p, w }) => w * is(y === p)), total),
    precision: mean((k) => ratio(hits(k), called(k))), recall: mean((k) => ratio(hits(k), labelled(k))), f1: mean((k) => ratio(2 * hits(k), called(k) + labelled(k))),
  };
}
