/**
 * Expression → DuckDB SQL. The meaning of every function is its doc string in `grammar/compiled-spec/functions.ts`;
 * `runtime/preprocess` compiles the same expressions to ONNX and a differential test compares the two.
 *
 * Total: no value makes a query fail. What has no answer (a division by zero, the logarithm of a negative number, a sum beyond
 * 64 bits) is NULL. Expect values without NaN and infinities: `source.ts` reads those as missing.
 */
import { fold, partsOf, type Aggregate, type Call, type Expression } from "../../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../errors.ts";
import { functionSql } from "./functions.ts";
import { identifier } from "./quote.ts";
import { castSql, literalSql } from "./types.ts";

/** What names mean where the expression stands: SQL for a column, for an aggregate, and for parts that a column holds already. */
export interface Scope {
  readonly column: (name: string) => string;
  readonly aggregate?: (aggregate: Aggregate) => string;
  readonly computed?: (part: Expression) => string | undefined;
}

/** Columns by their own names, of the table `alias` if given. */
export function columnsOf(alias?: string): Scope {
  return { column: (name) => (alias === undefined ? identifier(name) : `${alias}.${identifier(name)}`) };
}

/** Deeper nesting and longer SQL than anyone writes; DuckDB's parser gives up at about 2,000 levels. `sharing.ts` goes further. */
const deepest = 300;
const longest = 1_000_000;

/** The expression's value as SQL. Throws `expression-too-deep`, and `function-unknown` where no type checker has looked. */
export function expressionSql(expression: Expression, scope: Scope = columnsOf()): string {
  return writerOf(scope)(expression);
}

/** A condition in which null counts as false; no condition is true. */
export function conditionSql(condition: Expression | null, scope: Scope = columnsOf()): string {
  return condition === null ? "TRUE" : `coalesce(${expressionSql(condition, scope)}, FALSE)`;
}

interface Written {
  readonly sql: string;
  readonly depth: number;
}

/** `expressionSql` for many expressions of one scope. */
export function writerOf(scope: Scope): (expression: Expression) => string {
  const write = fold<Written>(
    (part, of) => {
      const operands = operandsOf(part, scope).map(of);
      const depth = Math.max(0, ...operands.map((operand) => operand.depth + 1));
      const sql = sqlOf(part, scope, (operand) => of(operand).sql);
      if (depth > deepest) throw new MlspecError("expression-too-deep", `An expression is nested more than ${deepest} levels deep.`);
      if (sql.length > longest) throw new MlspecError("expression-too-deep", "An expression is too large.");
      return { sql, depth };
    },
    (part) => operandsOf(part, scope),
  );
  return (expression) => write(expression).sql;
}

/** Long chains (`a or b or c …`) are kept flat, so that their length is not their depth. */
function operandsOf(part: Expression, scope: Scope): readonly Expression[] {
  if (scope.computed?.(part) !== undefined) return [];
  return part.op === "call" && isFlat(part) ? chain(part, scope) : partsOf(part);
}

const isFlat = ({ fn }: Call): boolean => fn === "and" || fn === "or";

function sqlOf(part: Expression, scope: Scope, of: (operand: Expression) => string): string {
  const column = scope.computed?.(part);
  if (column !== undefined) return column;
  switch (part.op) {
    case "literal": return literalSql(part);
    case "column": return scope.column(part.column);
    case "aggregate":
      if (!scope.aggregate) throw new MlspecError("aggregate-out-of-place", "An aggregate stands where there are no events.");
      return scope.aggregate(part.aggregate);
    case "if": {
      const branch = (e: Expression): string => castSql(of(e), e.type.kind, part.type.kind);
      return `(CASE WHEN ${of(part.when)} THEN ${branch(part.then)} ELSE ${branch(part.else)} END)`;
    }
    case "call": {
      if (isFlat(part)) return `(${chain(part, scope).map(of).join(part.fn === "and" ? " AND " : " OR ")})`;
      return functionSql(part.fn, part.args.map((e) => ({ sql: of(e), kind: e.type.kind, form: formOf(e, scope), ...saidBy(e) })), part.type.kind);
    }
  }
}

const saidBy = (e: Expression): { readonly text?: string } => (e.op === "literal" && typeof e.value === "string" ? { text: e.value } : {});

function formOf(e: Expression, scope: Scope): "constant" | "column" | "computed" {
  if (e.op === "literal") return e.value === null ? "computed" : "constant";
  return e.op === "column" || scope.computed?.(e) !== undefined ? "column" : "computed";
}

/** The operands of left-nested calls of one function, in order. */
function chain(call: Call, scope: Scope): Expression[] {
  const operands: Expression[] = [];
  let rest: Expression = call;
  while (rest.op === "call" && rest.fn === call.fn && (rest === call || scope.computed?.(rest) === undefined)) {
    const [left, right]: readonly Expression[] = rest.args;
    if (!left || !right) break;
    operands.push(right);
    rest = left;
  }
  return [rest, ...operands.reverse()];
}
