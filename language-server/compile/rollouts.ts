import type { Rollout as CompiledRollout, Stage, StageRequirement, Task } from "../../grammar/compiled-spec/index.ts";
import { isBuiltin, isCall, isLabel, isMember, isReference, isRole, type Call, type Expression, type Requirement, type Rollout, type Section } from "../../grammar/generated/ast.ts";
import { isUnresolved, namedBy, requirements, sections, valueOf } from "../language/navigate.ts";
import { written } from "../language/whole.ts";
import { Arguments, readCall, soleName } from "./arguments.ts";
import { readClause, readLinear, spelledAs, type Clause } from "./clauses.ts";
import { readNumber } from "./constants.ts";
import { deciding, decidingBeside, fraction, percent } from "./reach.ts";
import { textOf, type Context } from "./context.ts";
import { columnName, wrongKind } from "./datasets.ts";
import { numbersIn, type Numbers } from "./numbers.ts";
import type { Elaboration } from "./reading.ts";
import { predictionOf, readBuiltin, taskOf } from "./models.ts";

const example = "`rate(errors) <= control`, `disagreement < 5%`, `latency.p99 < 20ms`";

/** Predictions that differ by up to this much agree, unless the requirement says otherwise. */
const defaultTolerance = 0.05;

/** Nobody stays on a candidate for ever, though the spec does not say for how long at most. */
const longestStageMs = 14 * 86_400_000;
const longestInHolds = 4;

export function compileRollout(node: Rollout, elaboration: Elaboration): CompiledRollout | undefined {
  const { context } = elaboration;
  const stages = sections(node, "stage").map((s) => compileStage(s, taskFor(node, elaboration), context)).filter((s) => s !== undefined);
  const { said } = numbersIn("Rollout", node, context);
  const [alpha, power] = [said("alpha"), said("power")];
  const unit = readUnit(node, elaboration);
  checkOrder(node, stages, context);
  const model = node.model?.ref;
  const service = node.service?.ref;
  if (model === undefined || service === undefined || typeof node.name !== "string") return undefined;
  const served = namedBy(valueOf(service, "model"));
  if (served !== undefined && served !== model) {
    context.report(node, "wrong-kind", `\`${service.name}\` serves \`${served.name ?? ""}\`, not \`${model.name}\``, { property: "model", related: [context.related(service, "the service")] });
  }
  return { ...context.named(node), model: model.name, service: service.name, unit, stages, alpha, power };
}

function taskFor({ model }: Rollout, elaboration: Elaboration): Task | undefined {
  const label = model?.ref && predictionOf(model.ref)?.label;
  const compiled = label && elaboration.label(label);
  return compiled && taskOf(compiled.type);
}

function readUnit(node: Rollout, elaboration: Elaboration): string | null {
  const value = valueOf(node, "unit");
  const dataset = node.model?.ref && predictionOf(node.model.ref)?.dataset;
  const examples = dataset && elaboration.context.names.examplesOf(dataset);
  if (value === undefined || examples === undefined) return null;
  const name = columnName(value, examples, elaboration);
  const column = name === undefined ? undefined : elaboration.context.names.columnsOf(examples).get(name);
  if (column !== undefined) elaboration.rowOf(examples).column(column, value, elaboration.takenBy(node));
  return name ?? null;
}

/** Exposure only grows: a later stage with less traffic is a slip. */
function checkOrder(node: Rollout, stages: readonly Stage[], context: Context): void {
  for (const [i, stage] of stages.entries()) {
    const before = stages[i - 1];
    const at = sections(node, "stage").find((s) => s.name === stage.name);
    if (before !== undefined && at !== undefined && stage.traffic < before.traffic) {
      context.report(valueOf(at, "traffic") ?? at, "out-of-range", `\`${stage.name}\` has less traffic than \`${before.name}\` before it: stages grow`, { severity: "warning" });
    }
  }
}

function compileStage(node: Section, task: Task | undefined, context: Context): Stage | undefined {
  const numbers = numbersIn("Rollout stage", node, context);
  const traffic = readTraffic(node, numbers, context);
  const holdMs = numbers.said("hold");
  const atMostMs = readAtMost(node, holdMs, numbers, context);
  const overdue = readBuiltin(valueOf(node, "otherwise"), "ending", context) === "ask" ? "ask" : "roll-back";
  const approve = readApprover(valueOf(node, "approve"), context);
  const required = requirements(node).map((r) => readRequirement(r, task, context)).filter((r) => r !== undefined);
  if (node.name === undefined || traffic === undefined) return undefined;
  return { ...context.named(node), traffic, holdMs, atMostMs, overdue, requirements: required, approve };
}

function readAtMost(node: Section, holdMs: number, { perhaps }: Numbers, context: Context): number {
  const value = valueOf(node, "at_most");
  const atMostMs = perhaps("at_most") ?? Math.max(longestStageMs, longestInHolds * holdMs);
  if (value !== undefined && atMostMs < holdMs) context.report(value, "out-of-range", `\`${node.name ?? ""}\` is held longer than it may last: it would never pass`, { hint: "`at_most` is longer than `hold`, with time to collect evidence." });
  return atMostMs;
}

/** A stage called `shadow` mirrors and one called `full` is everybody, unless they say otherwise. */
function readTraffic(node: Section, { perhaps }: Numbers, context: Context): number | undefined {
  if (valueOf(node, "traffic") !== undefined) return perhaps("traffic") ?? undefined;
  if (node.name === "shadow") return 0;
  if (node.name === "full") return 1;
  return node.name === undefined ? undefined : context.report(node, "missing-property", `\`${node.name}\` does not say its share of traffic`, { property: "name", hint: "Add `traffic: 10%`." });
}

