/** What stands where a value of each row is meant, and is the same in all of them: `one_hot("page")`, `where "page" == "x"`. */
import { AstUtils } from "langium";
import { aggregatesOf, columnsIn } from "../../grammar/compiled-spec/index.ts";
import { isText, type Expression, type Text } from "../../grammar/generated/ast.ts";
import { textOf, type Context } from "./context.ts";
import type { Env } from "./env.ts";
import { checkCondition } from "./expressions.ts";
import type { Typed } from "./typed.ts";

/** The value, or a report that it does not depend on the row. */
export function varying(value: Typed | undefined, e: Expression | undefined, env: Env, context: Context): Typed | undefined {
  if (value === undefined || e === undefined || columnsIn(value.code).size > 0 || aggregatesOf(value.code).length > 0) return value;
  const quoted = nameInQuotes(e, env);
  return context.report(quoted ?? e, "type-mismatch", `\`${textOf(e)}\` is the same in every row`, quoted === undefined
    ? { hint: "Name a column or feature, or leave it out." }
    : { suggestion: quoted.value, hint: `Names are written without quotes: \`${quoted.value}\`.` });
}

/** The condition of a `where` or `require`, which some rows satisfy and others do not. */
export const checkFilter = (e: Expression | undefined, what: string, env: Env, context: Context): Typed | undefined =>
  varying(checkCondition(e, what, env, context), e, env, context);

/** The first text that is called as something of the row is. */
export function nameInQuotes(e: Expression, env: Env): Text | undefined {
  const names = new Set(env.names?.() ?? []);
  return AstUtils.streamAst(e).filter(isText).find((text) => names.has(text.value));
}
