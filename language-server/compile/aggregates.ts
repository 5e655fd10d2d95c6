/** Window aggregates: `sum(price where quantity > 0) over 28d`. */
import type { Aggregate, AggregateName, AggregateValue, Window } from "../../grammar/compiled-spec/index.ts";
import { isGroup, isRangeExpression, type Call, type Expression } from "../../grammar/generated/ast.ts";
import { inWords, isNumeric, type, valueType, type Type } from "../types/type.ts";
import { aggregateNames } from "../vocabulary/index.ts";
import { readNumber } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { checkFilter, varying } from "./same-in-every-row.ts";
import type { Typed } from "./typed.ts";

export const isAggregate = (call: Call): boolean => aggregateNames.has(call.function);

/** Aggregates by what they compute. */
export type KnownAggregates = Map<string, AggregateValue>;

/** The aggregate's value; of equal aggregates it is one object. */
export function aggregateValue(aggregate: Aggregate, known: KnownAggregates = new Map()): Typed & { readonly code: AggregateValue } {
  const text = JSON.stringify(aggregate);
  const code = known.get(text) ?? { op: "aggregate", type: aggregate.type, aggregate };
  known.set(text, code);
  const low = aggregate.fn === "count" || aggregate.fn === "distinct" || aggregate.fn === "share" ? { low: 0 } : {};
  return { type: aggregate.type, code, ...low };
}

/** `env` is the row of one event. */
export function readAggregate(call: Call, env: Env, context: Context): Aggregate | undefined {
  const fn = call.function as AggregateName;
  const filters = call.arguments.filter((a) => a.filter !== undefined);
  const filter = filters[0]?.filter;
  const extra = filters[1] ?? call.arguments.find((a) => a.name !== undefined);
  if (extra !== undefined) return context.report(extra, "wrong-arguments", extra.name === undefined ? "join conditions by `and`: `where` may stand only once" : `\`${fn}\` has no argument \`${extra.name}\``);
  const values = call.arguments.filter((a) => a.value !== undefined);
  const wanted = fn === "count" ? 0 : 1;
  if (values.length !== wanted) {
    return context.report(call, "wrong-arguments", fn === "count" ? "`count()` counts events: it takes no value, only `where …`" : `\`${fn}(…)\` takes one value`);
  }
  const argument = wanted === 0 ? null : varying(check(values[0]?.value, env, context), values[0]?.value, env, context);
  const where = filter === undefined ? null : checkFilter(filter, "`where`", env, context);
  const window = readWindow(call.window, context);
  if (argument === undefined || where === undefined || window === undefined) return undefined;
  const t = aggregateType(fn, argument, values[0]?.value ?? call, context);
  return t && { fn, argument: argument?.code ?? null, where: where?.code ?? null, window, type: valueType(t) };
}

/** Over no events `count` and `distinct` are 0 and everything else is missing. */
export function aggregateType(fn: AggregateName, argument: Typed | null, at: Expression, context: Context): Type | undefined {
  const given = argument?.type;
  const refuse = (wanted: string): undefined => context.report(at, "type-mismatch", `\`${fn}\` needs ${wanted}, but this is ${given === undefined ? "nothing" : inWords(given)} (${textOf(at)})`);
  switch (fn) {
    case "count": case "distinct": return type("int");
    case "share": return given?.kind === "bool" ? type("float", true) : refuse("a condition");
    case "sum": case "avg":
      if (given === undefined || !(isNumeric(given) || given.kind === "duration")) return refuse("a number or a duration");
      return type(given.kind === "duration" ? "duration" : fn === "avg" ? "float" : given.kind, true);
    case "min": case "max": return given === undefined || given.kind === "bool" || given.kind === "null" ? refuse("something that has an order") : type(given.kind, true);
    case "last": return given === undefined || given.kind === "null" ? refuse("a value") : type(given.kind, true);
  }
}

/** `7d` looks back seven days from the example; `-2d..-1d` is the day before yesterday; nothing looks at all there is. */
export function readWindow(e: Expression | undefined, context: Context): Window | undefined {
  if (e === undefined) return { fromMs: null, toMs: 0 };
  const window = isGroup(e) ? e.inner : e;
  if (isRangeExpression(window)) {
    const from = readNumber(window.low, "duration", "a window", context);
    const to = readNumber(window.high, "duration", "a window", context);
    if (from === undefined || to === undefined) return undefined;
    if (from >= to) return context.report(e, "wrong-window", `the window ${textOf(e)} is empty: it must begin before it ends`, { hint: "A window is relative to the example: `-7d..0d` are the seven days before it." });
    return { fromMs: from, toMs: to };
  }
  const length = readNumber(window, "duration", "a window", context);
  if (length === undefined) return undefined;
  if (length <= 0) return context.report(e, "wrong-window", `the window ${textOf(e)} is empty`, { hint: "`over 7d` are the seven days before the example." });
  return { fromMs: -length, toMs: 0 };
}
