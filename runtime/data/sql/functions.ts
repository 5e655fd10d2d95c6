/** Every built-in scalar function in DuckDB SQL: the counterpart of `grammar/compiled-spec/functions.ts`. */
import type { ScalarKind } from "../../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../../errors.ts";
import { castSql, timestampOfText } from "./types.ts";

export interface Argument {
  readonly sql: string;
  readonly kind: ScalarKind;
  /** `constant` is never null. What is `computed` should stand in the SQL once, or nesting would grow it without bound. */
  readonly form: "constant" | "column" | "computed";
  /** Of a text that the spec says: itself. */
  readonly text?: string;
}

type Arguments = readonly Argument[];
type Compile = (args: Arguments, result: ScalarKind) => string;

export function functionSql(fn: string, args: Arguments, result: ScalarKind): string {
  const compile = table[fn];
  if (!compile) throw new MlspecError("function-unknown", `There is no function ${fn} in the language.`);
  return compile(args, result);
}

/** What reads its argument several times, of one that should stand there once. */
const once = (sql: string, make: (x: string) => string): string => `(list_transform([${sql}], lambda once: ${make("once")})[1])`;

const nothing: Argument = { sql: "NULL", kind: "float", form: "computed" };
const at = (args: Arguments, i: number): Argument => args[i] ?? nothing;
const double = (a: Argument): string => (a.kind === "float" ? a.sql : `CAST(${a.sql} AS DOUBLE)`);
/** Without NaN: a float that has none as its value is NULL. */
const whole = (sql: string): string => `TRY_CAST(${sql} AS BIGINT)`;

const one = (make: (x: string) => string): Compile => (args) => make(at(args, 0).sql);
const two = (make: (x: string, y: string) => string): Compile => (args) => make(at(args, 0).sql, at(args, 1).sql);
const float = (make: (x: string) => string): Compile => (args) => make(double(at(args, 0)));
const rounding = (fn: string): Compile => (args) => (at(args, 0).kind === "float" ? whole(`${fn}(${at(args, 0).sql})`) : at(args, 0).sql);
const comparison = (symbol: string): Compile => two((x, y) => `(${x} ${symbol} ${y})`);

const isMoment = (kind: ScalarKind): boolean => kind === "timestamp" || kind === "date";
const microseconds = (a: Argument): string => (isMoment(a.kind) ? `epoch_us(${a.sql})` : `${a.sql} * 1000`);

/** `+`, `-` and `*`. Ints and times that leave 64 bits are NULL: TRY costs nothing as long as it does not happen. */
const arithmetic = (symbol: "+" | "-" | "*"): Compile => (args, result) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  switch (result) {
    case "float": return `(${double(a)} ${symbol} ${double(b)})`;
    case "timestamp": return `TRY(make_timestamp(${microseconds(a)} ${symbol} ${microseconds(b)}))`;
    case "date": return `CAST(TRY(make_timestamp(${microseconds(a)} ${symbol} ${microseconds(b)})) AS DATE)`;
    case "duration":
      if (isMoment(a.kind)) return `TRY((${microseconds(a)} ${symbol} ${microseconds(b)}) // 1000)`;
      if (a.kind === "float" || b.kind === "float") return whole(`round(${double(a)} ${symbol} ${double(b)})`);
      return `TRY(${a.sql} ${symbol} ${b.sql})`;
    default: return `TRY(${a.sql} ${symbol} ${b.sql})`;
  }
};

const divide: Compile = (args, result) => {
  const quotient = `(${double(at(args, 0))} / nullif(${double(at(args, 1))}, 0))`;
  return result === "float" ? quotient : castSql(`round(${quotient})`, "float", result);
};

const modulo: Compile = (args, result) => {
  const [a, b] = [at(args, 0), at(args, 1)];
  if (result === "float") return `(${double(a)} % nullif(${double(b)}, 0))`;
  // The smallest int has no positive counterpart: its remainder by -1 overflows.
  return `TRY(${a.sql} % nullif(${b.sql}, 0))`;
};

/**
 * `least` or `greatest`, null when an argument is: DuckDB's own pass nulls over. Where the argument may be written twice
 * a CASE says so; else a sort with nulls first does, slower, with each argument written once.
 */
