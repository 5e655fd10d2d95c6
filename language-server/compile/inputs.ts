/** A model's inputs: how each feature enters the network. */
import type { Encoding, ModelInput } from "../../grammar/compiled-spec/index.ts";
import { isCall, type Call, type Definition } from "../../grammar/generated/ast.ts";
import { inWords, isNumeric, type Type } from "../types/type.ts";
import { encodingNames } from "../vocabulary/index.ts";
import { constructorByName } from "../vocabulary/constructors.ts";
import { Arguments, bind } from "./arguments.ts";
import { textOf, type Context } from "./context.ts";
import type { Env } from "./env.ts";
import { check } from "./expressions.ts";
import { varying } from "./same-in-every-row.ts";
import { callOf, type Typed } from "./typed.ts";
import { type } from "../types/type.ts";
import { written } from "../language/whole.ts";

/** `price = standardize(log1p(price))`; a bare expression is encoded by its type. */
export function compileInput(node: Definition, env: Env, context: Context): ModelInput | undefined {
  const expression = written(node.value);
  if (expression === undefined || typeof node.name !== "string") return undefined;
  const place = { name: node.name, origin: context.origin(node, "name") };
  if (isCall(expression) && encodingNames.has(expression.function)) {
    const encoded = readEncoding(expression, env, context);
    return encoded && { ...place, value: encoded.value.code, encode: encoded.encode };
  }
  const value = varying(check(expression, env, context), expression, env, context);
  if (value === undefined) return undefined;
  const encoded = encodingByType(value);
  if (encoded === undefined) return context.report(expression, "type-mismatch", `${inWords(value.type)} cannot enter a network as it is`, { hint: "Make a number of it: hours(a - b), hour_of_day(at), days(d)." });
  return { ...place, value: encoded.value.code, encode: encoded.encode };
}

interface Encoded {
  readonly value: Typed;
  readonly encode: Encoding;
}

/** Numbers are standardised, bools are 0 or 1, texts one-hot encoded, durations become hours. Moments have no default. */
export function encodingByType(value: Typed): Encoded | undefined {
  switch (value.type.kind) {
    case "int": case "float": case "share": return { value, encode: { kind: "standardize" } };
    case "bool": return { value, encode: { kind: "number" } };
    case "string": return { value, encode: { kind: "one-hot", top: 50 } };
    case "duration": return { value: callOf(type("float", value.type.nullable), "hours", [value]), encode: { kind: "standardize" } };
    default: return undefined;
  }
}

function readEncoding(call: Call, env: Env, context: Context): Encoded | undefined {
  const entry = constructorByName.get(call.function);
  if (entry === undefined) return undefined;
  if (call.window !== undefined) context.report(call.window, "wrong-arguments", `\`${call.function}\` has no window`);
  const bound = bind(call, entry, context);
  if (bound === undefined) return undefined;
  const args = new Arguments(entry, bound, context);
  const at = args.expression("value");
  const value = varying(check(at, env, context), at, env, context);
  const encode = encodingOf(call, args, context);
  if (at === undefined || value === undefined || encode === undefined || args.failed) return undefined;
  return accepts(encode, value.type) ? { value, encode }
    : context.report(at, "type-mismatch", `\`${call.function}\` needs ${wanted(encode)}, but this is ${inWords(value.type)} (${textOf(at)})`, { hint: hintFor(value.type) });
}

function accepts(encode: Encoding, t: Type): boolean {
  switch (encode.kind) {
    case "number": return isNumeric(t) || t.kind === "bool";
    case "standardize": case "robust": case "normalize": case "bucketize": return isNumeric(t);
    case "one-hot": return t.kind === "string" || t.kind === "int" || t.kind === "bool";
    case "hashed-one-hot": return t.kind === "string" || t.kind === "int";
    case "embedding": return t.kind === "string" || t.kind === "int";
  }
}

const wanted = (encode: Encoding): string =>
  encode.kind === "one-hot" || encode.kind === "hashed-one-hot" || encode.kind === "embedding" ? "a text or an int" : encode.kind === "number" ? "a number or a bool" : "a number";

function hintFor(t: Type): string | undefined {
  switch (t.kind) {
    case "string": return "Texts are encoded by one_hot(…), hashed_one_hot(…) or embedding(…).";
    case "bool": return "A bool is encoded by number(…).";
    case "float": return "Numbers are encoded by number(…), standardize(…), robust(…), normalize(…) or bucketize(…).";
    case "duration": return "hours(…) and days(…) make a number of a duration.";
    case "timestamp": case "date": return "Make a number of it: hour_of_day(…), day_of_week(…), days(a - b).";
    default: return undefined;
  }
}

function encodingOf(call: Call, args: Arguments, context: Context): Encoding | undefined {
  switch (call.function) {
    case "number": return { kind: "number" };
    case "standardize": return { kind: "standardize" };
    case "robust": return { kind: "robust" };
    case "normalize": return { kind: "normalize" };
    case "bucketize": return buckets(call, args, context);
    case "one_hot": return { kind: "one-hot", top: args.number("top", "int") ?? 50 };
    case "hashed_one_hot": {
      const count = args.number("buckets", "int");
      return count === undefined ? undefined : { kind: "hashed-one-hot", buckets: count };
    }
    case "embedding": return embedding(call, args, context);
    default: return undefined;
  }
}

function buckets(call: Call, args: Arguments, context: Context): Encoding | undefined {
  const boundaries = args.numbers("boundaries") ?? null;
  const count = args.number("count", "int") ?? null;
  if ((boundaries === null) === (count === null)) {
    return args.failed ? undefined : context.report(call, "wrong-arguments", "`bucketize` needs either `boundaries: [1, 10, 100]` or `count: 10`", { property: "function" });
  }
  const at = args.expression("boundaries");
  if (boundaries !== null && at !== undefined && (boundaries.length === 0 || boundaries.some((b, i) => i > 0 && b <= (boundaries[i - 1] ?? b)))) {
    return context.report(at, "out-of-range", "boundaries must ascend");
  }
  return { kind: "bucketize", boundaries, count };
}

function embedding(call: Call, args: Arguments, context: Context): Encoding | undefined {
  const size = args.number("size", "int");
  const top = args.number("top", "int") ?? null;
  const count = args.number("buckets", "int") ?? null;
  if (size === undefined || args.failed) return undefined;
  if ((top === null) === (count === null)) {
    return context.report(call, "wrong-arguments", "`embedding` needs a bound: either `top: 1000` (a vector for each frequent value) or `buckets: 10k` (by hash)", { property: "function" });
  }
  return { kind: "embedding", size, top, buckets: count };
}
