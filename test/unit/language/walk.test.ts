/** Walking expressions, and writing them as JSON. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregatesOf, columnsIn, everyPart, fold, packed, partsOf, rewriting, unpacked, type Expression } from "../../../grammar/compiled-spec/index.ts";
import { canonicalJson } from "../../../runtime/registry/canonical.ts";
import { agg, call, col, countOver, num, over, when } from "../checks/spec-builder.ts";

const twice = (part: Expression): Expression => call("add", part, part);
const repeated = (times: number, of: (part: Expression) => Expression, from: Expression = col("a")): Expression => {
  let part = from;
  for (let i = 0; i < times; i++) part = of(part);
  return part;
};
/** Two to the hundredth as a tree. */
const doubled = repeated(100, twice);
const deep = repeated(50_000, (part) => call("add", part, num(1)));

describe("a walk", () => {
  test("visits what is shared once, parts first, in the order of the text", () => {
    const visited: string[] = [];
    const depth = fold<number>((part, of) => {
      visited.push(part.op === "column" ? part.column : part.op);
      return 1 + Math.max(0, ...partsOf(part).map(of));
    });
    const shared = call("log", col("a"));
    expect(depth(when(col("c"), twice(shared), shared))).toBe(4);
    expect(visited).toEqual(["c", "a", "call", "call", "if"]);
    expect(depth(doubled)).toBe(101);
    expect(depth(deep)).toBe(50_001);
  });

  test("over everything comes to each part once, a whole before its parts", () => {
    const shared = call("log", col("a"));
    expect([...everyPart([twice(shared), shared])].map((part) => (part.op === "call" ? part.fn : part.op))).toEqual(["add", "log", "column"]);
  });

  test("finds columns and aggregates in the order of the text", () => {
    const [count, sum] = [countOver(-1), over("sum", col("x"), -1)];
    expect([...columnsIn(call("add", call("add", col("b"), col("a")), call("add", col("a"), col("c"))))]).toEqual(["b", "a", "c"]);
    expect(aggregatesOf(call("add", agg(sum), call("add", agg(count), agg(sum))))).toEqual([sum, count]);
    expect([...columnsIn(agg(sum))]).toEqual([]);
  });
});

describe("parts are replaced", () => {
  test("from the outside in", () => {
    const inner = call("log", col("a"));
    const put = rewriting((part) => (part === inner ? col("x") : part.op === "column" && part.column === "a" ? col("never") : null));
    expect(put(when(col("c"), call("add", inner, num(1)), inner))).toEqual(when(col("c"), call("add", col("x"), num(1)), col("x")));
  });

  test("and what was shared stays shared, what was not touched stays the same", () => {
    const renamed = rewriting((part) => (part.op === "column" && part.column === "a" ? col("b") : null))(doubled);
    expect([...everyPart([renamed])]).toHaveLength(101);
    expect(rewriting(() => null)(deep)).toBe(deep);
  });
});

describe("as JSON", () => {
  const back = <T extends object>(content: T): T => unpacked(JSON.parse(JSON.stringify(packed(content))) as T);

  test("what is shared is written once, however deep", () => {
    expect(JSON.stringify(packed({ doubled })).length).toBeLessThan(100 * 200);
    const calls = (part: Expression): number => [...everyPart([part])].filter(({ op }) => op === "call").length;
    expect(calls(back({ doubled }).doubled)).toBe(100);
    expect(calls(back({ deep }).deep)).toBe(50_000);
  });

  test("everything comes back as it was, and equal parts as one", () => {
    const content = { name: "x", list: [1, "a", null, { value: twice(call("log", agg(over("sum", call("add", col("p"), col("q")), null, 0, col("w")))))}], other: call("log", agg(countOver(-5))) };
    expect(back(content)).toEqual(content);
    const [first, second] = [call("log", col("a")), call("log", col("a"))];
    const { a, b } = back({ a: first, b: second });
    expect(a).toBe(b);
    expect(packed({ a: first, b: call("exp", col("a")) }).expressions).toEqual([]);
  });

  test("does not depend on which objects are shared, nor on the order of keys", () => {
    const leaf = fc.constantFrom("a", "b", "c").map((name) => col(name));
    const trees = fc.letrec<{ part: Expression }>((tie) => ({
      part: fc.oneof({ maxDepth: 5 }, leaf, leaf.map((part) => call("log", part)), fc.tuple(tie("part"), tie("part")).map(([x, y]) => call("add", x, y)), fc.tuple(tie("part"), tie("part")).map(([x, y]) => when(x, y, x))),
    })).part;
    fc.assert(fc.property(trees, trees, (x, y) => {
      const asTrees = structuredClone({ x, y, z: x });
      expect(canonicalJson(packed({ x, y, z: x }))).toBe(canonicalJson(packed(JSON.parse(JSON.stringify(asTrees)) as typeof asTrees)));
      expect(canonicalJson(packed({ z: x, y, x }))).toBe(canonicalJson(packed(asTrees)));
      expect(back(asTrees)).toEqual(asTrees);
    }));
  });

  test("a reference to what is not there is refused", () => {
    expect(() => unpacked({ value: { op: "shared", index: 3 } })).toThrow("expression 3 is referred to before it is written");
  });
});
