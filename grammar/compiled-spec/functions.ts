/**
 * The built-in scalar functions: one table that the type checker, completion, hover, the SQL generator, the ONNX
 * generator and the documentation read. Operators are functions with a name: `a + b` compiles to `add(a, b)`.
 */
import type { ScalarKind } from "./expression.ts";

/** `number` accepts int and float; `any` accepts every scalar; `same` is the type of the first argument. */
export type ParameterKind = ScalarKind | "number" | "any" | "same";

export interface FunctionSignature {
  readonly name: string;
  readonly doc: string;
  readonly parameters: readonly { readonly name: string; readonly kind: ParameterKind; readonly optional?: true; readonly rest?: true }[];
  /** `number`: int when every argument is int, else float. `same`: the type of the first argument. */
  readonly returns: ScalarKind | "number" | "same";
  /** How null travels: `any` null argument gives null; `never` null; or as the last argument allows (`coalesce`). */
  readonly nulls: "propagate" | "never" | "last";
  /** The operator it is written as, if any. */
  readonly operator?: string;
  /** True when it can also run inside `model.onnx`: only these may stand in request features and model inputs. */
  readonly servable: boolean;
}

type Parameter = FunctionSignature["parameters"][number];
const p = (name: string, kind: ParameterKind, extra: Partial<Parameter> = {}): Parameter => ({ name, kind, ...extra });

const operator = (
  name: string, symbol: string, kinds: readonly ParameterKind[], returns: FunctionSignature["returns"], doc: string,
): FunctionSignature => ({
  name, doc, operator: symbol, returns, nulls: "propagate", servable: true,
  parameters: kinds.map((kind, i) => p(["left", "right", "high"][i] ?? "value", kind)),
});

const numeric = (name: string, doc: string, returns: FunctionSignature["returns"] = "float"): FunctionSignature => ({
  name, doc, returns, nulls: "propagate", servable: true, parameters: [p("x", "number")],
});

const calendar = (name: string, doc: string): FunctionSignature => ({
  name, doc, returns: "int", nulls: "propagate", servable: true, parameters: [p("at", "timestamp")],
});

const text = (
  name: string, doc: string, parameters: readonly Parameter[], returns: FunctionSignature["returns"], servable = false,
): FunctionSignature => ({ name, doc, parameters, returns, nulls: "propagate", servable });

/** Arithmetic on durations, dates and timestamps is typed by `language-server/types`; the table states the numeric case. */
export const operators: readonly FunctionSignature[] = [
  operator("add", "+", ["number", "number"], "number", "Sum. A timestamp plus a duration is a timestamp."),
  operator("subtract", "-", ["number", "number"], "number", "Difference. Two timestamps give a duration."),
  operator("multiply", "*", ["number", "number"], "number", "Product. A number times a duration is a duration."),
  operator("divide", "/", ["number", "number"], "float", "Quotient, always a float; null when dividing by zero."),
  operator("modulo", "%", ["number", "number"], "number", "Remainder with the sign of the dividend; null for zero."),
  operator("negate", "-", ["number"], "same", "The number with its sign changed."),
  operator("power", "^", ["number", "number"], "float", "Left to the power of right."),
  operator("equal", "==", ["any", "same"], "bool", "True when both are equal."),
  operator("not_equal", "!=", ["any", "same"], "bool", "True when they differ."),
  operator("less", "<", ["any", "same"], "bool", "True when left is smaller."),
  operator("less_or_equal", "<=", ["any", "same"], "bool", "True when left is not greater."),
  operator("greater", ">", ["any", "same"], "bool", "True when left is greater."),
  operator("greater_or_equal", ">=", ["any", "same"], "bool", "True when left is not smaller."),
  operator("and", "and", ["bool", "bool"], "bool", "True when both are (three-valued, as in SQL)."),
  operator("or", "or", ["bool", "bool"], "bool", "True when one is (three-valued, as in SQL)."),
  operator("not", "not", ["bool"], "bool", "True when it is false."),
  { name: "one_of", doc: "True when the value is in the list: `x in [1, 2]`.", operator: "in", returns: "bool", nulls: "propagate",
    servable: true, parameters: [p("value", "any"), p("items", "same", { rest: true })] },
  operator("between", "in", ["any", "same", "same"], "bool", "True within the range, both ends included: `x in 1..5`."),
];

