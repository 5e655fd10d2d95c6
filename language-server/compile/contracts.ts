/** `expect { require … }`: a source's data contract. */
import type { Expectation } from "../../grammar/compiled-spec/index.ts";
import {
  isBinary, isBuiltin, isCall, isColumn, isQualified, isRangeExpression, isReference,
  type Binary, type Call, type Requirement, type Source,
} from "../../grammar/generated/ast.ts";
import { requirements, sections } from "../language/navigate.ts";
import { written } from "../language/whole.ts";
import { soleArgument, soleName } from "./arguments.ts";
import { allowQualifiers, ungroup } from "./clauses.ts";
import { rowEnv } from "./columns.ts";
import { readNumber } from "./constants.ts";
import { textOf } from "./context.ts";
import type { Env } from "./env.ts";
import { decides, deciding, fraction, percent } from "./reach.ts";
import type { Elaboration } from "./reading.ts";
import { checkFilter } from "./same-in-every-row.ts";
import { reportTakenRows } from "./taken-names.ts";

export function compileExpectations(node: Source, elaboration: Elaboration): Expectation[] {
  return sections(node, "expect").flatMap((s) => requirements(s)).map((r) => compileExpectation(r, node, elaboration)).filter((e) => e !== undefined);
}

function compileExpectation(node: Requirement, source: Source, elaboration: Elaboration): Expectation | undefined {
  const { context } = elaboration;
  if (written(node.condition) === undefined || reportTakenRows(node.condition, source, context)) return undefined;
  const clause = { origin: context.origin(node.condition), text: textOf(node.condition) };
  const whole = ungroup(node.condition);
  const condition = isQualified(whole) ? ungroup(whole.subject) : whole;
  if (isBinary(condition)) {
    const subject = ungroup(condition.left);
    if (isReference(subject) && isBuiltin(subject.target.ref) && subject.target.ref.name === "rows") {
      if (isQualified(whole) && !allowQualifiers(whole, ["per"], context)) return undefined;
      const bounds = readBounds(condition, elaboration);
      if (bounds?.high === 0) return context.report(condition.right, "out-of-range", "this can never pass: a source without rows is refused", { hint: decides });
      const perMs = isQualified(whole) ? readNumber(whole.per, "duration", "`per`", context, { min: 1 }) ?? null : null;
      return bounds && { ...clause, kind: "rows", low: bounds.low, high: bounds.high, perMs };
    }
    const isMeasured = isCall(subject) && (subject.function === "missing" || subject.function === "distinct" || subject.function === "share");
    if (isMeasured && isQualified(whole) && !allowQualifiers(whole, [], context)) return undefined;
    if (isCall(subject) && subject.function === "missing") return missing(clause, condition, subject, elaboration);
    if (isCall(subject) && subject.function === "distinct") return distinct(clause, condition, subject, elaboration);
    if (isCall(subject) && subject.function === "share") return share(clause, condition, subject, source, elaboration);
  }
  if (isQualified(whole)) return context.report(whole, "wrong-clause", "only `rows` may be counted `per` time", { hint: "For example `require rows in 100k..5M per 1d`." });
  const each = checkFilter(condition, "`require`", envOf(source, elaboration), context);
  return each && { ...clause, kind: "each", condition: each.code, maxShare: 0 };
}

const envOf = (source: Source, elaboration: Elaboration): Env => rowEnv(elaboration.context.names.columnsOf(source), elaboration, `\`${source.name}\``);

/** `share(price > 0) >= 99.9%`: a condition that a few rows need not satisfy. */
function share(clause: { origin: Expectation["origin"]; text: string }, comparison: Binary, call: Call, source: Source, elaboration: Elaboration): Expectation | undefined {
  const { context } = elaboration;
  const { operator, right } = comparison;
  const argument = soleArgument(call, "a condition", context);
  const condition = argument && checkFilter(argument, "`share`", envOf(source, elaboration), context);
  if (operator !== ">=" && operator !== ">") {
    return context.report(comparison, "wrong-clause", "a contract says how many rows must satisfy a condition at least: `share(price > 0) >= 99.9%`", { hint: "What few rows may do, the others do not: `share(not (…)) >= 99%`." });
  }
  const given = readNumber(right, "share", "`share`", context);
  const least = given === undefined ? undefined : deciding(given, operator, fraction, right, "a share", percent, context);
  if (condition === undefined || least === undefined) return undefined;
  // 1 − 0.999 is not exact.
  return { ...clause, kind: "each", condition: condition.code, maxShare: Number((1 - least).toPrecision(12)), ...(operator === ">" ? { strict: true as const } : {}) };
}

function missing(clause: { origin: Expectation["origin"]; text: string }, condition: Binary, call: Call, elaboration: Elaboration): Expectation | undefined {
  const { context } = elaboration;
  const column = columnOf(call, elaboration);
  if (condition.operator !== "<" && condition.operator !== "<=") {
    return context.report(condition, "wrong-clause", "a contract limits how much may be missing: `missing(column) < 1%`");
  }
  const share = readNumber(condition.right, "share", "`missing`", context);
  const max = share === undefined ? undefined : deciding(share, condition.operator, fraction, condition.right, "a share", percent, context);
  return column === undefined || max === undefined ? undefined : { ...clause, kind: "missing", column, max, ...(condition.operator === "<" ? { strict: true as const } : {}) };
}

function distinct(clause: { origin: Expectation["origin"]; text: string }, condition: Binary, call: Call, elaboration: Elaboration): Expectation | undefined {
  const column = columnOf(call, elaboration);
  const bounds = readBounds(condition, elaboration);
  return column === undefined || bounds === undefined ? undefined : { ...clause, kind: "distinct", column, low: bounds.low, high: bounds.high };
}

function columnOf(call: Call, { context }: Elaboration): string | undefined {
  const argument = soleName(call, "one column", context);
  if (argument === undefined || isColumn(argument.named)) return argument?.named.name;
  return context.report(argument.at, "wrong-kind", `\`${call.function}\` takes a column`);
}

interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/** Of a number of things, which is never below 0. */
function readBounds(condition: Binary, elaboration: Elaboration): Bounds | undefined {
  const bounds = boundsIn(condition, "int", elaboration);
  if (bounds === undefined) return undefined;
  const verdict = bounds.high !== null && bounds.high < 0 ? "pass" : bounds.high === null && (bounds.low ?? 0) <= 0 ? "fail" : undefined;
  if (verdict === undefined) return bounds;
  return elaboration.context.report(condition.right, "out-of-range", `this can never ${verdict}: a number of rows or values is at least 0`, { hint: decides });
}

/** Inclusive bounds from a comparison or a range; for whole numbers `> 5` is `>= 6`. */
function boundsIn(condition: Binary, shape: "int", { context }: Elaboration): Bounds | undefined {
  const right = ungroup(condition.right);
  if (condition.operator === "in" && isRangeExpression(right)) {
    const low = readNumber(right.low, shape, "the lower bound", context);
    const high = readNumber(right.high, shape, "the upper bound", context);
    if (low === undefined || high === undefined) return undefined;
    return low <= high ? { low, high } : context.report(right, "out-of-range", `nothing lies between ${low} and ${high}`);
  }
  const bound = readNumber(right, shape, "the bound", context);
  if (bound === undefined) return undefined;
  switch (condition.operator) {
    case "<": return { low: null, high: bound - 1 };
    case "<=": return { low: null, high: bound };
    case ">": return { low: bound + 1, high: null };
    case ">=": return { low: bound, high: null };
    case "==": return { low: bound, high: bound };
    default: return context.report(condition, "wrong-clause", "compare with a number, or say `in low..high`");
  }
}
