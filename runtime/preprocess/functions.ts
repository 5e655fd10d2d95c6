/** Every servable function in ONNX: the counterpart of `grammar/compiled-spec/functions.ts`, with the answers of `runtime/data/sql/functions.ts`. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { Value } from "../onnx/graph.ts";
import { calendarEmitters } from "./calendar.ts";
import { allPresent, choose, converted, hashMark, microsecondsPerDay, wholeNumber, type Emit, type Emitted } from "./emitted.ts";
import type { Operators } from "./operators.ts";

function at(args: readonly Emitted[], i: number): Emitted {
  const argument = args[i];
  if (argument === undefined) throw new MlspecError("expression-invalid", "A function of an expression lacks an argument.");
  return argument;
}

const isMoment = (kind: ScalarKind): boolean => kind === "timestamp" || kind === "date";
const double = (o: Operators, x: Emitted): Value => converted(o, x, "float").value;
const present = (o: Operators, args: readonly Emitted[]): Value | null => allPresent(o, ...args.map((x) => x.present));

/** Of floats to a float, defined everywhere. */
const float = (make: (o: Operators, x: Value, y: Value) => Value): Emit => (o, args) => {
  const [x, y] = [at(args, 0), args[1] ?? at(args, 0)];
  return { kind: "float", value: make(o, double(o, x), double(o, y)), present: present(o, args) };
};

/** Of one float to a float, null unless `domain` holds. */
const partial = (domain: (o: Operators, x: Value) => Value, make: (o: Operators, x: Value) => Value): Emit => (o, args) => {
  const x = double(o, at(args, 0));
  return { kind: "float", value: make(o, x), present: allPresent(o, present(o, args), domain(o, x)) };
};

type Sum = "add" | "sub" | "mul";

/**
 * Integers: null where 64 bits do not hold the answer. Whether they do is asked of doubles, so answers within 1,024 of the limit
 * may be called too large; the language promises ints only up to 2^53.
 */
function integers(o: Operators, operation: Sum, a: Value, b: Value, there: Value | null, kind: ScalarKind): Emitted {
  const estimate = o[operation](o.cast(a, "double"), o.cast(b, "double"));
  const fits = o.less(o.abs(estimate), o.double(2 ** 63));
  return { kind, value: o[operation](a, b), present: allPresent(o, there, fits) };
}

/** INT64 of a moment in µs, or of a duration brought from ms to µs. */
function microseconds(o: Operators, x: Emitted): Emitted {
  return isMoment(x.kind) ? x : integers(o, "mul", x.value, o.int(1000), x.present, "int");
}

const arithmetic = (operation: Sum): Emit => (o, args, result) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  const there = present(o, args);
  switch (result) {
    case "float": return { kind: result, value: o[operation](double(o, a), double(o, b)), present: there };
    case "timestamp": case "date": {
      const [x, y] = [microseconds(o, a), microseconds(o, b)];
      return converted(o, integers(o, operation, x.value, y.value, present(o, [x, y]), "timestamp"), result);
    }
    case "duration": {
      if (isMoment(a.kind)) {
        const [x, y] = [microseconds(o, a), microseconds(o, b)];
        const difference = integers(o, operation, x.value, y.value, present(o, [x, y]), result);
        return { ...difference, value: o.div(difference.value, o.int(1000)) };
      }
      if (a.kind === "float" || b.kind === "float") return wholeNumber(o, o.round(o[operation](double(o, a), double(o, b))), there, result);
      return integers(o, operation, a.value, b.value, there, result);
    }
    default: return integers(o, operation, a.value, b.value, there, result);
  }
};

/** A literal that is not zero needs no guard: of the seven operators of a division one is left, and nothing can be missing by it. */
function quotientOf(o: Operators, a: Value, b: Value, there: Value | null, literal: number | undefined): { readonly quotient: Value; readonly there: Value | null } {
  if (literal !== undefined && literal !== 0) return { quotient: o.div(a, b), there };
  const zero = o.equal(b, o.double(0));
  return { quotient: o.div(a, o.select(zero, o.double(1), b)), there: allPresent(o, there, o.not(zero)) };
}

const divide: Emit = (o, args, result) => {
  const [a, b] = [double(o, at(args, 0)), double(o, at(args, 1))];
  const { quotient, there } = quotientOf(o, a, b, present(o, args), args[1]?.literal);
  return result === "float" ? { kind: result, value: quotient, present: there } : wholeNumber(o, o.round(quotient), there, result);
};

