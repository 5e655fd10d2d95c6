/** What stands where a value of each row is meant, and is the same in all of them: `one_hot("page")`, `where "page" == "x"`. */
import { AstUtils } from "langium";
import { aggregatesOf, columnsIn } from "../../grammar/compiled-spec/index.ts";
import { isText, type Expression, type Text } from "../../grammar/generated/ast.ts";
import { textOf, type Context } from "./context.ts";
import { sameEitherWay } from "../validation/same-either-way.ts";
import type { Env } from "./env.ts";
import { checkCondition } from "./expressions.ts";
import { showDuration } from "../language/quantity.ts";
import { soleValue } from "./possible-values.ts";
import type { Typed } from "./typed.ts";

/** The value, or a report that it does not depend on the row. */
export function varying(value: Typed | undefined, e: Expression | undefined, env: Env, context: Context): Typed | undefined {
  if (value === undefined || e === undefined) return value;
  if (columnsIn(value.code).size > 0 || aggregatesOf(value.code).length > 0) return severalValues(value, e, context);
  const quoted = nameInQuotes(e, env);
  return context.report(quoted ?? e, "type-mismatch", `\`${textOf(e)}\` is the same in every row`, quoted === undefined
    ? { hint: "Name a column or feature, or leave it out." }
    : { suggestion: quoted.value, hint: `Names are written without quotes: \`${quoted.value}\`.` });
}

/** The value, or a report that it reads columns and still has no value in any row, or one and the same: `n / 0`, `x * 0`, `hour_of_day(at) == 25`. */
export function severalValues(value: Typed | undefined, e: Expression, context: Context): Typed | undefined {
  const sole = value && soleValue(value.code);
  // Of `price > 3 or true` the part that makes it so is told.
  if (value === undefined || sole === undefined || sameEitherWay(e).length > 0) return value;
  if (sole === null) return context.report(e, "out-of-range", `\`${textOf(e)}\` has no value in any row: it is always missing`, { hint: "Write something that can be worked out." });
  const shown = value.type.kind === "bool" ? String(sole === 1) : value.type.kind === "duration" ? showDuration(sole) : String(sole);
  return context.report(e, "type-mismatch", `\`${textOf(e)}\` is the same in every row: ${shown}${value.type.nullable ? " wherever there is a value" : ""}`, { hint: "Write what was meant, or leave it out." });
}

/** The condition of a `where` or `require`, which some rows satisfy and others do not. */
export function checkFilter(e: Expression | undefined, what: string, env: Env, context: Context): Typed | undefined {
  const condition = checkCondition(e, what, env, context);
  // What is true or missing chooses the rows that have a value.
  return condition?.type.nullable === true && soleValue(condition.code) === 1 ? condition : varying(condition, e, env, context);
}

/** The first text that is called as something of the row is. */
export function nameInQuotes(e: Expression, env: Env): Text | undefined {
  const names = new Set(env.names?.() ?? []);
  return AstUtils.streamAst(e).filter(isText).find((text) => names.has(text.value));
}
