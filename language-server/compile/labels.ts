import type { Aggregate, Expression as Code, Label as CompiledLabel } from "../../grammar/compiled-spec/index.ts";
import {
  isBinary, isCall, isColumn, isEntity, isGroup, isMember, isQualified, isSource,
  type Call, type Column, type Expression, type Label, type Source,
} from "../../grammar/generated/ast.ts";
import { namedBy, valueOf } from "../language/navigate.ts";
import { inWords, scalarKind, type, valueType } from "../types/type.ts";
import { aggregateType, aggregateValue, isAggregate } from "./aggregates.ts";
import { soleName } from "./arguments.ts";
import { allowQualifiers, readName } from "./clauses.ts";
import { fitTo, readType, rowEnv } from "./columns.ts";
import { numbersIn } from "./numbers.ts";
import { textOf } from "./context.ts";
import type { Elaboration } from "./reading.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { checkFilter, varying } from "./same-in-every-row.ts";
import { keyColumns, reportSeveral } from "./features.ts";
import { reportIdle } from "./idle.ts";
import { reportTakenLabel } from "./taken-names.ts";
import { callOf, literal, type Typed } from "./typed.ts";

type Pair = { readonly example: string; readonly event: string };
interface LaterEvents {
  readonly events: Source;
  readonly same: readonly Pair[];
  readonly aggregate: Aggregate;
}

export function compileLabel(node: Label, elaboration: Elaboration): CompiledLabel | undefined {
  const { context } = elaboration;
  const of = namedBy(valueOf(node, "of"));
  const is = valueOf(node, "is");
  const declared = readType(node.type, context);
  const within = numbersIn("Label", node, context).perhaps("within") ?? undefined;
  reportTakenLabel(node, context);
  if (of !== undefined && !isSource(of)) context.report(valueOf(node, "of") ?? node, "wrong-kind", `\`of\` expects a source, but \`${of.name ?? ""}\` is a ${of.$type.toLowerCase()}`);
  if (!isSource(of) || is === undefined || typeof node.name !== "string") return undefined;
  const later: LaterEvents[] = [];
  const env = labelEnv(of, later, within ?? 0, elaboration);
  const value = varying(check(is, env, context), is, env, context);
  if (value !== undefined) checkTimes(node, of, later, within, elaboration);
  const fitted = value && (declared === undefined ? value : fitTo(value, declared, is, `\`${node.name}\``, context));
  if (fitted === undefined) return undefined;
  const base = { ...context.named(node), of: of.name, type: valueType(declared ?? fitted.type) };
  const events = later[0];
  if (events === undefined) return { ...base, rule: { kind: "row", value: fitted.code } };
  if (within === undefined) return undefined;
  return { ...base, rule: { kind: "later-events", events: events.events.name, same: [...events.same], value: fitted.code, withinMs: within } };
}

/** A label by later events needs event times on both sides and an end; a label from the row has no use for one. */
function checkTimes(node: Label, of: Source, later: readonly LaterEvents[], within: number | undefined, { context }: Elaboration): void {
  const events = later[0]?.events;
  const given = valueOf(node, "within");
  if (events === undefined) {
    reportIdle(node, ["within"], "it waits for later events, but `is` looks at the row alone", context);
    return;
  }
  if (given === undefined) context.report(node, "missing-property", `\`${node.name}\` waits for later events: \`within\` says for how long`, { property: "name", hint: "For example `within: 24h`." });
  for (const source of new Set([of, events])) {
    if (valueOf(source, "time") === undefined) context.report(valueOf(node, "is") ?? node, "missing-time", `\`${source.name}\` has no event time, so nothing says which events are later`, { hint: "Give the source `time: column`.", related: [context.related(source, "the source")] });
  }
}

function labelEnv(of: Source, later: LaterEvents[], within: number, elaboration: Elaboration): Env {
  const { context } = elaboration;
  return rowEnv(context.names.columnsOf(of), elaboration, `\`${of.name}\``, {
    call: (call) => {
      if (call.function === "same") return context.report(call, "wrong-clause", "`same(…)` compares an event with the row: it stands behind `where` in `exists(source where …)`");
      if (call.function !== "exists" && !isAggregate(call)) return null;
      const found = readEvents(call, of, elaboration);
      if (found === undefined) return undefined;
      if (later.length > 0) return context.report(call, "unsupported", "a label looks at one kind of later event");
      later.push(found);
      const reference = aggregateValue({ ...found.aggregate, window: { fromMs: 0, toMs: within } });
      return call.function === "exists" ? callOf(type("bool"), "greater", [reference, literal(type("int"), 0)]) : reference;
    },
  });
}