const modulo: Emit = (o, args, result) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  if (result === "float") {
    const divisor = double(o, b);
    return { kind: result, value: o.fmod(double(o, a), divisor), present: allPresent(o, present(o, args), o.not(o.equal(divisor, o.double(0)))) };
  }
  const zero = o.equal(b.value, o.int(0));
  const size = o.abs(o.select(zero, o.int(1), b.value));
  // Not a − (a / b)·b: ONNX Runtime 1.30 fuses (1 / b)·b into b / b, of integers too.
  const rest = o.mod(a.value, size);
  const below = o.and(o.less(a.value, o.int(0)), o.less(o.int(0), rest));
  return { kind: result, value: o.select(below, o.sub(rest, size), rest), present: allPresent(o, present(o, args), o.not(zero)) };
};

/** Of an integer, null for the smallest, which has no opposite; of a float, always there. */
const opposable = (make: "neg" | "abs"): Emit => (o, args, result) => {
  const x = at(args, 0);
  if (result === "float") return { kind: result, value: o[make](double(o, x)), present: x.present };
  return { kind: result, value: o[make](x.value), present: allPresent(o, x.present, o.not(o.equal(x.value, o.int(-(2n ** 63n))))) };
};

const power: Emit = (o, args) => {
  const value = o.pow(double(o, at(args, 0)), double(o, at(args, 1)));
  return { kind: "float", value, present: allPresent(o, present(o, args), o.equal(value, value)) };
};

const rounding = (make: (o: Operators, x: Value) => Value): Emit => (o, args) => {
  const x = at(args, 0);
  return x.kind === "float" ? wholeNumber(o, make(o, x.value), x.present, "int") : x;
};

/** Two values that can be compared: both texts, both hashes, both doubles or both integers. */
function comparable(o: Operators, a: Emitted, b: Emitted): [Value, Value] {
  if (a.kind === "float" || b.kind === "float") return [double(o, a), double(o, b)];
  return [a.value, b.value];
}

const equality = (positive: boolean): Emit => (o, args) => {
  const same = o.equal(...comparable(o, at(args, 0), at(args, 1)));
  return { kind: "bool", value: positive ? same : o.not(same), present: present(o, args) };
};

function ordered(o: Operators, x: Emitted): Emitted {
  if (x.kind === "string") throw new MlspecError("expression-not-servable", "Texts cannot be ordered inside a model.", { hint: "Compare them for equality, or compute the comparison in the source's columns." });
  return x.kind === "bool" ? { ...x, kind: "int", value: o.cast(x.value, "int64") } : x;
}

function isAtMost(o: Operators, a: Emitted, b: Emitted, strictly = false): Value {
  const [x, y] = comparable(o, ordered(o, a), ordered(o, b));
  return strictly ? o.less(x, y) : o.atMost(x, y);
}

const order = (strictly: boolean, swapped: boolean): Emit => (o, args) => {
  const [a, b] = swapped ? [at(args, 1), at(args, 0)] : [at(args, 0), at(args, 1)];
  return { kind: "bool", value: isAtMost(o, a, b, strictly), present: present(o, args) };
};

const between: Emit = (o, args) => {
  const [x, low, high] = [at(args, 0), at(args, 1), at(args, 2)];
  return { kind: "bool", value: o.and(isAtMost(o, low, x), isAtMost(o, x, high)), present: present(o, args) };
};

/** False, in the shape of `x`. */
const nowhere = (o: Operators, x: Emitted): Value => o.and(o.bool(false), o.equal(x.value, x.value));

const oneOf: Emit = (o, args) => {
  const [x, ...items] = [at(args, 0), ...args.slice(1)];
  const matches = items.map((item) => o.equal(...comparable(o, x, item)));
  const found = matches.length === 0 ? nowhere(o, x) : matches.reduce((any, one) => o.or(any, one));
  return { kind: "bool", value: found, present: present(o, args) };
};

/** Three-valued: one false settles `and`, one true settles `or`, whatever the other is. */
const logic = (settles: boolean): Emit => (o, args) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  const value = settles ? o.or(a.value, b.value) : o.and(a.value, b.value);
  const there = present(o, args);
  if (there === null) return { kind: "bool", value, present: null };
  const decided = args.map((x) => {
    const settled = settles ? x.value : o.not(x.value);
    return x.present === null ? settled : o.and(settled, x.present);
  });
  const anyDecided = o.or(decided[0] as Value, decided[1] as Value);
  return { kind: "bool", value: settles ? anyDecided : o.not(anyDecided), present: o.or(there, anyDecided) };
};

