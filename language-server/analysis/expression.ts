/** What an expression reads, and through what. */
import type { Aggregate, Expression } from "../../grammar/compiled-spec/index.ts";

/**
 * One place where an expression names a column.
 * `value`: the column's value, or a part of it, is in the result. `selects`: it only decides which rows are looked at, how
 * many there are, or whether a value is there at all.
 */
export interface Read {
  readonly column: string;
  readonly as: "value" | "selects";
  /** Names of the functions and aggregates around it, outermost first; `if` for a condition. */
  readonly through: readonly string[];
}

/** Results that say how many or whether, never what. */
const onlyCounts: ReadonlySet<string> = new Set(["count", "distinct", "is_null"]);

/** Every read of `expression`, in the order of the text; `aggregates` are those of the enclosing feature definition. */
export function readsOf(expression: Expression, aggregates: readonly Aggregate[] = []): Read[] {
  const reads: Read[] = [];
  visit(expression, "value", []);
  return reads;

  function visit(node: Expression, as: Read["as"], through: readonly string[]): void {
    switch (node.op) {
      case "literal":
        return;
      case "column":
        reads.push({ column: node.column, as, through });
        return;
      case "call":
        for (const argument of node.args) visit(argument, onlyCounts.has(node.fn) ? "selects" : as, [...through, node.fn]);
        return;
      case "if":
        visit(node.when, as, [...through, "if"]);
        visit(node.then, as, through);
        visit(node.else, as, through);
        return;
      case "aggregate":
        visitAggregate(aggregates[node.index], as, through);
    }
  }

  function visitAggregate(aggregate: Aggregate | undefined, as: Read["as"], through: readonly string[]): void {
    if (aggregate === undefined) return;
    const inside = [...through, aggregate.fn];
    if (aggregate.argument !== null) visit(aggregate.argument, onlyCounts.has(aggregate.fn) ? "selects" : as, inside);
    if (aggregate.where !== null) visit(aggregate.where, "selects", inside);
  }
}

/** The columns whose values are in the result, each once. */
export function valueColumns(expression: Expression, aggregates: readonly Aggregate[] = []): ReadonlySet<string> {
  return new Set(readsOf(expression, aggregates).filter((read) => read.as === "value").map((read) => read.column));
}

/** All columns that the expression names, each once. */
export function columnsRead(expression: Expression, aggregates: readonly Aggregate[] = []): ReadonlySet<string> {
  return new Set(readsOf(expression, aggregates).map((read) => read.column));
}

/** The expression with parts put in another's place, the outermost first; `null` keeps a part and looks inside it. */
export function replaceParts(expression: Expression, replacement: (part: Expression) => Expression | null): Expression {
  const replaced = replacement(expression);
  if (replaced !== null) return replaced;
  const inside = (part: Expression): Expression => replaceParts(part, replacement);
  if (expression.op === "call") return { ...expression, args: expression.args.map(inside) };
  if (expression.op === "if") {
    return { ...expression, when: inside(expression.when), then: inside(expression.then), else: inside(expression.else) };
  }
  return expression;
}

/** Two expressions with the same text are the same computation. Types do not take part: they may be widened where it is used. */
export function expressionText(expression: Expression): string {
  switch (expression.op) {
    case "literal":
      return JSON.stringify(expression.value);
    case "column":
      return `[${expression.column}]`;
    case "aggregate":
      return `#${expression.index}`;
    case "call":
      return `${expression.fn}(${expression.args.map(expressionText).join(",")})`;
    case "if":
      return `if(${expressionText(expression.when)},${expressionText(expression.then)},${expressionText(expression.else)})`;
  }
}
