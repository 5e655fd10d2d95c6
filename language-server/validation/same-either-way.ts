/** Parts of expressions that make no difference: `x == x`, `price > 3 or true`, `if late then 1 else 1`, `pii and pii`. Mostly one of the two was to be another. */
import { AstUtils, type AstNode } from "langium";
import {
  isBinary, isCall, isConditional, isGroup, isList, isMember, isReference, isTruth,
  type Binary, type Conditional, type Expression,
} from "../../grammar/generated/ast.ts";
import { ungroup } from "../compile/clauses.ts";
import { rangeOf, textOf } from "../compile/context.ts";
import type { Problem } from "./problem.ts";
import { meaning, repeated } from "./repeats.ts";

export const sameEitherWay = (declaration: AstNode): Problem[] => AstUtils.streamAst(declaration).flatMap((node) => (isBinary(node) ? inBinary(node) : isConditional(node) ? inConditional(node) : [])).toArray();

/** Of these both sides the same leave one answer. */
const ofTwo = new Set(["==", "!=", "<", "<=", ">", ">=", "-", "/", "%"]);

function inBinary(e: Binary): Problem[] {
  if (e.operator === "and" || e.operator === "or") return isWithin(e, e.operator) ? [] : inChain(e, e.operator);
  if (isList(e.right)) return repeated(e.right.items).map(([item]) => idle(item, `\`${textOf(item)}\` is in this list already`, "Leave it out."));
  if (!ofTwo.has(e.operator) || !isSame(e.left, e.right) || !namesSomething(e.left)) return [];
  return [idle(e, `both sides are \`${textOf(e.left)}\`: this is the same wherever there is a value`, "Compare with something else, or leave it out.")];
}

function inChain(e: Binary, operator: "and" | "or"): Problem[] {
  const operands = operandsOf(e, operator);
  const constant = operands.filter((operand) => !namesSomething(operand));
  if (constant.length === operands.length) return [];
  return [
    ...repeated(operands).map(([operand]) => idle(operand, `\`${textOf(operand)}\` stands here already`, "Leave it out, or write what was meant.")),
    ...constant.map((operand) => idle(operand, besideConstant(ungroup(operand), operator), "Leave it out, or write a condition.")),
  ];
}

function besideConstant(operand: Expression, operator: "and" | "or"): string {
  if (!isTruth(operand)) return `\`${textOf(operand)}\` is the same in every row`;
  const decides = (operator === "or") === (operand.text === "true");
  return decides ? `\`${operator} ${operand.text}\` makes this ${operand.text} in every row` : `\`${operator} ${operand.text}\` changes nothing`;
}

function inConditional(e: Conditional): Problem[] {
  if (isSame(e.then, e.otherwise)) return [idle(e.otherwise, `both ways this is \`${textOf(e.then)}\``, "Leave the condition out, or write what was meant.")];
  const isConstant = !namesSomething(e.condition) && (namesSomething(e.then) || namesSomething(e.otherwise));
  return isConstant ? [idle(e.condition, `\`${textOf(e.condition)}\` is the same in every row: one of the two ways is never taken`, "Write a condition, or leave it out.")] : [];
}

/** The parts of `a and b and c`, in the order of the text. In a loop: there may be thousands. */
function operandsOf(e: Expression, operator: string): Expression[] {
  const operands: Expression[] = [];
  const open = [e];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const inner = ungroup(part);
    if (isBinary(inner) && inner.operator === operator) open.push(inner.right, inner.left);
    else operands.push(part);
  }
  return operands.filter(isWritten);
}

/** What is half-typed is told elsewhere. */
const isWritten = (e: Expression | undefined): e is Expression => e?.$cstNode !== undefined;

function isWithin(e: Binary, operator: string): boolean {
  let at: AstNode | undefined = e.$container;
  while (isGroup(at)) at = at.$container;
  return isBinary(at) && at.operator === operator;
}

/** Told by the lengths first: in a difference of thousands, reading the left side at each `-` would cost the square. */
function isSame(a: Expression | undefined, b: Expression | undefined): boolean {
  if (!isWritten(a) || !isWritten(b)) return false;
  const [shorter = 0, longer = 0] = [a, b].map((e) => e.$cstNode?.length ?? 0).toSorted((x, y) => x - y);
  return longer <= 2 * shorter && meaning(a) === meaning(b);
}

const namesSomething = (e: Expression): boolean => AstUtils.streamAst(e).some((part) => isReference(part) || isMember(part) || isCall(part));

const idle = (at: AstNode, message: string, hint: string): Problem => ({ code: "no-effect", severity: "warning", range: rangeOf(at), message, hint });
