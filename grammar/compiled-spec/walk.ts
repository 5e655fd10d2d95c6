/**
 * Walking expressions. A part that several expressions name is one object (`docs/architecture.md`, "An expression is a graph"):
 * whoever recurses by hand visits it once per way that leads to it, which is exponential. So every walker is built on these, which
 * visit each object once and need no call stack: three thousand definitions in a row are as good as three.
 */
import type { Aggregate, Conditional, Call, Expression } from "./expression.ts";

const none: readonly Expression[] = [];

/** The parts over the same row, in the order of the text. An aggregate's are over another row (an event): see `partsOver`. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case "call": return expression.args;
    case "if": return [expression.when, expression.then, expression.else];
    case "literal": case "column": case "aggregate": return none;
  }
}

/** What an aggregate reads of an event. */
export const partsOver = ({ argument, where }: Aggregate): readonly Expression[] => [argument, where].filter((part) => part !== null);

/** The same expression over other parts, as many as `partsOf` gives; the same object where they are the same. */
export function withParts(expression: Call | Conditional, parts: readonly Expression[]): Expression {
  const before = partsOf(expression);
  if (parts.every((part, i) => part === before[i])) return expression;
  if (expression.op === "call") return { ...expression, args: parts };
  const [when, then, otherwise] = parts as [Expression, Expression, Expression];
  return { ...expression, when, then, else: otherwise };
}

/**
 * A function over expressions, from the answers for the parts to the answer for the whole. Each object is visited once for as
 * long as the function lives (an expression never changes), its parts first, in the order of the text.
 * @param into the parts whose answers `visit` asks for, by `of`.
 */
export function fold<T>(visit: (expression: Expression, of: (part: Expression) => T) => T, into: (expression: Expression) => readonly Expression[] = partsOf): (expression: Expression) => T {
  const known = new WeakMap<Expression, { readonly answer: T }>();
  const of = (part: Expression): T => {
    const found = known.get(part);
    if (found === undefined) throw new Error("fold: an answer was asked for that `into` did not name");
    return found.answer;
  };
  return (root) => {
    const open = [root];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const waiting = known.has(top) ? none : into(top).filter((part) => !known.has(part));
      if (waiting.length > 0) {
        for (let i = waiting.length - 1; i >= 0; i--) open.push(waiting[i] as Expression);
        continue;
      }
      if (!known.has(top)) known.set(top, { answer: visit(top, of) });
      open.pop();
    }
    return of(root);
  };
}

/** Every object that the roots are made of, once, in the order of the text: a whole before its parts. What is in `seen` is left out; the others join it. */
export function* everyPart(
  roots: Iterable<Expression>, into: (expression: Expression) => readonly Expression[] = partsOf, seen = new Set<Expression>(),
): Generator<Expression> {
  for (const root of roots) {
    const open = [root];
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      if (seen.has(part)) continue;
      seen.add(part);
      yield part;
      const parts = into(part);
      for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i] as Expression);
    }
  }
}

/** A function that puts parts in others' place, the outermost first; `null` keeps a part and looks inside it. What was shared stays so. */
export function rewriting(replacement: (part: Expression) => Expression | null): (expression: Expression) => Expression {
  const replaced = new Map<Expression, Expression | null>();
  const instead = (part: Expression): Expression | null => {
    const known = replaced.get(part);
    if (known !== undefined) return known;
    const found = replacement(part);
    replaced.set(part, found);
    return found;
  };
  return fold<Expression>(
    (part, of) => instead(part) ?? (part.op === "call" || part.op === "if" ? withParts(part, partsOf(part).map(of)) : part),
    (part) => (instead(part) === null ? partsOf(part) : none),
  );
}

/** The union of sets; one of them where it holds all the others, so that a chain of expressions over a few columns costs a few sets. */
export function union<T>(sets: readonly ReadonlySet<T>[]): ReadonlySet<T> {
  const [first, ...rest] = sets;
  if (first === undefined) return new Set();
  return rest.reduce((all, set) => (set === all || isWithin(set, all) ? all : all.size === 0 || isStartOf(all, set) ? set : new Set([...all, ...set])), first);
}

const isWithin = <T>(part: ReadonlySet<T>, whole: ReadonlySet<T>): boolean => part.size <= whole.size && [...part].every((each) => whole.has(each));

/** In the same order too: sets list what they hold in the order of the text. */
function isStartOf<T>(part: ReadonlySet<T>, whole: ReadonlySet<T>): boolean {
  if (part.size > whole.size) return false;
  const others = whole.values();
  for (const each of part) if (others.next().value !== each) return false;
  return true;
}

/** Names of the columns of its own row that an expression reads, in the order of the text. */
export const columnsIn: (expression: Expression) => ReadonlySet<string> = fold((part, of) => (part.op === "column" ? new Set([part.column]) : union(partsOf(part).map(of))));

const aggregateSet: (expression: Expression) => ReadonlySet<Aggregate> = fold((part, of) => (part.op === "aggregate" ? new Set([part.aggregate]) : union(partsOf(part).map(of))));

/** The aggregates that an expression is made of, each once, in the order of the text. */
export const aggregatesOf = (expression: Expression): readonly Aggregate[] => [...aggregateSet(expression)];
