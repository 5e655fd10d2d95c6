/** Random rows, and random well-typed expressions over them with servable functions only. */
import fc from "fast-check";
import { rewriting, type DatasetColumn, type Expression, type ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import type { RawRow, RawValue } from "../../../runtime/preprocess/feeds.ts";

type Kind = ScalarKind;
type Any = fc.Arbitrary<Expression>;

const noOrigin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
export const column = (name: string, kind: Kind, nullable: boolean): DatasetColumn => ({
  name, type: { kind, nullable }, tags: [], origin: noOrigin, role: "feature", from: { kind: "example", column: name, field: name },
});

/** Two columns of each kind: one that is always there, and one that may be missing. */
export const columns: readonly DatasetColumn[] = (["bool", "int", "float", "string", "timestamp", "date", "duration"] as const)
  .flatMap((kind) => [column(kind, kind, false), column(`${kind}?`, kind, true)]);

const day = 86_400_000_000;
const moment = fc.integer({ min: -2_208_988_800, max: 4_102_444_799 }).map((seconds) => seconds * 1_000_000);
const values: Readonly<Record<Kind, fc.Arbitrary<RawValue>>> = {
  bool: fc.boolean(),
  int: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer(), fc.maxSafeInteger(), fc.constantFrom(2n ** 61n + 1n, -(2n ** 61n) - 1n)),
  float: fc.oneof(
    fc.integer({ min: -6, max: 6 }).map((n) => n / 2),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-300 ? 0 : x)),
    fc.constantFrom(0, -0, 0.1, 0.49999999999999994, -2.5, 1e300, -1e300, 1e-9),
  ),
  string: fc.oneof(fc.constantFrom("", "a", "b", "é", "'", "日本", "😀 x", "null"), fc.string({ unit: "grapheme" })),
  timestamp: fc.oneof(moment.chain((t) => fc.integer({ min: 0, max: 999_999 }).map((u) => t + u)), fc.constantFrom(0, -1, 951_782_400_000_000, 951_868_800_000_000 - 1)),
  date: moment.map((t) => Math.floor(t / day) * day),
  duration: fc.oneof(fc.integer({ min: -3, max: 3 }).map((n) => n * 3_600_000), fc.integer({ min: -1e9, max: 1e9 })),
};

export const rows: fc.Arbitrary<RawRow[]> = fc.array(
  fc.record(Object.fromEntries(columns.map(({ name, type }) => [name, type.nullable ? fc.option(values[type.kind], { freq: 3 }) : values[type.kind]]))),
  { minLength: 20, maxLength: 40 },
);

const type = (kind: Kind) => ({ kind, nullable: true });
const call = (kind: Kind, fn: string, args: readonly Expression[]): Expression => ({ op: "call", type: type(kind), fn, args });

function literal(kind: Kind): Any {
  const value = values[kind].map((v) => {
    if (kind === "timestamp" || kind === "date") return new Date(Math.floor(Number(v) / 1000)).toISOString();
    return typeof v === "bigint" ? Number(v >> 20n) : (v as string | number | boolean);
  });
  return fc.option(value, { freq: 8 }).map((v) => ({ op: "literal", type: type(kind), value: v }));
}

const leaf = (kind: Kind): Any => fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(kind, `${kind}?`).map((name): Expression => ({ op: "column", type: { kind, nullable: name.endsWith("?") }, column: name })) },
  { weight: 1, arbitrary: literal(kind) },
);

const calls = (kind: Kind, fns: readonly string[], ...args: readonly Any[]): Any =>
  fc.tuple(fc.constantFrom(...fns), fc.tuple(...args)).map(([fn, given]) => call(kind, fn, given));

/**
 * `exact` expressions give the same bits wherever IEEE 754 holds; logarithms, exponentials and sines may differ in the last
 * bit and therefore stay above every rounding and comparison.
 */
export function expression(kind: Kind, depth: number, exact = true): Any {
  if (depth === 0) return leaf(kind);
  const sub = (k: Kind): Any => expression(k, depth - 1, exact);
  const strict = (k: Kind): Any => expression(k, depth - 1, true);
  const number = fc.constantFrom<Kind>("int", "float").chain(strict);
  const shared = [
    leaf(kind),
    fc.tuple(strict("bool"), sub(kind), sub(kind)).map(([when, then, otherwise]): Expression => ({ op: "if", type: type(kind), when, then, else: otherwise })),
    calls(kind, ["coalesce"], sub(kind), sub(kind)),
  ];
  switch (kind) {
    case "string": case "date": return fc.oneof(...shared);
    case "int": return fc.oneof(...shared, ...integers(strict, number));
    case "float": return fc.oneof(...shared, ...floats(sub, strict, exact));
    case "duration": return fc.oneof(...shared, calls(kind, ["add", "subtract"], strict(kind), strict(kind)), calls(kind, ["multiply"], strict(kind), number),
      calls(kind, ["subtract"], strict("timestamp"), strict("timestamp")), calls(kind, ["divide"], strict(kind), number));
    case "timestamp": return fc.oneof(...shared, calls(kind, ["add", "subtract"], strict(kind), leaf("duration")));
    case "bool": return fc.oneof(...shared, ...truths(strict, number));
  }
}

