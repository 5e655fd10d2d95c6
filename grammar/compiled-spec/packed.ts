/**
 * Expressions as JSON. JSON has no references, and written as trees two definitions that each name the other twice double the text at
 * every level. So wherever expressions leave the process (`mlspec compile`, the registry, hashes) what is equal is written once, in
 * the table `expressions` beside it, and `{ "op": "shared", "index": n }` stands for it; entries refer only to earlier ones.
 *
 * What is in the table depends on the content alone, not on which objects it was made of: equal data have equal text and hashes.
 */
import type { Aggregate, Expression, SharedPart } from "./expression.ts";
import { fold, partsOf, partsOver } from "./walk.ts";

type Json = unknown;

/** `content` with the expressions that it shares beside it. */
export type Packed<T extends object> = T & { readonly expressions?: readonly Json[] };

/** What is nested deeper than this stands in the table too: readers of JSON have call stacks. */
const deepest = 40;

const operations: ReadonlySet<unknown> = new Set<Expression["op"]>(["literal", "column", "aggregate", "call", "if"]);
const isExpression = (value: object): value is Expression => "op" in value && operations.has(value.op) && "type" in value;
const isShared = (value: object): value is SharedPart => "op" in value && value.op === "shared";

const inside = (expression: Expression): readonly Expression[] => (expression.op === "aggregate" ? partsOver(expression.aggregate) : partsOf(expression));

/** The inverse of `unpacked`. `content` is plain data; it is not changed. */
export function packed<T extends object>(content: T): Packed<T> {
  const roots = expressionsIn(content);
  const { idOf, distinct } = interned(roots);
  const table = chosen(roots, idOf, distinct);
  const expressions: Json[] = [];
  const written: Json[] = [];
  for (const [id, expression] of distinct.entries()) {
    const json = withChildren(expression, inside(expression).map((part) => written[idOf(part)]));
    written[id] = table.has(id) ? { op: "shared", index: expressions.push(json) - 1 } satisfies SharedPart : json;
  }
  return { ...(replaced(content, (value) => (isExpression(value) ? written[idOf(value)] : undefined)) as T), expressions };
}

/** Equal parts become one object again. Data without a table come back as they are. */
export function unpacked<T extends object>(content: Packed<T>): T {
  const { expressions = [], ...rest } = content;
  const table: Json[] = [];
  const link = (value: object): Json => {
    if (!isShared(value)) return undefined;
    if (value.index < table.length) return table[value.index];
    throw new RangeError(`expression ${value.index} is referred to before it is written`);
  };
  for (const expression of expressions) table.push(replaced(expression, link));
  return replaced(rest, link) as T;
}

/** In an order that does not depend on that of the keys. */
function expressionsIn(content: Json): Expression[] {
  const found: Expression[] = [];
  const look = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) value.forEach(look);
    else if (isExpression(value)) found.push(value);
    else for (const key of Object.keys(value).sort()) look((value as Readonly<Record<string, Json>>)[key]);
  };
  look(content);
  return found;
}

interface Interned {
  /** The same for equal expressions. */
  readonly idOf: (expression: Expression) => number;
  /** One expression for each number; its parts have smaller numbers. */
  readonly distinct: readonly Expression[];
}

function interned(roots: readonly Expression[]): Interned {
  const ids = new Map<string, number>();
  const distinct: Expression[] = [];
  const idOf = fold<number>((expression, of) => {
    const key = textOf(expression, inside(expression).map(of));
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, distinct.length);
    return distinct.push(expression) - 1;
  }, inside);
  roots.forEach(idOf);
  return { idOf, distinct };
}

/** Equal for equal expressions, given the numbers of the parts. */
function textOf(expression: Expression, parts: readonly number[]): string {
  const { op, type: { kind, nullable } } = expression;
  switch (expression.op) {
    case "literal": return JSON.stringify([op, kind, nullable, expression.value]);
    case "column": return JSON.stringify([op, kind, nullable, expression.column]);
    case "call": return JSON.stringify([op, kind, nullable, expression.fn, ...parts]);
    case "if": return JSON.stringify([op, kind, nullable, ...parts]);
    case "aggregate": {
      const { fn, argument, where, window, type } = expression.aggregate;
      return JSON.stringify([op, kind, nullable, fn, window.fromMs, window.toMs, type.kind, type.nullable, argument === null, where === null, ...parts]);
    }
  }
}

/** The numbers of what stands in the table: more than a name or a constant, and needed twice, or nested too deep. */
function chosen(roots: readonly Expression[], idOf: Interned["idOf"], distinct: readonly Expression[]): ReadonlySet<number> {
  const uses = distinct.map(() => 0);
  const use = (expression: Expression): void => void (uses[idOf(expression)]! += 1);
  roots.forEach(use);
  for (const expression of distinct) inside(expression).forEach(use);
  const table = new Set<number>();
  const depths: number[] = [];
  for (const [id, expression] of distinct.entries()) {
    const depth = 1 + Math.max(0, ...inside(expression).map((part) => depths[idOf(part)] ?? 0));
    const isLeaf = expression.op === "literal" || expression.op === "column";
    if (!isLeaf && (uses[id]! > 1 || depth >= deepest)) table.add(id);
    depths[id] = table.has(id) ? 0 : depth;
  }
  return table;
}

/** The expression with something else in its parts' places, in the order of `inside`. */
function withChildren(expression: Expression, children: readonly Json[]): Json {
  switch (expression.op) {
    case "literal": case "column": return expression;
    case "call": return { ...expression, args: children };
    case "if": {
      const [when, then, otherwise] = children;
      return { ...expression, when, then, else: otherwise };
    }
    case "aggregate": {
      const { aggregate } = expression;
      const next = children.values();
      const part = (before: Aggregate["argument"]): Json => (before === null ? null : next.next().value);
      return { ...expression, aggregate: { ...aggregate, argument: part(aggregate.argument), where: part(aggregate.where) } };
    }
  }
}

/** Plain data with some objects in it replaced, the outermost first; `undefined` keeps one and looks inside it. */
function replaced(value: Json, by: (value: object) => Json): Json {
  if (typeof value !== "object" || value === null) return value;
  const instead = by(value);
  if (instead !== undefined) return instead;
  if (Array.isArray(value)) return value.map((each) => replaced(each, by));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, by)]));
}
