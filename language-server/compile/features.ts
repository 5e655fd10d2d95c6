import { aggregatesOf, columnsIn, type Aggregate, type Expression as Code, type FeatureView } from "../../grammar/compiled-spec/index.ts";
import {
  isColumn, isDefinition, isFeatures, isQualified, isRequestShape, isSource,
  type Call, type Column, type Definition, type Expression, type Features, type Named, type Source,
} from "../../grammar/generated/ast.ts";
import { definitions, namedBy, valueOf } from "../language/navigate.ts";
import type { NameTable } from "../language/names.ts";
import { showDuration } from "../language/quantity.ts";
import { written } from "../language/whole.ts";
import { valueType } from "../types/type.ts";
import { aggregateValue, isAggregate, readAggregate } from "./aggregates.ts";
import { notInRow, readTags, rowEnv } from "./columns.ts";
import { readText, readTruth } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { numbersIn } from "./numbers.ts";
import type { CheckedDefinition, Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { reportIdle } from "./idle.ts";
import { check } from "./expressions.ts";
import { checkFilter, severalValues, varying } from "./same-in-every-row.ts";
import type { Typed } from "./typed.ts";

type Origin = { readonly kind: "source"; readonly source: Source } | { readonly kind: "request"; readonly columns: readonly Column[] };

export function originOfView(node: Features): Origin | undefined {
  const from = valueOf(node, "from");
  if (isRequestShape(from)) return { kind: "request", columns: from.columns };
  const named = namedBy(from);
  return isSource(named) ? { kind: "source", source: named } : undefined;
}

export function compileFeatures(node: Features, elaboration: Elaboration): FeatureView | undefined {
  const { context } = elaboration;
  const origin = checkOrigin(node, context);
  const where = compileWhere(node, origin, elaboration);
  if (node.entity !== undefined && origin !== undefined) checkJoin(node, origin, context);
  const { perhaps } = numbersIn("Features", node, context);
  const [refreshMs, maxAgeMs] = [perhaps("refresh"), perhaps("max_age")];
  const online = readTruth(valueOf(node, "online"), "`online`", context) ?? true;
  const owner = readText(valueOf(node, "owner"), "`owner`", context) ?? null;
  if (node.entity === undefined) reportIdle(node, ["refresh", "max_age", "online"], "without `for` the features are computed from the row itself, for each request", context);
  else if (!online) reportIdle(node, ["refresh", "max_age"], "the features are computed for training only (`online: false`)", context);
  else checkAge(node, refreshMs, maxAgeMs, context);
  const compiled = definitions(node).map((d) => elaboration.definition(d)?.compiled).filter((d) => d !== undefined);
  if (origin?.kind === "request" && compiled.length === definitions(node).length) reportUnread(origin.columns, compiled.map(({ value }) => value), context);
  if (origin === undefined || where === undefined || typeof node.name !== "string") return undefined;
  const from: FeatureView["from"] = origin.kind === "source"
    ? { kind: "source", source: origin.source.name }
    : { kind: "request", columns: origin.columns.map((c) => elaboration.column(c)).filter((c) => c !== undefined) };
  return { ...context.named(node), entity: node.entity?.ref?.name ?? null, from, where: where?.code ?? null, definitions: compiled, refreshMs, maxAgeMs, online, owner };
}

/** Values live from one computation to the next. */
function checkAge(node: Features, refreshMs: number | null, maxAgeMs: number | null, context: Context): void {
  const at = valueOf(node, "max_age");
  if (at === undefined || maxAgeMs === null || (refreshMs !== null && refreshMs <= maxAgeMs)) return;
  const why = refreshMs === null ? "nothing computes them again: `refresh` is not said" : `they are computed again only every ${showDuration(refreshMs)} (\`refresh\`)`;
  context.report(at, "out-of-range", `after ${showDuration(maxAgeMs)} the values count as stale, and ${why}`, { severity: "warning", hint: "`max_age` is longer than `refresh`." });
}

function checkOrigin(node: Features, context: Context): Origin | undefined {
  const origin = originOfView(node);
  const from = valueOf(node, "from");
  if (isRequestShape(from)) reportTwice(from.columns, context);
  if (origin === undefined && from !== undefined && namedBy(from) !== undefined) {
    context.report(from, "wrong-kind", `\`from\` expects a source or \`request { … }\`, but \`${textOf(from)}\` is neither`);
  }
  return origin;
}

function reportTwice(columns: readonly Column[], context: Context): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column.name)) context.report(column, "duplicate-column", `there are two columns \`${column.name}\``, { property: "name" });
    seen.add(column.name);
  }
}

