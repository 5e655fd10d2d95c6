/**
 * Expression → DuckDB SQL. The meaning of every function is its doc string in `grammar/compiled-spec/functions.ts`;
 * `runtime/onnx` compiles the same expressions to ONNX and a differential test compares the two.
 *
 * Total: no value makes a query fail. What has no answer (a division by zero, the logarithm of a negative number, a sum beyond
 * 64 bits) is NULL. Expect values without NaN and infinities: `source.ts` reads those as missing.
 */
import type { Call, Expression } from "../../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../errors.ts";
import { functionSql } from "./functions.ts";
import { identifier } from "./quote.ts";
import { castSql, literalSql } from "./types.ts";

/** What names mean where the expression stands: SQL for a column and for an entry of the enclosing `aggregates`. */
export interface Scope {
  readonly column: (name: string) => string;
  readonly aggregate?: (index: number) => string;
}

/** Columns by their own names, of the table `alias` if given. */
export function columnsOf(alias?: string): Scope {
  return { column: (name) => (alias === undefined ? identifier(name) : `${alias}.${identifier(name)}`) };
}

/** Deeper nesting and longer SQL than anyone writes; DuckDB's parser gives up at about 2,000 levels. */
const deepest = 300;
const longest = 1_000_000;

/** The expression's value as SQL. Throws `expression-too-deep`, and `function-unknown` where no type checker has looked. */
export function expressionSql(expression: Expression, scope: Scope = columnsOf()): string {
  return compile(expression, scope, 0);
}

/** A condition in which null counts as false; no condition is true. */
export function conditionSql(condition: Expression | null, scope: Scope = columnsOf()): string {
  return condition === null ? "TRUE" : `coalesce(${expressionSql(condition, scope)}, FALSE)`;
}

function compile(expression: Expression, scope: Scope, depth: number): string {
  if (depth > deepest) throw new MlspecError("expression-too-deep", `An expression is nested more than ${deepest} levels deep.`);
  const inner = (e: Expression): string => compile(e, scope, depth + 1);
  switch (expression.op) {
    case "literal": return literalSql(expression);
    case "column": return scope.column(expression.column);
    case "aggregate":
      if (!scope.aggregate) throw new MlspecError("aggregate-out-of-place", "An aggregate stands where there are no events.");
      return scope.aggregate(expression.index);
    case "if": {
      const branch = (e: Expression): string => castSql(inner(e), e.type.kind, expression.type.kind);
      return `(CASE WHEN ${inner(expression.when)} THEN ${branch(expression.then)} ELSE ${branch(expression.else)} END)`;
    }
    case "call": {
      const sql = callSql(expression, scope, depth);
      if (sql.length > longest) throw new MlspecError("expression-too-deep", "An expression is too large.");
      return sql;
    }
  }
}

function callSql(call: Call, scope: Scope, depth: number): string {
  // Long chains (`a or b or c …`) are kept flat, so that their length is not their depth.
  if (call.fn === "and" || call.fn === "or") {
    const parts = chain(call, call.fn).map((e) => compile(e, scope, depth + 1));
    return `(${parts.join(call.fn === "and" ? " AND " : " OR ")})`;
  }
  const args = call.args.map((e) => ({ sql: compile(e, scope, depth + 1), kind: e.type.kind, form: formOf(e) }));
  return functionSql(call.fn, args, call.type.kind);
}

function formOf(e: Expression): "constant" | "column" | "computed" {
  if (e.op === "literal") return e.value === null ? "computed" : "constant";
  return e.op === "column" ? "column" : "computed";
}

/** The operands of left-nested calls of `fn`, in order, without recursion. */
function chain(call: Call, fn: string): Expression[] {
  const operands: Expression[] = [];
  let rest: Expression = call;
  while (rest.op === "call" && rest.fn === fn) {
    const [left, right]: readonly Expression[] = rest.args;
    if (!left || !right) break;
    operands.push(right);
    rest = left;
  }
  return [rest, ...operands.reverse()];
}