function readApprover(e: Expression | undefined, context: Context): string | null {
  const role = namedBy(e);
  if (e === undefined || role === undefined) return null;
  return isRole(role) ? role.name : wrongKind(e, "role", role, context) ?? null;
}

const isMeasured = (e: Expression): boolean => isCall(e) || isMember(e) || (isReference(e) && isBuiltin(e.target.ref) && e.target.ref.name === "disagreement");

function readRequirement(node: Requirement, task: Task | undefined, context: Context): StageRequirement | undefined {
  const condition = written(node.condition);
  if (condition === undefined) return undefined;
  const clause = readClause(condition, isMeasured, [], example, context);
  if (clause === undefined) return undefined;
  const base = { origin: context.origin(condition), text: textOf(condition) };
  const { subject } = clause;
  if (isCall(subject) && subject.function === "rate") return readRate(base, subject, clause, context);
  if (isCall(subject) && subject.function === "disagreement") {
    const tolerance = readTolerance(subject, task, context);
    return tolerance === undefined ? undefined : readDisagreement(base, clause, tolerance, context);
  }
  if (isUnresolved(subject)) return undefined;
  const named = namedBy(subject);
  if (isBuiltin(named) && named.name === "disagreement") return readDisagreement(base, clause, defaultTolerance, context);
  if (isBuiltin(named) && named.kind === "quantile") return readLatency(base, named.name, clause, context);
  return context.report(subject, "wrong-clause", `a stage cannot measure \`${textOf(subject)}\``, { hint: `Known are ${example} and \`rate(label)\`.` });
}

/** Probabilities, and classes that are the same (0) or not (1), never differ by more than 1. */
function readTolerance(call: Call, task: Task | undefined, context: Context): number | undefined {
  const read = readCall(call, ["disagreement"], "a requirement", context);
  const tolerance = read && (new Arguments(read.entry, read.bound, context).number("tolerance", "number") ?? defaultTolerance);
  if (tolerance === undefined || tolerance < 1 || task === undefined || task === "regression") return tolerance;
  const why = task === "binary" ? "probabilities never differ by more than 1" : "classes differ by 1 or not at all";
  return context.report(call, "out-of-range", `${why}: only requests that fail would disagree`, { hint: "For example `disagreement(tolerance: 0.1)`." });
}

type Base = Pick<StageRequirement, "origin" | "text">;

function readRate(base: Base, call: Call, clause: Clause, context: Context): StageRequirement | undefined {
  const argument = soleName(call, "a label, or `errors`", context);
  if (argument === undefined) return undefined;
  const { named } = argument;
  if (isBuiltin(named) && named.name === "errors" && clause.comparison.startsWith(">")) return context.report(call, "wrong-clause", "a stage limits errors: `rate(errors) <= control`");
  const bound = readBound(clause, context);
  if (bound === undefined || !spelledAs(clause.comparison.startsWith("<") ? "<=" : ">=", clause, "a rate", context)) return undefined;
  const rest = { ...base, comparison: clause.comparison, bound };
  if (isLabel(named)) return { ...rest, kind: "label-rate", label: named.name };
  if (isBuiltin(named) && named.name === "errors") return { ...rest, kind: "error-rate" };
  return context.report(argument.at, "wrong-kind", `\`rate\` takes a label, or \`errors\`, but \`${textOf(argument.at)}\` is neither`);
}

function readBound(clause: Clause, context: Context): { kind: "control"; factor: number; offset: number } | { kind: "constant"; value: number } | undefined {
  const linear = readLinear(clause.bound, context);
  if (linear === undefined) return undefined;
  const { reference, factor, offset } = linear;
  if (reference === undefined) return readRateBound(offset, clause, context);
  const { target } = reference;
  if (isBuiltin(target) && target.name === "control") {
    if (factor < 0) return context.report(clause.bound, "out-of-range", "this bound falls where `control` rises: it would not be compared with", { hint: "For example `control * 99%`." });
    return decidingBeside({ name: "control", factor, offset }, clause.comparison, fraction, clause.bound, "a rate", percent, context) && { kind: "control", factor, offset };
  }
  return context.report(reference.node, "wrong-clause", `compare with a number or with \`control\`, not with \`${textOf(reference.node)}\``);
}

function readRateBound(value: number, { bound, comparison }: Clause, context: Context): { kind: "constant"; value: number } | undefined {
  if (value > 1) return context.report(bound, "out-of-range", `a rate is at most 100%, but this is ${percent(value)}`);
  const decided = deciding(value, comparison, fraction, bound, "a rate", percent, context);
  return decided === undefined ? undefined : { kind: "constant", value: decided };
}

function readDisagreement(base: Base, clause: Clause, tolerance: number, context: Context): StageRequirement | undefined {
  if (!clause.comparison.startsWith("<")) return context.report(clause.subject, "wrong-clause", "a stage limits how much may differ: `disagreement < 5%`");
  const share = readNumber(clause.bound, "share", "`disagreement`", context);
  const max = share === undefined ? undefined : deciding(share, clause.comparison, fraction, clause.bound, "a share", percent, context);
  return max === undefined || !spelledAs("<", clause, "a share of mirrored requests", context) ? undefined : { ...base, kind: "disagreement", max, tolerance };
}

function readLatency(base: Base, quantile: string, clause: Clause, context: Context): StageRequirement | undefined {
  if (!clause.comparison.startsWith("<")) return context.report(clause.subject, "wrong-clause", "a stage limits latency: `latency.p99 < 20ms`");
  const maxMs = readNumber(clause.bound, "duration", "`latency`", context, { above: 0 });
  return maxMs === undefined || !spelledAs("<", clause, "a latency", context) ? undefined : { ...base, kind: "latency", quantile: Number(quantile.slice(1)) / 100, maxMs };
}
