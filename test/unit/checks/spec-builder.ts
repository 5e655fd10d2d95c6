/** Pieces of a compiled spec with sensible defaults, so that a test says only what it is about. */
import { compiledSpecVersion } from "../../../grammar/compiled-spec/index.ts";
import type {
  Aggregate, AggregateName, Column, CompiledSpec, Dataset, DatasetColumn, DatasetFeature, Encoding, Evaluation, Expression, FeatureDefinition,
  FeatureView, Label, MetricRequirement, Model, ModelInput, Origin, Policy, PolicyRule, Rollout, ScalarKind, Service, Slo, Source, Stage,
  StageRequirement, Suppression, ValueType,
} from "../../../grammar/compiled-spec/index.ts";
import { runChecks, type RunOptions } from "../../../language-server/checks/run-checks.ts";
import type { Finding } from "../../../language-server/checks/finding.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A place of ten characters on a line. */
export const line = (n: number, file = 0): Origin => ({ file, range: [n, 0, n, 10] });
const named = (name: string) => ({ name, doc: null, origin: line(0), at: {} });
const type = (kind: ScalarKind, nullable = false): ValueType => ({ kind, nullable });
const tagged = (...tags: readonly string[]) => tags.map((name) => ({ name, argument: null }));

// Expressions

export const col = (column: string, kind: ScalarKind = "float"): Expression => ({ op: "column", type: type(kind), column });
export const num = (value: number): Expression => ({ op: "literal", type: type("float"), value });
export const text = (value: string): Expression => ({ op: "literal", type: type("string"), value });
export const call = (fn: string, ...args: readonly Expression[]): Expression => ({ op: "call", type: type("float"), fn, args });
export const when = (condition: Expression, then: Expression, otherwise: Expression): Expression =>
  ({ op: "if", type: then.type, when: condition, then, else: otherwise });
/** The value of an aggregate. */
export const agg = (aggregate: Aggregate): Expression => ({ op: "aggregate", type: aggregate.type, aggregate });

export const over = (fn: AggregateName, argument: Expression | null, fromMs: number | null, toMs = 0, where: Expression | null = null): Aggregate =>
  ({ fn, argument, where, window: { fromMs, toMs }, type: type("float") });
/** `count() over …` */
export const countOver = (fromMs: number | null, toMs = 0): Aggregate => over("count", null, fromMs, toMs);

// Data

export const column = (name: string, more: { kind?: ScalarKind; tags?: readonly string[]; entity?: string; value?: Expression } = {}): Column => ({
  ...named(name), type: type(more.kind ?? "string"), entity: more.entity ?? null, tags: tagged(...(more.tags ?? [])), physical: name, value: more.value ?? null,
});
export const source = (name: string, columns: readonly Column[], more: Partial<Source> = {}): Source => ({
  ...named(name), read: { format: "parquet", paths: [`${name}.parquet`] }, folder: ".", time: null, latenessMs: 0, volumePerMs: null, retainMs: null, purpose: [],
  columns: [...columns], expect: [], ...more,
});

export const feature = (name: string, value: Expression | Aggregate, more: Partial<Omit<FeatureDefinition, "tags">> & { tags?: readonly string[] } = {}): FeatureDefinition => {
  const rest = { ...more, tags: tagged(...(more.tags ?? [])) };
  return "op" in value
    ? { ...named(name), type: value.type, value, ...rest }
    : { ...named(name), type: value.type, value: agg(value), ...rest };
};
/** Features of an entity, from a source's events. */
export const view = (name: string, entity: string, from: string, definitions: readonly FeatureDefinition[], more: Partial<FeatureView> = {}): FeatureView => ({
  ...named(name), entity, from: { kind: "source", source: from }, where: null, definitions: [...definitions], refreshMs: hour, maxAgeMs: null, online: true, owner: null, ...more,
});
/** Features computed from the request. */
export const requestView = (name: string, fields: readonly Column[], definitions: readonly FeatureDefinition[]): FeatureView => ({
  ...view(name, "", "", definitions), entity: null, from: { kind: "request", columns: [...fields] },
});