/** ONNX Runtime 1.30's own Min and Max compare only the lower 32 bits of INT64, so integers are chosen by a comparison. */
const chosen = (o: Operators, which: "min" | "max", a: Value, b: Value): Value =>
  which === "min" ? o.select(o.less(a, b), a, b) : o.select(o.less(a, b), b, a);

const extreme = (which: "min" | "max"): Emit => (o, args, result) => {
  const values = args.map((x) => converted(o, x, result).value);
  const value = values.reduce((a, b) => (result === "float" ? o[which](a, b) : chosen(o, which, a, b)));
  return { kind: result, value, present: present(o, args) };
};

/** Where low is above high the answer is high. */
const clip: Emit = (o, args, result) => {
  const [x, low, high] = args.map((part) => converted(o, part, result));
  return extreme("min")(o, [extreme("max")(o, [x, low] as Emitted[], result), high as Emitted], result);
};

const coalesce: Emit = (o, args, result) => {
  const [first, otherwise] = [converted(o, at(args, 0), result), converted(o, at(args, 1), result)];
  if (first.present === null) return first;
  const chosen = choose(o, first.present, { ...first, present: null }, otherwise);
  return { ...chosen, present: otherwise.present === null ? null : o.or(first.present, otherwise.present), ...hashMark(first) };
};

const isNull: Emit = (o, args) => {
  const there = at(args, 0).present;
  return { kind: "bool", value: there === null ? nowhere(o, at(args, 0)) : o.not(there), present: null };
};

const hashed: Emit = (_, args) => {
  const x = at(args, 0);
  return { kind: "int", value: x.value, present: x.present };
};

/** Midnight of a date; a text cannot be read as a time inside a model. */
const timestamp: Emit = (_, args) => {
  const x = at(args, 0);
  if (!isMoment(x.kind)) throw new MlspecError("expression-not-servable", "A text cannot be read as a time inside a model.", { hint: "Declare the column as a timestamp." });
  return { ...x, kind: "timestamp" };
};

const positive = (o: Operators, x: Value): Value => o.less(o.double(0), x);

export const functionEmitters: Readonly<Record<string, Emit | undefined>> = Object.assign(Object.create(null) as object, {
  ...calendarEmitters,
  add: arithmetic("add"), subtract: arithmetic("sub"), multiply: arithmetic("mul"), divide, modulo, power,
  negate: opposable("neg"), abs: opposable("abs"),
  equal: equality(true), not_equal: equality(false),
  less: order(true, false), less_or_equal: order(false, false), greater: order(true, true), greater_or_equal: order(false, true),
  and: logic(false), or: logic(true),
  not: (o, args) => ({ kind: "bool", value: o.not(at(args, 0).value), present: at(args, 0).present }),
  one_of: oneOf, between,
  sqrt: partial((o, x) => o.not(o.less(x, o.double(0))), (o, x) => o.sqrt(x)),
  exp: float((o, x) => o.exp(x)),
  log: partial(positive, (o, x) => o.log(x)),
  log1p: (o, args) => {
    const x = double(o, at(args, 0));
    const shifted = o.add(o.double(1), x);
    const kept = o.sub(shifted, o.double(1));
    const nothing = o.equal(kept, o.double(0));
    const log = o.log(shifted);
    // As in SQL, where the formula has its source.
    const small = o.select(nothing, x, o.mul(log, o.div(x, o.select(nothing, o.double(1), kept))));
    return { kind: "float", value: o.select(o.equal(kept, x), log, small), present: allPresent(o, present(o, args), positive(o, shifted)) };
  },
  floor: rounding((o, x) => o.floor(x)), ceil: rounding((o, x) => o.ceil(x)), round: rounding((o, x) => o.round(x)),
  sin: partial((o, x) => o.isFinite(x), (o, x) => o.sin(x)), cos: partial((o, x) => o.isFinite(x), (o, x) => o.cos(x)),
  float: (o, args) => converted(o, at(args, 0), "float"),
  int: (o, args) => converted(o, at(args, 0), "int"),
  least: extreme("min"), greatest: extreme("max"), clip, is_null: isNull, coalesce, hashed, timestamp,
  days: float((o, x) => o.graph.node("Div", [x, o.double(microsecondsPerDay / 1000)])),
  hours: float((o, x) => o.graph.node("Div", [x, o.double(3_600_000)])),
} satisfies Record<string, Emit>);