/** `purchases where same(shopper) and price > 10`, `purchases.price where …` */
function readEvents(call: Call, of: Source, elaboration: Elaboration): LaterEvents | undefined {
  const { context } = elaboration;
  const argument = call.arguments[0]?.value;
  if (argument === undefined || call.arguments.length !== 1) return context.report(call, "wrong-arguments", `\`${call.function}\` takes the events: \`${call.function}(source where same(entity))\``);
  if (call.window !== undefined) return context.report(call.window, "wrong-window", "a label's events are those after the row: `within` says for how long");
  if (call.arguments[0]?.name !== undefined) return context.report(call.arguments[0], "wrong-arguments", `\`${call.function}\` takes the events without a name for them`, { property: "name" });
  if (isQualified(argument) && !allowQualifiers(argument, ["where"], context)) return undefined;
  const subject = isQualified(argument) ? argument.subject : argument;
  const named = readName(subject, "a source, or a column of one,", context);
  if (named === undefined) return undefined;
  const events = isSource(named) ? named : isMember(subject) ? namedBy(subject.receiver) : undefined;
  if (!isSource(events)) return context.report(subject, "wrong-kind", `\`${call.function}\` looks at later events: \`${textOf(subject)}\` is not a source`);
  const row = context.names.columnsOf(events);
  const terms = isQualified(argument) && argument.where !== undefined ? conjuncts(argument.where) : [];
  const same = terms.filter(isSame).map((term) => samePair(term, of, events, elaboration));
  const rest = terms.filter((t) => !isSame(t));
  const env = rowEnv(row, elaboration, `\`${events.name}\``, { call: (inner) => (inner.function === "same" ? context.report(inner, "wrong-clause", "`same(…)` may only be joined to other conditions by `and`") : null) });
  const filters = rest.map((term) => checkFilter(term, "`where`", env, context));
  const value = isSource(named) || !isColumn(named) ? null : env.resolve(named, subject);
  if (same.length === 0) return context.report(argument, "wrong-clause", "whose events? Say what an event and the row have in common", { hint: `For example \`where same(entity)\`.` });
  if (same.includes(undefined) || filters.includes(undefined) || value === undefined) return undefined;
  const aggregate = readEventAggregate(call, value, filters.filter((f) => f !== undefined), elaboration);
  return aggregate && { events, same: same.filter((p) => p !== undefined), aggregate };
}

function readEventAggregate(call: Call, value: Typed | null, filters: readonly Typed[], { context }: Elaboration): Aggregate | undefined {
  const fn = call.function === "exists" ? "count" : call.function as Aggregate["fn"];
  const counts = fn === "count";
  if (counts !== (value === null)) {
    const at = call.arguments[0]?.value ?? call;
    return context.report(at, "wrong-arguments", counts ? `\`${call.function}\` counts events: give it a source` : `\`${call.function}\` needs a column: \`${call.function}(source.column where …)\``);
  }
  const t = aggregateType(fn, value, call.arguments[0]?.value ?? call, context);
  const where = filters.reduce<Code | null>((all, f) => (all === null ? f.code : callOf(type("bool", f.type.nullable || all.type.nullable), "and", [{ type: all.type, code: all }, f]).code), null);
  return t && { fn, argument: value?.code ?? null, where, window: { fromMs: 0, toMs: 0 }, type: valueType(t) };
}

function conjuncts(e: Expression): Expression[] {
  if (isGroup(e)) return conjuncts(e.inner);
  return isBinary(e) && e.operator === "and" ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e];
}

const isSame = (e: Expression): e is Call => isCall(e) && e.function === "same";

/** `same(shopper)`: both sources have a column that refers to the entity. `same(country)`: both have the column. */
function samePair(call: Call, of: Source, events: Source, { context }: Elaboration): Pair | undefined {
  const found = soleName(call, "one entity or column", context);
  if (found === undefined) return undefined;
  const { at: argument, named } = found;
  if (!isEntity(named) && !isColumn(named)) return context.report(argument, "wrong-kind", `\`same\` takes an entity or a column, but \`${textOf(argument)}\` is a ${named.$type.toLowerCase()}`);
  const keys = (source: Source): Column[] => (isEntity(named) ? keyColumns(source, named.name, context) : []);
  const unclear = [of, events].find((source) => keys(source).length > 1);
  if (unclear !== undefined) return reportSeveral(argument, unclear, named.name, keys(unclear), "what is the same", context);
  const find = (source: Source): Column | undefined => (isEntity(named) ? keys(source)[0] : context.names.columnsOf(source).get(named.name));
  const example = find(of);
  const event = find(events);
  if (example !== undefined && event !== undefined) return sameTypes(argument, example, event, of, events, context);
  const lacking = example === undefined ? of : events;
  const missing = isEntity(named) ? `column that refers to \`${named.name}\`` : `column \`${named.name}\``;
  return context.report(argument, "missing-key", `\`${lacking.name}\` has no ${missing}`, { related: [context.related(lacking, "the source")] });
}

function sameTypes(at: Expression, example: Column, event: Column, of: Source, events: Source, context: Elaboration["context"]): Pair | undefined {
  const left = readTypeQuietly(example);
  const right = readTypeQuietly(event);
  if (left !== undefined && right !== undefined && left !== right) {
    return context.report(at, "type-mismatch", `\`${of.name}.${example.name}\` is ${inWords(type(left))} but \`${events.name}.${event.name}\` is ${inWords(type(right))}`);
  }
  return { example: example.name, event: event.name };
}

const readTypeQuietly = (column: Column) => (typeof column.type?.name === "string" ? scalarKind(column.type.name) : undefined);