export const rowLabel = (name: string, of: string, value: Expression, more: Partial<Label> = {}): Label =>
  ({ ...named(name), of, type: type("bool"), rule: { kind: "row", value }, ...more });
/** `exists(events where same(…)) within …` */
export const laterLabel = (name: string, of: string, events: string, withinMs: number, more: Partial<Label> = {}): Label => ({
  ...named(name), of, type: type("bool"),
  rule: { kind: "later-events", events, same: [], value: call("greater", agg(countOver(0, withinMs)), num(0)), withinMs }, ...more,
});

export const exampleColumn = (name: string, more: Partial<DatasetColumn> = {}): DatasetColumn =>
  ({ name, type: type("string"), tags: [], origin: line(0), role: "feature", from: { kind: "example", column: name, field: name }, ...more });
/** `history.bought_28d`, joined by the examples' column `key`. */
export const entityColumn = (name: string, key: string, more: Partial<DatasetColumn> = {}): DatasetColumn => {
  const [viewName = "", featureName = ""] = name.split(".");
  return { name, type: type("float"), tags: [], origin: line(0), role: "feature", from: { kind: "entity-feature", view: viewName, feature: featureName, key }, ...more };
};
/** A feature of the example's own row, with the dataset's columns put in. */
export const rowFeature = (name: string, value: Expression): DatasetFeature => ({ name, type: value.type, value, origin: line(0), view: name.split(".")[0] ?? null });
export const dataset = (name: string, examples: string, label: string, columns: readonly DatasetColumn[], more: Partial<Dataset> = {}): Dataset => ({
  ...named(name), examples, where: null, onePer: [], label, columns: [...columns],
  features: columns.filter((c) => c.role === "feature").map((c) => ({ name: c.name, type: c.type, value: col(c.name, c.type.kind), origin: c.origin, view: c.from.kind === "example" ? null : c.from.view })),
  weight: null, split: { kind: "time", train: 0.8, validate: 0.1, test: 0.1 }, test: null, quarantines: [], ...more,
});

// Models and their release

export const input = (name: string, value: Expression, encode: Encoding = { kind: "standardize" }): ModelInput => ({ name, origin: line(0), value, encode });
export const fallback = (name: string, value: Expression = num(0.5)) => ({ ...named(name), value });
export const model = (name: string, from: string, inputs: readonly ModelInput[], more: Partial<Model> = {}): Model => ({
  ...named(name), dataset: from, label: "", task: "binary", inputs: [...inputs], network: [],
  train: {
    optimizer: { kind: "sgd", rate: 0.01, momentum: 0, weightDecay: 0 }, batch: 32, epochs: 1, seed: 1, patience: null, device: "cpu", engine: "onnxruntime", budgetMs: null,
  },
  fallbacks: [], owner: null, ...more,
});
export const atLeast = (metric: MetricRequirement["metric"], value: number): MetricRequirement =>
  ({ origin: line(0), text: `${metric} >= ${value}`, metric, comparison: ">=", bound: { kind: "constant", value }, by: null });
export const evaluation = (name: string, of: string, requirements: readonly MetricRequirement[], more: Partial<Evaluation> = {}): Evaluation =>
  ({ ...named(name), model: of, metrics: ["auc"], threshold: 0.5, slices: [], minRows: 30, baselines: [], requirements: [...requirements], ...more });
export const service = (name: string, of: string, more: Partial<Service> = {}): Service =>
  ({ ...named(name), model: of, batch: { size: 1, waitMs: 0 }, timeoutMs: 50, otherwise: null, log: null, volumePerMs: null, ...more });
export const slo = (name: string, of: string, objective: number, windowMs: number, more: Partial<Slo> = {}): Slo =>
  ({ ...named(name), target: { kind: "service", name: of }, indicator: { kind: "succeeded" }, objective, windowMs, respond: null, ...more });
export const respond = (detectMs: number, decideMs: number, recoverMs: number) => ({ detectMs, decideMs, recoverMs });

export const errorsUpTo = (factor: number, offset = 0): StageRequirement =>
  ({ origin: line(0), text: "rate(errors) <= control", kind: "error-rate", comparison: "<=", bound: { kind: "control", factor, offset } });
