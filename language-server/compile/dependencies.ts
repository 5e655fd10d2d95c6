/** What a definition or computed column needs compiled before it, so that a long row of them needs no deep call stack. */
import { AstUtils } from "langium";
import { isColumn, isDefinition, isFeatures, type Column, type Definition, type Expression } from "../../grammar/generated/ast.ts";
import { namedBy } from "../language/navigate.ts";

/**
 * `node` and what it names, directly or not, among the definitions of its view or the computed columns of sources: each after
 * those that it needs. Where they need each other, or what is being compiled, `node` alone: compiling it finds the cycle.
 */
export function neededFirst<N extends Definition | Column>(node: N, isDone: (node: N) => boolean, isBegun: (node: N) => boolean): readonly N[] {
  const [done, open] = [new Set<N>(), new Set<N>()];
  const stack = [node];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (done.has(top) || isDone(top)) {
      stack.pop();
      continue;
    }
    const waiting = open.has(top) ? [] : namedIn(top).filter((other) => !done.has(other) && !isDone(other));
    if (waiting.some((other) => open.has(other) || other === top || isBegun(other))) return [node];
    if (waiting.length === 0) {
      done.add(top);
      stack.pop();
    } else {
      open.add(top);
      stack.push(...waiting.reverse());
    }
  }
  return [...done];
}

/** In the order of the text. */
function namedIn<N extends Definition | Column>(node: N): N[] {
  const value = node.value;
  if (value === undefined) return [];
  const named = AstUtils.streamAst(value).map((part) => namedBy(part as Expression)).filter((other) => other !== undefined && isAlike(node, other));
  return [...new Set(named)] as unknown as N[];
}

function isAlike(node: Definition | Column, other: { readonly $container?: unknown }): boolean {
  if (isColumn(node)) return isColumn(other) && other.value !== undefined;
  return isDefinition(other) && other.$container === node.$container && isFeatures(node.$container.$container);
}
