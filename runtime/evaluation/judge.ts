/** Requirements against figures → gates. Pure: what was measured in, what passes out. */
import type { Comparison, Evaluation, MetricName, MetricRequirement, Task } from "../../grammar/compiled-spec/index.ts";
import type { GateResult, SliceMetrics } from "../events.ts";
import { missingSlice, whyUndefined } from "./metrics.ts";

export interface BaselineMetrics {
  readonly name: string;
  /** Over the rows for which the baseline has a prediction. */
  readonly slices: readonly SliceMetrics[];
  /** The model's figures over the same rows: what the baseline is compared with. */
  readonly model: readonly SliceMetrics[];
}

export interface Measured {
  /** The whole test part, and every value of every slice. */
  readonly slices: readonly SliceMetrics[];
  readonly baselines: readonly BaselineMetrics[];
  /** The live version's figures as its manifest records them; null when no version is live. */
  readonly current: readonly SliceMetrics[] | null;
}

/** `files` are `CompiledSpec.files`, for the places of the requirements. */
export function judge(
  evaluation: Pick<Evaluation, "requirements" | "minRows" | "slices">, task: Task, measured: Measured, files: readonly { readonly path: string }[],
): GateResult[] {
  return evaluation.requirements.flatMap((requirement) => {
    const found = measured.slices.filter(({ slice }) => (requirement.by === null ? slice === null : slice?.name === requirement.by));
    // Rows without a value are one more group beside the others; alone they are not what was asked about.
    if (found.every(({ slice }) => slice !== null && slice.value === missingSlice)) return [withoutRows(requirement, files)];
    const gates = found.map((figures) => gate(requirement, figures, { ...measured, task, minRows: evaluation.minRows }, files));
    return [...gates, ...valuesWithoutRows(requirement, evaluation.slices, found).map((value) => withoutRows(requirement, files, value))];
  });
}

/** `slice vip = spent > 1000` asks about those for whom it is true: that there are none must not look as if they had been judged. */
function valuesWithoutRows({ by }: MetricRequirement, slices: Evaluation["slices"], found: readonly SliceMetrics[]): readonly string[] {
  const slice = slices.find(({ name }) => name === by);
  return slice?.value.type.kind === "bool" && !found.some((each) => each.slice?.value === "true") ? ["true"] : [];
}

interface Circumstances extends Measured {
  readonly task: Task;
  readonly minRows: number;
}

function place({ text, metric, comparison, origin }: MetricRequirement, files: readonly { readonly path: string }[]): Pick<GateResult, "text" | "metric" | "comparison" | "file" | "line"> {
  const [line] = origin.range;
  return { text, metric, comparison, file: files[origin.file]?.path ?? "", line: line + 1 };
}

/** A whole without rows has met nothing; a slice without rows says nothing. */
function withoutRows(requirement: MetricRequirement, files: readonly { readonly path: string }[], value: string | null = null): GateResult {
  const { by, bound } = requirement;
  const slice = by === null || value === null ? by : `${by} = ${value}`;
  const result = { ...place(requirement, files), slice, value: null, bound: bound.kind === "constant" ? bound.value : null };
  return by === null ? { ...result, outcome: "failed", reason: "there are no test rows" } : { ...result, outcome: "skipped", reason: value === null ? `no test row has a value for ${by}` : `no test row has ${slice}` };
}