function extreme(which: "least" | "greatest", args: Arguments): string {
  const list = args.map((a) => a.sql).join(", ");
  const fallible = args.filter((a) => a.form !== "constant");
  if (fallible.some((a) => a.form === "computed")) {
    return `(list_sort([${list}], '${which === "least" ? "ASC" : "DESC"}', 'NULLS FIRST')[1])`;
  }
  const missing = fallible.map((a) => `${a.sql} IS NULL`).join(" OR ");
  return missing === "" ? `${which}(${list})` : `(CASE WHEN ${missing} THEN NULL ELSE ${which}(${list}) END)`;
}

const converted = (a: Argument, kind: ScalarKind): Argument =>
  a.kind === "float" && kind !== "float" ? { ...a, sql: whole(`trunc(${a.sql})`), kind } : { ...a, sql: castSql(a.sql, a.kind, kind), kind };

const smallest = (which: "least" | "greatest"): Compile => (args, result) => extreme(which, args.map((a) => converted(a, result)));

/** Where low is above high the answer is high, as in ONNX's Clip. */
const clip: Compile = (args, result) => {
  const [x, low, high] = [at(args, 0), at(args, 1), at(args, 2)].map((a) => converted(a, result)) as [Argument, Argument, Argument];
  if (low.form === "constant" && high.form === "constant" && x.form !== "computed") {
    return `(CASE WHEN ${x.sql} IS NULL THEN NULL ELSE least(greatest(${x.sql}, ${low.sql}), ${high.sql}) END)`;
  }
  return extreme("least", [{ sql: extreme("greatest", [x, low]), kind: result, form: "computed" }, high]);
};

/** A null among the bounds or the items makes the answer null, even where SQL's shortcuts would know better. */
const strict = (others: Arguments, sql: string): string => {
  const missing = others.filter((a) => a.form !== "constant").map((a) => `${a.sql} IS NULL`).join(" OR ");
  return missing === "" ? `(${sql})` : `(CASE WHEN ${missing} THEN NULL ELSE ${sql} END)`;
};

const oneOf: Compile = (args) => {
  const [value, ...items] = args;
  const sought = value?.sql ?? "NULL";
  if (items.length === 0) return `(CASE WHEN ${sought} IS NOT NULL THEN FALSE END)`;
  return strict(items, `${sought} IN (${items.map((a) => a.sql).join(", ")})`);
};

const between: Compile = (args) =>
  strict(args.slice(1), `${at(args, 0).sql} BETWEEN ${at(args, 1).sql} AND ${at(args, 2).sql}`);

const timestamp: Compile = (args) => {
  const a = at(args, 0);
  if (isMoment(a.kind)) return `CAST(${a.sql} AS TIMESTAMP)`;
  if (a.kind !== "string") return "CAST(NULL AS TIMESTAMP)";
  const format = args[1]?.text;
  const moment = (sql: string): string => timestampOfText(sql, format === undefined ? [] : [format]);
  return a.form === "computed" ? once(a.sql, moment) : moment(a.sql);
};

/** NULL of a day that there is not. A year of two digits is none either, as in texts. */
const date: Compile = (args) => `TRY(make_date(nullif(greatest(${at(args, 0).sql}, 999), 999), ${at(args, 1).sql}, ${at(args, 2).sql}))`;

