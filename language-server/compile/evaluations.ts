import { judgeByThreshold, lessIsBetter, metricsOfTask, rangeOfMetric, type Origin, type Evaluation as CompiledEvaluation, type MetricName, type MetricRequirement, type Task } from "../../grammar/compiled-spec/index.ts";
import { isBuiltin, isDefinition, isMember, isQualified, type Definition, type Evaluation, type Expression, type Named, type Requirement } from "../../grammar/generated/ast.ts";
import { definitions, namedBy, requirements, valueOf } from "../language/navigate.ts";
import { ownerOf } from "../language/names.ts";
import { written } from "../language/whole.ts";
import { readClause, readLinear, readName, ungroup, type Clause } from "./clauses.ts";
import { deciding, decidingBeside, plainly } from "./reach.ts";
import { itemsOf } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { datasetEnv, rowOfDataset } from "./dataset-row.ts";
import { reportIdle } from "./idle.ts";
import { numbersIn } from "./numbers.ts";
import type { Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { predictionOf, readBuiltin, readPredictor, taskOf } from "./models.ts";
import { varying } from "./same-in-every-row.ts";
import { reportTakenBaseline } from "./taken-names.ts";
import { inWords, type Type } from "../types/type.ts";
import type { Typed } from "./typed.ts";

type Slice = CompiledEvaluation["slices"][number] & { readonly named: Named | undefined };

export function compileEvaluation(node: Evaluation, elaboration: Elaboration): CompiledEvaluation | undefined {
  const { context } = elaboration;
  const model = node.model?.ref;
  const prediction = model && predictionOf(model);
  const row = prediction && rowOfDataset(prediction.dataset, elaboration);
  const { said } = numbersIn("Evaluation", node, context);
  const [threshold, minRows] = [said("threshold"), said("min_rows")];
  const label = prediction && elaboration.label(prediction.label);
  const task = label && taskOf(label.type);
  const listed = itemsOf(valueOf(node, "metrics")).map((e) => readMetric(e, task, context)).filter((m) => m !== undefined);
  if (model === undefined || prediction === undefined || row === undefined || typeof node.name !== "string") return undefined;
  const env = datasetEnv(prediction.dataset, row, elaboration.takenBy(node), elaboration, { selectedOnly: false });
  const slices = readSlices(node, env, context);
  const given = definitions(node).filter((d) => d.kind === "baseline");
  for (const baseline of given) reportTakenBaseline(baseline, context);
  const baselines = given.map((d) => readPredictor(d, env, task, elaboration)).filter((b) => b !== undefined);
  const required = requirements(node).map((r) => readRequirement(r, slices, task, context)).filter((r) => r !== undefined);
  const metrics = [...new Set([...(listed.length > 0 ? listed : task === undefined ? [] : metricsOfTask[task]), ...required.map((r) => r.metric)])];
  if (slices.length === 0) reportIdle(node, ["min_rows"], "there are no slices", context);
  if (task !== undefined) reportThreshold(node, task, metrics, context);
  warnOfWrongWay(node, required, context);
  return {
    ...context.named(node), model: model.name, metrics, threshold, minRows, requirements: required,
    slices: slices.map(({ name, origin, value }) => ({ name, origin, value })),
    baselines: baselines.map(({ definition, value }) => ({ ...context.named(definition, { value: definition.value }), value })),
  };
}

function reportThreshold(node: Evaluation, task: Task, metrics: readonly MetricName[], context: Context): void {
  if (task === "binary" && metrics.some((metric) => judgeByThreshold.has(metric))) return;
  reportIdle(node, ["threshold"], task === "binary" ? `no metric here makes a yes or no of the probability, as ${[...judgeByThreshold].join(", ")} do` : "the model does not predict a yes or no", context);
}

/** A bound on the wrong side lets the worse through; together with one on the right side it is a range, and meant. */
function warnOfWrongWay(node: Evaluation, required: readonly MetricRequirement[], context: Context): void {
  const isRight = ({ metric, comparison }: MetricRequirement): boolean => comparison.startsWith("<") === lessIsBetter.has(metric);
  for (const requirement of required) {
    const { metric, by, origin, comparison } = requirement;
    if (isRight(requirement) || required.some((other) => other.metric === metric && other.by === by && isRight(other))) continue;
    const at = requirements(node).map((r) => r.condition).find((condition) => sameOrigin(context.origin(condition), origin));
    const [better, right] = lessIsBetter.has(metric) ? ["less", comparison.replace(">", "<")] : ["more", comparison.replace("<", ">")];
    context.report(at ?? node, "wrong-way-round", `of \`${metric}\` ${better} is better: this stops the better model and lets the worse through`, { severity: "warning", hint: `Write \`${metric} ${right} …\`.` });
  }
}

const sameOrigin = (a: Origin, b: Origin): boolean => a.range.every((n, i) => n === b.range[i]);

function readMetric(e: Expression, task: Task | undefined, context: Context): MetricName | undefined {
  const name = readBuiltin(e, "metric", context) as MetricName | undefined;
  if (name === undefined || task === undefined || metricsOfTask[task].includes(name)) return name;
  const kind = { binary: "a yes-or-no label", multiclass: "a label of several classes", regression: "a number" }[task];
  return context.report(e, "wrong-metric", `\`${name}\` does not measure the prediction of ${kind}`, { hint: `These do: ${metricsOfTask[task].join(", ")}.` });
}

function readSlices(node: Evaluation, env: Env, context: Context): Slice[] {
  const listed = itemsOf(valueOf(node, "slices")).map((e): Slice | undefined => {
    const value = grouping(e, env, context);
    return value && { name: sliceName(e), origin: context.origin(e), value: value.code, named: namedBy(e) };
  });
  const defined = definitions(node).filter((d) => d.kind === "slice").map((d): Slice | undefined => {
    const value = grouping(d.value, env, context);
    return value && { name: d.name, origin: context.origin(d, "name"), value: value.code, named: d };
  });
  const slices = [...listed, ...defined].filter((s) => s !== undefined).filter((s, i, all) => all.findIndex((other) => other.named === s.named && other.name === s.name) === i);
  const count = new Map<string, number>();
  for (const { name } of slices) count.set(name, (count.get(name) ?? 0) + 1);
  return slices.map((s) => ((count.get(s.name) ?? 0) > 1 ? { ...s, name: qualified(s) } : s));
}

/** Every value of a slice is a group of rows: what is measured has nearly as many values as there are rows. */
function grouping(e: Expression, env: Env, context: Context): Typed | undefined {
  const value = varying(check(e, env, context), e, env, context);
  if (value === undefined || !isMeasured(value.type)) return value;
  return context.report(e, "type-mismatch", `\`${textOf(e)}\` is ${inWords(value.type)}: nearly every row would be a slice of its own`, {
    hint: value.type.kind === "timestamp" ? "Make groups of it: `hour_of_day(…)`, `month(…)`." : "Make groups of it: a condition (`… > 5`), or whole numbers (`floor(… / 10)`).",
  });
}

const isMeasured = ({ kind }: Type): boolean => kind === "float" || kind === "share" || kind === "timestamp" || kind === "duration";

/** `impressions.country` is the slice `country`; where two would have one name they keep their full names. */
const sliceName = (e: Expression): string => {
  const named = namedBy(ungroup(e));
  return named?.name ?? textOf(e);
};

function qualified({ named, name }: Slice): string {
  const owner = named !== undefined && (named.$type === "Column" || isDefinition(named)) ? ownerOf(named) : undefined;
  return owner === undefined ? name : `${owner.name}.${name}`;
}

const isMetric = (e: Expression): boolean => {
  const named = namedBy(e);
  return e.$type === "Reference" && isBuiltin(named) && named.kind === "metric";
};

function readRequirement(node: Requirement, slices: readonly Slice[], task: Task | undefined, context: Context): MetricRequirement | undefined {
  const condition = written(node.condition);
  if (condition === undefined) return undefined;
  const clause = readClause(condition, isMetric, ["by"], "`auc >= 0.7`, `auc >= current.auc - 0.01`", context);
  if (clause === undefined) return undefined;
  const metric = readMetric(clause.subject, task, context);
  const bound = readBound(clause, metric, context);
  const by = readBy(ungroup(condition), slices, context);
  if (metric === undefined || bound === undefined || by === undefined) return undefined;
  return { origin: context.origin(condition), text: textOf(condition), metric, comparison: clause.comparison, bound, by: by ?? null };
}

/** Null: for the whole. */
function readBy(e: Expression, slices: readonly Slice[], context: Context): string | null | undefined {
  if (!isQualified(e)) return null;
  const named = e.by === undefined ? undefined : readName(e.by, "the name of a slice", context);
  return named === undefined ? undefined : slices.find((s) => s.named === named)?.name;
}

function readBound({ bound: e, comparison }: Clause, metric: MetricName | undefined, context: Context): MetricRequirement["bound"] | undefined {
  const linear = readLinear(e, context);
  if (linear === undefined) return undefined;
  const { reference, factor, offset } = linear;
  if (reference === undefined) {
    if (metric !== undefined && deciding(offset, comparison, rangeOfMetric[metric], e, `\`${metric}\``, plainly, context) === undefined) return undefined;
    return { kind: "constant", value: offset };
  }
  const { node } = reference;
  const of = isMember(node) ? namedBy(node.receiver) : undefined;
  const compared = isMember(node) ? namedBy(node) : undefined;
  if (of === undefined || compared === undefined) return context.report(node, "wrong-clause", `compare with a number, \`current.${metric ?? "auc"}\` or a baseline's \`name.${metric ?? "auc"}\``);
  if (metric !== undefined && compared.name !== metric) return context.report(node, "wrong-clause", `\`${metric}\` can only be compared with the same metric, not with \`${textOf(node)}\``);
  if (metric !== undefined && (isBaseline(of) || isLive(of)) && decidingBeside({ name: textOf(node), factor, offset }, comparison, rangeOfMetric[metric], e, `\`${metric}\``, plainly, context) === undefined) return undefined;
  if (isLive(of)) return { kind: "current", factor, offset };
  return isBaseline(of) ? { kind: "baseline", baseline: of.name, factor, offset } : context.report(node, "wrong-kind", `\`${textOf(node)}\` is no metric of the live version or of a baseline`);
}

const isLive = (named: Named): boolean => isBuiltin(named) && named.kind === "version";
const isBaseline = (named: Named): named is Definition => isDefinition(named) && named.kind === "baseline";