export const functions: readonly FunctionSignature[] = [
  numeric("abs", "Absolute value.", "same"),
  numeric("sqrt", "Square root; null below zero."),
  numeric("exp", "e to the power of x."),
  numeric("log", "Natural logarithm; null at and below zero."),
  numeric("log1p", "Natural logarithm of 1 + x; null at and below -1."),
  numeric("floor", "The largest whole number not above x.", "int"),
  numeric("ceil", "The smallest whole number not below x.", "int"),
  numeric("round", "The nearest whole number, halves away from zero.", "int"),
  numeric("sin", "Sine of x radians."),
  numeric("cos", "Cosine of x radians."),
  numeric("float", "The number as a float."),
  numeric("int", "The number as an int, cut toward zero."),
  { name: "least", doc: "The smallest of the values.", parameters: [p("a", "number"), p("b", "number")], returns: "number", nulls: "propagate", servable: true },
  { name: "greatest", doc: "The largest of the values.", parameters: [p("a", "number"), p("b", "number")], returns: "number", nulls: "propagate", servable: true },
  { name: "clip", doc: "x held between low and high.", parameters: [p("x", "number"), p("low", "number"), p("high", "number")], returns: "same", nulls: "propagate", servable: true },
  { name: "is_null", doc: "True when the value is missing.", parameters: [p("value", "any")], returns: "bool", nulls: "never", servable: true },
  { name: "coalesce", doc: "The first value, or the second when the first is missing.", parameters: [p("value", "any"), p("otherwise", "same")], returns: "same", nulls: "last", servable: true },
  calendar("hour_of_day", "Hour of the day in UTC, 0 to 23."),
  calendar("day_of_week", "Day of the week in UTC, 0 = Monday to 6 = Sunday."),
  calendar("day_of_month", "Day of the month in UTC, 1 to 31."),
  calendar("day_of_year", "Day of the year in UTC, 1 to 366."),
  calendar("month", "Month in UTC, 1 to 12."),
  calendar("year", "Year in UTC."),
  { name: "days", doc: "A duration in days, as a float.", parameters: [p("d", "duration")], returns: "float", nulls: "propagate", servable: true },
  { name: "hours", doc: "A duration in hours, as a float.", parameters: [p("d", "duration")], returns: "float", nulls: "propagate", servable: true },
  { name: "timestamp", doc: "Midnight UTC of a date, or the timestamp a string says (ISO 8601, or as the format says: `timestamp(day, \"%d.%m.%y\")`).", parameters: [p("value", "any"), p("format", "string", { optional: true })], returns: "timestamp", nulls: "propagate", servable: false },
  { name: "date", doc: "The day that its parts say; missing when there is no such day (30 February), or the year is before 1000.", parameters: [p("year", "int"), p("month", "int"), p("day", "int")], returns: "date", nulls: "propagate", servable: false },
  text("lower", "The text in lower case.", [p("s", "string")], "string"),
  text("upper", "The text in upper case.", [p("s", "string")], "string"),
  text("trim", "The text without surrounding white space.", [p("s", "string")], "string"),
  text("length", "Number of characters.", [p("s", "string")], "int"),
  text("concat", "The texts one after the other.", [p("a", "string"), p("b", "string"), p("more", "string", { rest: true })], "string"),
  text("starts_with", "True when the text begins with the prefix.", [p("s", "string"), p("prefix", "string")], "bool"),
  text("ends_with", "True when the text ends with the suffix.", [p("s", "string"), p("suffix", "string")], "bool"),
  text("contains", "True when the text holds the part.", [p("s", "string"), p("part", "string")], "bool"),
  text("string", "The value as text.", [p("value", "any")], "string"),
  text("hashed", "A 64-bit hash as an int (the lower half of MD5); removes the @pii tag.", [p("s", "string")], "int", true),
];

export const functionByName: ReadonlyMap<string, FunctionSignature> = new Map([...operators, ...functions].map((f) => [f.name, f]));