function gate(requirement: MetricRequirement, found: SliceMetrics, circumstances: Circumstances, files: readonly { readonly path: string }[]): GateResult {
  const { metric, comparison, by } = requirement;
  const slice = found.slice === null ? null : `${found.slice.name} = ${found.slice.value}`;
  const reference = boundOf(requirement, found, circumstances);
  const value = reference.over.metrics[metric] ?? null;
  const result = { ...place(requirement, files), slice, value, bound: reference.bound };
  const skipped = (reason: string): GateResult => ({ ...result, outcome: "skipped", reason });
  if (by !== null && found.rows < circumstances.minRows) return skipped(`${found.rows} rows, fewer than the ${circumstances.minRows} that a slice is judged by`);
  if (value === null) {
    // What cannot be measured on the whole has not been met; a slice may simply be too uniform.
    const reason = whyUndefined(metric, circumstances.task, reference.over.weightless);
    return by === null ? { ...result, outcome: "failed", reason } : skipped(reason);
  }
  if (reference.bound === null) return by === null && reference.kind === "valueless" ? { ...result, outcome: "failed", reason: reference.why } : { ...skipped(reference.why), ...(reference.kind === "first" ? { first: true } : {}) };
  const fewer = reference.over.rows < found.rows ? `over the ${reference.over.rows} of ${found.rows} rows that have a baseline` : null;
  if (holds(value, comparison, reference.bound)) return { ...result, outcome: "passed", reason: fewer };
  return { ...result, outcome: "failed", reason: [shortfall(value, comparison, reference.bound), fewer].filter((part) => part !== null).join(", ") };
}

/** What the figures are held against, or why there is nothing. */
type Bound = { readonly bound: number; readonly over: SliceMetrics } | { readonly bound: null; readonly kind: Nothing; readonly why: string; readonly over: SliceMetrics };
/** `first`: nothing was live before. `valueless`: what it names has no value in any test row, so that it can never be met. */
type Nothing = "first" | "valueless" | "unmeasured";
// `over` is what is judged: the slice as a whole, or only the rows of it that the reference covers too.

const sameSlice = (figures: readonly SliceMetrics[], found: SliceMetrics): SliceMetrics | undefined =>
  figures.find(({ slice }) => slice?.name === found.slice?.name && slice?.value === found.slice?.value);

function boundOf({ bound, metric }: MetricRequirement, found: SliceMetrics, { current, baselines }: Circumstances): Bound {
  const none = (why: string, kind: Nothing): Bound => ({ bound: null, kind, why, over: found });
  switch (bound.kind) {
    case "constant": return { bound: bound.value, over: found };
    case "current": return current === null ? none("no version is live yet: there is nothing to compare with", "first") : relative(bound, metric, found, "the live version", current, found);
    case "baseline": {
      const baseline = baselines.find(({ name }) => name === bound.baseline);
      if (baseline === undefined) return none(`there is no baseline ${bound.baseline}`, "unmeasured");
      if (baseline.slices.every(({ rows }) => rows === 0)) return none(`the baseline ${bound.baseline} has no value in any test row: there is no ${metric} to compare with`, "valueless");
      return relative(bound, metric, found, `the baseline ${bound.baseline}`, baseline.slices, sameSlice(baseline.model, found) ?? found);
    }
  }
}

/** factor × reference + offset. */
function relative(
  { factor, offset }: { readonly factor: number; readonly offset: number }, metric: MetricName, found: SliceMetrics, whose: string, figures: readonly SliceMetrics[], over: SliceMetrics,
): Bound {
  const reference = sameSlice(figures, found)?.metrics[metric] ?? null;
  if (reference === null) return { bound: null, kind: "unmeasured", why: `${whose} has no ${metric}${found.slice === null ? "" : " for this slice"} to compare with`, over: found };
  return { bound: factor * reference + offset, over };
}

function holds(value: number, comparison: Comparison, bound: number): boolean {
  switch (comparison) {
    case "<": return value < bound;
    case "<=": return value <= bound;
    case ">": return value > bound;
    case ">=": return value >= bound;
  }
}

function shortfall(value: number, comparison: Comparison, bound: number): string {
  const distance = Math.abs(value - bound);
  if (distance === 0) return `exactly the bound, which ${comparison} excludes`;
  const shown = Number(distance.toPrecision(3));
  return comparison.startsWith("<") ? `too high by ${shown}` : `too low by ${shown}`;
}
