/** Requirements against figures → gates. Pure: what was measured in, what passes out. */
import type { Comparison, Evaluation, MetricRequirement, Task } from "../../grammar/compiled-spec/index.ts";
import type { GateResult, SliceMetrics } from "../events.ts";
import { whyUndefined } from "./metrics.ts";

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
  evaluation: Pick<Evaluation, "requirements" | "minRows">, task: Task, measured: Measured, files: readonly { readonly path: string }[],
): GateResult[] {
  return evaluation.requirements.flatMap((requirement) =>
    judgedSlices(requirement, measured.slices).map((slice) => gate(requirement, slice, { ...measured, task, minRows: evaluation.minRows }, files)));
}

interface Circumstances extends Measured {
  readonly task: Task;
  readonly minRows: number;
}

/** Null stands for a slice without any rows. */
function judgedSlices({ by }: MetricRequirement, slices: readonly SliceMetrics[]): (SliceMetrics | null)[] {
  const found = slices.filter(({ slice }) => (by === null ? slice === null : slice?.name === by));
  return found.length === 0 ? [null] : found;
}

function gate(requirement: MetricRequirement, found: SliceMetrics | null, circumstances: Circumstances, files: readonly { readonly path: string }[]): GateResult {
  const { text, metric, comparison, origin, by } = requirement;
  const [line] = origin.range;
  const place = { text, metric, comparison, file: files[origin.file]?.path ?? "", line: line + 1 };
  const slice = found?.slice ? `${found.slice.name} = ${found.slice.value}` : by;
  const { bound, why, over } = boundOf(requirement, found, circumstances);
  const value = (over ?? found)?.metrics[metric] ?? null;
  const result = { ...place, slice, value, bound };
  const skipped = (reason: string): GateResult => ({ ...result, outcome: "skipped", reason });
  if (found === null) return by === null ? { ...result, outcome: "failed", reason: "there are no test rows" } : skipped(`no test row has a value for ${by}`);
  if (by !== null && found.rows < circumstances.minRows) return skipped(`${found.rows} rows, fewer than the ${circumstances.minRows} that a slice is judged by`);
  if (value === null) {
    // What cannot be measured on the whole has not been met; a slice may simply be too uniform.
    const reason = whyUndefined(metric, circumstances.task);
    return by === null ? { ...result, outcome: "failed", reason } : skipped(reason);
  }
  if (bound === null) return skipped(why);
  const fewer = over !== null && over.rows < found.rows ? `over the ${over.rows} of ${found.rows} rows that have a baseline` : null;
  if (holds(value, comparison, bound)) return { ...result, outcome: "passed", reason: fewer };
  return { ...result, outcome: "failed", reason: [shortfall(value, comparison, bound), fewer].filter((part) => part !== null).join(", ") };
}

interface Bound {
  readonly bound: number | null;
  /** Why there is none. */
  readonly why: string;
  /** What to judge instead of the slice as a whole: only the rows that the reference covers too. */
  readonly over: SliceMetrics | null;
}

const sameSlice = (figures: readonly SliceMetrics[], found: SliceMetrics | null): SliceMetrics | undefined =>
  figures.find(({ slice }) => slice?.name === found?.slice?.name && slice?.value === found?.slice?.value);

/** factor × reference + offset. */
function boundOf({ bound, metric }: MetricRequirement, found: SliceMetrics | null, { current, baselines }: Circumstances): Bound {
  const none = (why: string): Bound => ({ bound: null, why, over: null });
  const against = (whose: string, figures: readonly SliceMetrics[], over: SliceMetrics | null): Bound => {
    const reference = sameSlice(figures, found)?.metrics[metric] ?? null;
    if (bound.kind === "constant" || reference === null) return none(`${whose} has no ${metric}${found?.slice ? " for this slice" : ""} to compare with`);
    return { bound: bound.factor * reference + bound.offset, why: "", over };
  };
  switch (bound.kind) {
    case "constant": return { bound: bound.value, why: "", over: null };
    case "current": return current === null ? none("no version is live yet: there is nothing to compare with") : against("the live version", current, null);
    case "baseline": {
      const baseline = baselines.find(({ name }) => name === bound.baseline);
      return baseline === undefined ? none(`there is no baseline ${bound.baseline}`) : against(`the baseline ${bound.baseline}`, baseline.slices, sameSlice(baseline.model, found) ?? null);
    }
  }
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
  const shown = distance.toPrecision(3).replace(/\.?0+$/, "");
  if (distance === 0) return `exactly the bound, which ${comparison} excludes`;
  return comparison.startsWith("<") ? `too high by ${shown}` : `too low by ${shown}`;
}
