/** What an expression reads, and through what. */
import { fold, partsOf, partsOver, union, type Expression } from "../../grammar/compiled-spec/index.ts";
import { tagOperations } from "./tag-operations.ts";

/**
 * One place where an expression names a column.
 * `value`: the column's value, or a part of it, is in the result. `selects`: it only decides which rows are looked at, how
 * many there are, or whether a value is there at all.
 */
export interface Read {
  readonly column: string;
  readonly as: "value" | "selects";
  /** Names of the functions and aggregates around it, outermost first, each once; `if` for a condition. */
  readonly through: readonly string[];
}

/** Results that say how many or whether, never what. */
const onlyCounts: ReadonlySet<string> = new Set(["count", "distinct", "is_null"]);

/** Of the ways to one part that do the same to a value's tags, the first so many in the order of the text: there may be 2^n. */
const mostWays = 8;

type Way = Omit<Read, "column">;

/** Every read of `expression`, in the order of the text; a part that stands in several places is read once for each way there. */
export function readsOf(expression: Expression): Read[] {
  const reads: Read[] = [];
  const admit = gate();
  const open: { readonly part: Expression; readonly way: Way }[] = [{ part: expression, way: { as: "value", through: [] } }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, way } = next;
    if (!admit(part, way)) continue;
    if (part.op === "column") reads.push({ column: part.column, ...way });
    open.push(...waysInto(part, way).reverse());
  }
  return reads;
}

function waysInto(part: Expression, way: Way): { part: Expression; way: Way }[] {
  switch (part.op) {
    case "literal": case "column": return [];
    case "call": {
      const inside = into(way, part.fn, onlyCounts.has(part.fn) ? "selects" : way.as);
      return part.args.map((argument) => ({ part: argument, way: inside }));
    }
    case "if": return [{ part: part.when, way: into(way, "if", way.as) }, { part: part.then, way }, { part: part.else, way }];
    case "aggregate": {
      const { fn, argument, where } = part.aggregate;
      const over = argument === null ? [] : [{ part: argument, way: into(way, fn, onlyCounts.has(fn) ? "selects" : way.as) }];
      return where === null ? over : [...over, { part: where, way: into(way, fn, "selects") }];
    }
  }
}

const into = ({ through }: Way, name: string, as: Read["as"]): Way => ({ as, through: through.includes(name) ? through : [...through, name] });

/** Lets each way to a part pass once, and of many ways that make no difference to tags the first few. */
function gate(): (part: Expression, way: Way) => boolean {
  const passed = new Map<Expression, Map<string, Set<string>>>();
  return (part, { as, through }) => {
    const kinds = passed.get(part) ?? new Map<string, Set<string>>();
    passed.set(part, kinds);
    const kind = [as, ...through.filter((name) => tagOperations.has(name))].join(" ");
    const ways = kinds.get(kind) ?? new Set<string>();
    kinds.set(kind, ways);
    const text = through.join(" ");
    if (ways.has(text) || ways.size >= mostWays) return false;
    ways.add(text);
    return true;
  };
}

const inside = (part: Expression): readonly Expression[] => (part.op === "aggregate" ? partsOver(part.aggregate) : partsOf(part));

/** All columns that the expression names, each once, in the order of the text. */
export const columnsRead: (expression: Expression) => ReadonlySet<string> = fold(
  (part, of) => (part.op === "column" ? new Set([part.column]) : union(inside(part).map(of))), inside,
);

/** The columns whose values are in the result, each once. */
export const valueColumns: (expression: Expression) => ReadonlySet<string> = fold(
  (part, of) => (part.op === "column" ? new Set([part.column]) : union(partsInValue(part).map(of))), partsInValue,
);

function partsInValue(part: Expression): readonly Expression[] {
  if (part.op === "call") return onlyCounts.has(part.fn) ? [] : part.args;
  if (part.op !== "aggregate") return partsOf(part);
  const { fn, argument } = part.aggregate;
  return argument === null || onlyCounts.has(fn) ? [] : [argument];
}

/** Numbers that are equal for equal computations. Types do not take part: they may be widened where a value is used. */
export function computations(): (expression: Expression) => number {
  const numbers = new Map<string, number>();
  return fold<number>((part, of) => {
    const text = JSON.stringify([part.op, ...namesIn(part), ...inside(part).map(of)]);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  }, inside);
}

function namesIn(part: Expression): readonly unknown[] {
  switch (part.op) {
    case "literal": return [part.value];
    case "column": return [part.column];
    case "call": return [part.fn];
    case "if": return [];
    case "aggregate": return [part.aggregate.fn, part.aggregate.window, part.aggregate.argument === null];
  }
}