/** Fields that no definition of the view reads are not asked for: `serve` counts them among what it ignores. */
function reportUnread(columns: readonly Column[], values: readonly Code[], context: Context): void {
  const read = new Set(values.flatMap((value) => [...columnsIn(value)]));
  for (const column of columns.filter(({ name }) => !read.has(name))) {
    context.report(column, "no-effect", `no feature here reads \`${column.name}\`: a request need not bring it`, { property: "name", severity: "warning", hint: "Leave it out, or write the feature that was meant." });
  }
}

/** Null: no condition. Undefined: one that does not check. */
function compileWhere(node: Features, origin: Origin | undefined, elaboration: Elaboration): Typed | null | undefined {
  const from = valueOf(node, "from");
  if (!isQualified(from) || from.where === undefined) return null;
  if (origin?.kind !== "source") return undefined;
  const env = rowEnv(elaboration.context.names.columnsOf(origin.source), elaboration, `\`${origin.source.name}\``);
  return checkFilter(from.where, "`where`", env, elaboration.context);
}

/** An entity's aggregates need to know which events are the entity's, and when they happened. */
function checkJoin(node: Features, origin: Origin, context: Context): void {
  const from = valueOf(node, "from") ?? node;
  const entity = node.entity?.ref;
  if (origin.kind === "request") {
    context.report(from, "wrong-kind", "features `for` an entity are aggregates over a source's events: a request has none");
    return;
  }
  const { source } = origin;
  const keys = entity === undefined ? [] : keyColumns(source, entity.name, context);
  if (entity !== undefined && keys.length > 1) reportSeveral(from, source, entity.name, keys, "whose events they are", context);
  if (entity !== undefined && keys.length === 0) {
    context.report(from, "missing-key", `no column of \`${source.name}\` refers to \`${entity.name}\``, {
      hint: `Say which one does: \`id: string -> ${entity.name}\`.`, related: [context.related(source, "the source")],
    });
  }
  if (valueOf(source, "time") === undefined) {
    context.report(from, "missing-time", `\`${source.name}\` has no event time, so its windows have no place in time`, {
      hint: "Give the source `time: column`.", related: [context.related(source, "the source")],
    });
  }
}

/** The columns of a source that hold an entity's key. Where there are several, nothing says which is meant: `reportSeveral`. */
export function keyColumns(source: Source, entity: string, context: Context): Column[] {
  return [...context.names.columnsOf(source).values()].filter((c) => c.entity?.ref?.name === entity);
}

/** `decides`: what only one of them can say. */
export function reportSeveral(at: Expression | Features, source: Source, entity: string, keys: readonly Column[], decides: string, context: Context): undefined {
  const names = keys.map(({ name }) => `\`${name}\``);
  const all = `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""} of \`${source.name}\` ${keys.length === 2 ? "both" : "all"} refer to \`${entity}\``;
  return context.report(at, "ambiguous-entity", `${all}, and only one of them can say ${decides}`, {
    hint: `Leave \`-> ${entity}\` off all but one of them.`, related: keys.map((key) => context.related(key, `refers to \`${entity}\``)),
  });
}