export const rateAtLeast = (label: string, factor: number, offset = 0): StageRequirement =>
  ({ origin: line(0), text: `rate(${label}) >= control * ${factor}`, kind: "label-rate", label, comparison: ">=", bound: { kind: "control", factor, offset } });
export const stage = (name: string, traffic: number, holdMs: number, requirements: readonly StageRequirement[] = [], more: Partial<Stage> = {}): Stage =>
  ({ ...named(name), traffic, holdMs, atMostMs: 14 * 86_400_000, overdue: "roll-back", requirements: [...requirements], approve: null, ...more });
export const rollout = (name: string, of: string, on: string, stages: readonly Stage[], more: Partial<Rollout> = {}): Rollout =>
  ({ ...named(name), model: of, service: on, unit: null, stages: [...stages], alpha: 0.05, power: 0.8, ...more });
export const policy = (name: string, ...rules: readonly PolicyRule[]): Policy => ({ ...named(name), rules: [...rules] });
export const deny = (tags: readonly string[], unless: readonly string[] = []): PolicyRule => ({
  origin: line(0), text: `inputs where ${[...tags, ...unless.map((tag) => `not ${tag}`)].join(" and ")}`, kind: "deny-inputs", tags: [...tags], unless: [...unless],
});
export const ignore = (check: string, at: number, reason = "weighed"): Suppression => ({ check, reason, file: 0, line: at, comment: [at, 0, at, 30] });

export const spec = (parts: Partial<CompiledSpec>): CompiledSpec => ({
  version: compiledSpecVersion, files: [{ path: "shop.mlspec", sha256: "" }], entities: [], sources: [], features: [], labels: [], datasets: [], models: [], evaluations: [], services: [], slos: [],
  rollouts: [], policies: [], roles: [], suppressions: [], ...parts,
});

/** A healthy spec of a shop that ranks what it shows: no check has anything to say. Tests replace the kinds they are about. */
export const shop = (parts: Partial<CompiledSpec> = {}): CompiledSpec => spec({
  entities: [{ ...named("shopper"), key: "shopper_id" }],
  sources: [impressions(), purchases()],
  features: [view("history", "shopper", "purchases", [feature("bought_28d", countOver(-28 * day))])],
  labels: [laterLabel("purchased", "impressions", "purchases", day)],
  datasets: [dataset("shown", "impressions", "purchased", [entityColumn("history.bought_28d", "shopper_id"), exampleColumn("country"), exampleColumn("email", { role: "slice" })])],
  models: [model("ranker", "shown", [input("bought", col("history.bought_28d")), input("country", col("country"))], { fallbacks: [fallback("usual")] })],
  evaluations: [evaluation("quality", "ranker", [atLeast("auc", 0.7)])],
  services: [service("recommend", "ranker", { otherwise: "usual" })],
  slos: [slo("available", "recommend", 0.995, 7 * day, { respond: respond(5 * minute, 10 * minute, 5 * minute) })],
  rollouts: [rollout("release", "ranker", "recommend", [stage("canary", 0.1, 4 * hour, [errorsUpTo(1)]), stage("full", 1, 0)])],
  ...parts,
});

export const impressions = (more: Partial<Source> = {}): Source => source("impressions", [
  column("shopper_id", { entity: "shopper", tags: ["pii"] }), column("email", { tags: ["pii"] }), column("country"), column("shown_at", { kind: "timestamp" }),
], { time: "shown_at", latenessMs: minute, volumePerMs: 480_000 / day, retainMs: 400 * day, ...more });

export const purchases = (more: Partial<Source> = {}): Source => source("purchases", [
  column("shopper_id", { entity: "shopper", tags: ["pii"] }), column("price", { kind: "float" }), column("bought_at", { kind: "timestamp" }),
], { time: "bought_at", latenessMs: 0, retainMs: 400 * day, ...more });

/** The findings of one check. */
export const findings = (id: string, of: CompiledSpec, options: RunOptions = {}): readonly Finding[] => runChecks(of, options).filter(({ check }) => check === id);
export const messages = (id: string, of: CompiledSpec): readonly string[] => findings(id, of).map(({ message }) => message);