function integers(strict: (k: Kind) => Any, number: Any): Any[] {
  const int = strict("int");
  return [
    calls("int", ["add", "subtract", "multiply", "modulo", "least", "greatest"], int, int), calls("int", ["negate", "abs"], int), calls("int", ["clip"], int, int, int),
    calls("int", ["floor", "ceil", "round", "int"], number),
    calls("int", ["hour_of_day", "day_of_week", "day_of_month", "day_of_year", "month", "year"], strict("timestamp")), calls("int", ["day_of_year"], strict("date")),
  ];
}

function floats(sub: (k: Kind) => Any, strict: (k: Kind) => Any, exact: boolean): Any[] {
  const [x, int] = [sub("float"), strict("int")];
  return [
    calls("float", ["add", "subtract", "multiply", "divide", "least", "greatest"], x, x), calls("float", ["negate", "abs"], x), calls("float", ["clip"], x, x, x),
    calls("float", ["modulo"], strict("float"), strict("float")), calls("float", ["divide", "multiply"], x, int), calls("float", ["divide"], int, int),
    calls("float", ["sqrt", "float"], strict("float")), calls("float", ["float"], int), calls("float", ["days", "hours"], strict("duration")),
    ...(exact ? [] : [calls("float", ["exp", "log", "log1p", "sin", "cos"], strict("float")), calls("float", ["power"], strict("float"), fc.constantFrom(2, 0.5, 3, -1).map((value) => ({ op: "literal" as const, type: type("float"), value })))]),
  ];
}

function truths(strict: (k: Kind) => Any, number: Any): Any[] {
  const any = fc.constantFrom<Kind>("bool", "int", "float", "string", "timestamp", "date", "duration");
  const comparable = fc.constantFrom<Kind>("int", "float", "timestamp", "date", "duration", "bool");
  const same = (kinds: fc.Arbitrary<Kind>, fns: readonly string[], count: number): Any => kinds.chain((k) => calls("bool", fns, ...Array.from({ length: count }, () => strict(k))));
  return [
    calls("bool", ["and", "or"], strict("bool"), strict("bool")), calls("bool", ["not"], strict("bool")), calls("bool", ["less", "equal"], number, number),
    same(any, ["equal", "not_equal"], 2), same(comparable, ["less", "less_or_equal", "greater", "greater_or_equal"], 2),
    same(comparable, ["between"], 3), same(any, ["one_of"], 4), same(any, ["one_of"], 1), same(any, ["is_null"], 1),
  ];
}

/**
 * Expressions that share parts: each is built over columns that are other expressions of the list, by object, so that a part stands
 * in many places. `steps` makes the list that long.
 */
export const sharedExpressions = (steps: number): fc.Arbitrary<Expression[]> =>
  fc.array(fc.tuple(fc.constantFrom<Kind>("bool", "int", "float", "string", "timestamp", "date", "duration"), fc.integer({ min: 2, max: 3 }), fc.array(fc.nat(), { minLength: 8, maxLength: 8 })), { minLength: steps, maxLength: steps })
    .chain((plan) => fc.tuple(...plan.map(([kind, depth]) => expression(kind, depth, true))).map((parts) => linked(parts, plan.map(([, , picks]) => picks))));

/** Puts earlier parts of the same kind in the place of columns, as `picks` says. */
function linked(parts: readonly Expression[], picks: readonly (readonly number[])[]): Expression[] {
  const made: Expression[] = [];
  for (const [i, part] of parts.entries()) {
    let asked = 0;
    const put = rewriting((inner) => {
      if (inner.op !== "column") return null;
      const earlier = made.filter((other) => other.type.kind === inner.type.kind).slice(-3);
      const pick = picks[i]?.[asked++ % 8] ?? 0;
      // Every fourth place keeps its column, so that rows matter.
      return earlier.length === 0 || pick % 4 === 0 ? null : earlier[pick % earlier.length] ?? null;
    });
    made.push(put(part));
  }
  return made;
}