export function compileDefinition(node: Definition, elaboration: Elaboration): CheckedDefinition | undefined {
  const { context } = elaboration;
  const view = node.$container.$container;
  if (!isFeatures(view) || written(node.value) === undefined || typeof node.name !== "string") return undefined;
  const row = context.names.rowOf(view);
  if (row === undefined) return undefined;
  const tags = readTags(node.annotations, context);
  const windows = new Map<Aggregate, Expression>();
  const env = view.entity === undefined ? rowFeatureEnv(view, row, elaboration) : entityFeatureEnv(view, row, windows, elaboration);
  const found = check(node.value, env, context);
  // Without an aggregate an entity's feature is told below, with what to write.
  const value = view.entity === undefined ? varying(found, node.value, env, context) : found && aggregatesOf(found.code).length > 0 ? severalValues(found, node.value, context) : found;
  if (value === undefined) return undefined;
  if (value.type.kind === "null") return context.report(node.value, "type-mismatch", "a feature that is always missing tells nothing");
  const aggregates = aggregatesOf(value.code);
  if (view.entity !== undefined && aggregates.length === 0) {
    return context.report(node.value, "type-mismatch", `a feature of \`${view.entity.$refText}\` is computed over its events`, { hint: "Use an aggregate: `count() over 7d`, `last(price)`." });
  }
  const places = Object.fromEntries(aggregates.flatMap((aggregate, i) => {
    const window = windows.get(aggregate);
    return window === undefined ? [] : [[`window.${i}`, window]];
  }));
  const compiled = { ...context.named(node, { value: node.value, ...places }), type: valueType(value.type), tags, value: value.code };
  return { value, compiled, windows };
}

/** Over the row itself: columns, and sibling definitions put in. */
function rowFeatureEnv(view: Features, row: NameTable, elaboration: Elaboration): Env {
  const fromRequest = originOfView(view)?.kind === "request";
  const columns = rowEnv(row, elaboration, fromRequest ? "the request" : `\`${textOf(valueOf(view, "from"))}\``);
  return {
    servedAs: `\`${view.name}\``,
    names: () => row.keys(),
    resolve: (named, at) => sibling(named, view, elaboration)?.value ?? (isSiblingOf(named, view) ? undefined : columns.resolve(named, at)),
    call: (call) => {
      if (!isAggregate(call)) return null;
      return elaboration.context.report(call, "wrong-arguments", `\`${call.function}\` looks at many rows: that needs to know whose`, { property: "function", hint: `Write \`features ${view.name} for entity\`.` });
    },
  };
}

const isSiblingOf = (named: Named, view: Features): named is Definition => isDefinition(named) && named.$container === view.body;
const sibling = (named: Named, view: Features, elaboration: Elaboration): CheckedDefinition | undefined => (isSiblingOf(named, view) ? elaboration.definition(named) : undefined);

/** Outside of aggregates an entity's feature knows no single event: a bare column is a mistake. */
function entityFeatureEnv(view: Features, row: NameTable, windows: Map<Aggregate, Expression>, elaboration: Elaboration): Env {
  const { context } = elaboration;
  const eventEnv = rowEnv(row, elaboration, `\`${textOf(valueOf(view, "from"))}\``, { call: nested(context) });
  return {
    resolve: (named, at) => {
      if (isSiblingOf(named, view)) return putIn(elaboration.definition(named), windows);
      if (!isColumn(named)) return notInRow(named, at, "the source", context);
      return context.report(at, "type-mismatch", `\`${named.name}\` has a value per event: say which one of them`, { hint: `For example \`last(${named.name})\` or \`avg(${named.name}) over 28d\`.` });
    },
    call: (call) => {
      if (!isAggregate(call)) return null;
      const aggregate = readAggregate(call, eventEnv, context);
      if (aggregate === undefined) return undefined;
      const value = aggregateValue(aggregate, elaboration.aggregatesOf(view));
      if (!windows.has(value.code.aggregate)) windows.set(value.code.aggregate, call.window ?? call);
      return value;
    },
  };
}

const nested = (context: Context) => (call: Call): Typed | undefined | null =>
  isAggregate(call) ? context.report(call, "wrong-arguments", `an aggregate cannot stand inside another: \`${textOf(call)}\``) : null;

/** The sibling's value is the same object wherever it is named. Its windows are told to who names it. */
function putIn(found: CheckedDefinition | undefined, windows: Map<Aggregate, Expression>): Typed | undefined {
  for (const [aggregate, window] of found?.windows ?? []) if (!windows.has(aggregate)) windows.set(aggregate, window);
  return found?.value;
}