const string: Compile = (args) => {
  const a = at(args, 0);
  switch (a.kind) {
    case "timestamp": return `strftime(${a.sql}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
    case "duration": return `(CAST(${a.sql} AS VARCHAR) || 'ms')`;
    default: return `CAST(${a.sql} AS VARCHAR)`;
  }
};

const spaces = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)";
/** -5e-324 is the float next below zero: what is not above it is negative, and becomes NULL; so do nulls, which `greatest` skips. */
const notNegative = (x: string): string => `nullif(greatest(${x}, (-5e-324)), (-5e-324))`;
const positive = (x: string): string => `nullif(greatest(${x}, 0e0), 0e0)`;
/**
 * ln(1 + x)·(x / ((1 + x) − 1)): the quotient is 1 but for what 1 + x lost of a small x (Kahan; Goldberg 1991, theorem 4). Where it lost nothing the
 * logarithm alone, also of an infinity; where it lost all, x.
 */
const log1p = (x: string): string => {
  const log = `ln(${positive(`(1e0 + ${x})`)})`;
  return `(CASE WHEN (1e0 + ${x}) - 1e0 = ${x} THEN ${log} WHEN (1e0 + ${x}) = 1e0 THEN ${x} ELSE ${log} * (${x} / ((1e0 + ${x}) - 1e0)) END)`;
};
const part = (sql: string): Compile => one((x) => `CAST(${sql.replace("$", () => x)} AS BIGINT)`);

/** MD5's lower half as an unsigned number, folded into the signed range (two's complement) by flipping the top bit. */
const hashed = (x: string): string =>
  `CAST(CAST(xor(md5_number_lower(${x}), 9223372036854775808::UBIGINT) AS HUGEINT) - 9223372036854775808::HUGEINT AS BIGINT)`;

const table: Readonly<Record<string, Compile | undefined>> = Object.assign(Object.create(null) as object, {
  add: arithmetic("+"),
  subtract: arithmetic("-"),
  multiply: arithmetic("*"),
  divide,
  modulo,
  negate: (args, result) => (result === "float" ? `(-${double(at(args, 0))})` : `TRY(-${at(args, 0).sql})`),
  power: (args) => `nullif(pow(${double(at(args, 0))}, ${double(at(args, 1))}), 'nan'::DOUBLE)`,
  equal: comparison("="),
  not_equal: comparison("<>"),
  less: comparison("<"),
  less_or_equal: comparison("<="),
  greater: comparison(">"),
  greater_or_equal: comparison(">="),
  not: one((x) => `(NOT ${x})`),
  one_of: oneOf,
  between,
  abs: (args) => (at(args, 0).kind === "float" ? `abs(${at(args, 0).sql})` : `TRY(abs(${at(args, 0).sql}))`),
  sqrt: float((x) => `sqrt(${notNegative(x)})`),
  exp: float((x) => `exp(${x})`),
  log: float((x) => `ln(${positive(x)})`),
  log1p: (args) => (at(args, 0).form === "computed" ? once(double(at(args, 0)), log1p) : log1p(double(at(args, 0)))),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  round: rounding("round"),
  // DuckDB refuses the sine of an infinity.
  sin: float((x) => `TRY(sin(${x}))`),
  cos: float((x) => `TRY(cos(${x}))`),
  float: (args) => double(at(args, 0)),
  int: (args) => converted(at(args, 0), "int").sql,
  least: smallest("least"),
  greatest: smallest("greatest"),
  clip,
  is_null: one((x) => `(${x} IS NULL)`),
  coalesce: (args, result) => `coalesce(${args.map((a) => converted(a, result).sql).join(", ")})`,
  hour_of_day: part("hour(CAST($ AS TIMESTAMP))"),
  day_of_week: part("(isodow($) - 1)"),
  day_of_month: part("day($)"),
  day_of_year: part("dayofyear($)"),
  month: part("month($)"),
  year: part("year($)"),
  days: float((x) => `(${x} / 86400000e0)`),
  hours: float((x) => `(${x} / 3600000e0)`),
  timestamp,
  date,
  lower: one((x) => `lower(${x})`),
  upper: one((x) => `upper(${x})`),
  trim: one((x) => `trim(${x}, ${spaces})`),
  length: one((x) => `CAST(length(${x}) AS BIGINT)`),
  concat: (args) => `(${args.map(({ sql }) => sql).join(" || ")})`,
  starts_with: two((x, y) => `starts_with(${x}, ${y})`),
  ends_with: two((x, y) => `ends_with(${x}, ${y})`),
  contains: two((x, y) => `contains(${x}, ${y})`),
  string,
  hashed: one(hashed),
} satisfies Record<string, Compile>);

/** For the test that no function of the language is forgotten. */
export const compiledFunctions: ReadonlySet<string> = new Set([...Object.keys(table), "and", "or"]);
