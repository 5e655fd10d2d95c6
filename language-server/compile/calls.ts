/** Calls of the scalar functions in `grammar/compiled-spec/functions.ts`. */
import { functionByName, functions, type FunctionSignature } from "../../grammar/compiled-spec/index.ts";
import type { Call, Expression } from "../../grammar/generated/ast.ts";
import { nearest } from "../language/suggest.ts";
import { comparable, inWords, isMoment, isNumeric, type, type Kind, type Type } from "../types/type.ts";
import { constructorByName } from "../vocabulary/constructors.ts";
import { textOf, type Context } from "./context.ts";
import { checkTimeFormat } from "./time-formats.ts";
import { alike, callOf, literal, typed, type Typed } from "./typed.ts";

type Check = (argument: Expression) => Typed | undefined;
type Parameter = FunctionSignature["parameters"][number];

/** `servedAs`: see `Env`. */
export function checkScalarCall(e: Call, check: Check, servedAs: string | undefined, context: Context): Typed | undefined {
  const signature = functionByName.get(e.function);
  if (signature === undefined || signature.operator !== undefined) return unknownFunction(e, context);
  if (e.window !== undefined) return context.report(e.window, "wrong-arguments", `\`${e.function}\` looks at one row: only aggregates such as \`sum\` have a window`);
  const args = positional(e, signature, check, context);
  if (args === undefined || (args.length > 1 && signature.name === "timestamp" && !hasFormat(e, args, context))) return undefined;
  if (!signature.servable && servedAs !== undefined && !isFreeOfRow(args)) {
    return context.report(e, "not-servable", `\`${e.function}\` cannot run inside the served model, where ${servedAs} is computed`, {
      property: "function", hint: "Compute it as a column of the source (`clean: string = lower(raw)`) or in a feature view `for` an entity.",
    });
  }
  return result(signature, args);
}

/** Of `timestamp(text, format)`: the format is the same in every row. */
function hasFormat(e: Call, [value, format]: readonly Typed[], context: Context): boolean {
  const at = e.arguments.find(({ name }) => name === "format")?.value ?? e.arguments[1]?.value;
  if (at === undefined || format?.code.op !== "literal" || typeof format.code.value !== "string") return context.report(at ?? e, "wrong-arguments", "a format is a text, such as `\"%d.%m.%y\"`") ?? false;
  if (value?.type.kind !== "string") return context.report(at, "wrong-arguments", "only a text has a format") ?? false;
  return checkTimeFormat(format.code.value, at, context);
}

const isFreeOfRow = (args: readonly Typed[]): boolean => args.every((a) => a.code.op === "literal");

export function unknownFunction(e: Call, context: Context): undefined {
  const misplaced = constructorByName.get(e.function);
  if (misplaced !== undefined) {
    const places: Readonly<Record<string, string>> = {
      encoding: "an encoding stands outermost in a model's `inputs`", aggregate: "an aggregate stands in a feature view `for` an entity, or in a label over later events",
      events: "it stands in a label's `is`", layer: "it stands in a model's `network`", reader: "it stands in a source's `read`",
    };
    return context.report(e, "unknown-function", `\`${e.function}\` has no meaning here: ${places[misplaced.group] ?? misplaced.doc}`, { property: "function" });
  }
  const suggestion = nearest(e.function, [...functions.map((f) => f.name), ...constructorByName.keys()]);
  const hint = suggestion === undefined ? "" : `: did you mean \`${suggestion}\`?`;
  return context.report(e, "unknown-function", `unknown function \`${e.function}\`${hint}`, { property: "function", suggestion });
}

/** Checked arguments in the order of the parameters. */
function positional(e: Call, signature: FunctionSignature, check: Check, context: Context): readonly Typed[] | undefined {
  const slots: (Typed | undefined)[] = [];
  let broken = false;
  for (const [i, argument] of e.arguments.entries()) {
    if (argument.value === undefined) return context.report(argument, "wrong-arguments", `\`${e.function}\` takes no condition`);
    const at = argument.name === undefined ? i : signature.parameters.findIndex((p) => p.name === argument.name && p.rest !== true);
    if (at < 0) return context.report(argument, "wrong-arguments", `\`${e.function}\` has no argument \`${argument.name ?? ""}\``, { property: "name" });
    if (at in slots) return context.report(argument, "wrong-arguments", `\`${signature.parameters[at]?.name ?? e.function}\` is given twice`);
    const value = check(argument.value);
    if (value === undefined) broken = true;
    slots[at] = value;
  }
  const wrong = wrongCount(e.arguments.length, slots, signature);
  if (wrong !== undefined) {
    const names = signature.parameters.map((p) => (p.optional === true ? `${p.name}?` : p.rest === true ? "…" : p.name)).join(", ");
    return context.report(e, "wrong-arguments", `\`${e.function}(${names})\` ${wrong}`);
  }
  return broken ? undefined : fit(e, signature, slots.filter((s) => s !== undefined), context);
}

/** Which arguments are lacking, or how many there are to be. */
function wrongCount(given: number, slots: readonly unknown[], { parameters }: FunctionSignature): string | undefined {
  const needed = parameters.filter((p) => p.optional !== true && p.rest !== true);
  const least = needed.length;
  const most = parameters.some((p) => p.rest) ? Infinity : parameters.length;
  const lacking = needed.find((p) => !(parameters.indexOf(p) in slots));
  if (given >= least && given <= most) return lacking && `needs \`${lacking.name}\``;
  const count = most === least ? `${least}` : most === Infinity ? `at least ${least}` : `${least} or ${most}`;
  return `takes ${count} argument${most === 1 ? "" : "s"}, not ${given}`;
}

const parameterAt = ({ parameters }: FunctionSignature, i: number): Parameter | undefined => parameters[i] ?? parameters.find((p) => p.rest);

function fit(e: Call, signature: FunctionSignature, values: readonly Typed[], context: Context): readonly Typed[] | undefined {
  for (const [i, value] of values.entries()) {
    const parameter = parameterAt(signature, i);
    const node = e.arguments[i]?.value;
    if (parameter === undefined || node === undefined || accepts(parameter, value.type, values[0]?.type)) continue;
    const wanted = parameter.kind === "same" ? inWords(values[0]?.type ?? type("float")) : parameter.kind === "number" ? "a number" : inWords(type(parameter.kind as Kind));
    return context.report(node, "type-mismatch", `\`${e.function}\` needs ${wanted} for \`${parameter.name}\`, but this is ${inWords(value.type)} (${textOf(node)})`);
  }
  const same = signature.parameters.some((p) => p.kind === "same");
  const mixed = signature.returns === "number" && values.some((v) => v.type.kind === "float" || v.type.kind === "share");
  return same || mixed || signature.name === "clip" ? alike(values) : values.map((v) => (v.type.kind === "null" ? literal(type("string", true), null) : v));
}

function accepts(parameter: Parameter, given: Type, firstType: Type | undefined): boolean {
  if (given.kind === "null") return parameter.kind === "any" || parameter.kind === "same";
  switch (parameter.kind) {
    case "any": return given.kind !== "rate";
    case "number": return isNumeric(given);
    case "same": return firstType === undefined || firstType.kind === "null" || comparable(given, firstType);
    case "timestamp": return isMoment(given);
    case "float": return isNumeric(given);
    default: return given.kind === parameter.kind;
  }
}

/** Functions that are null outside of their domain, and the least argument they take. */
const domain: Readonly<Record<string, (low: number) => boolean>> = { sqrt: (x) => x >= 0, log: (x) => x > 0, log1p: (x) => x > -1 };

/** Results that are never below 0 whatever the argument. */
const notNegative = new Set(["abs", "sqrt", "exp", "length", "hour_of_day", "day_of_week", "day_of_month", "day_of_year", "month", "year"]);

function result(signature: FunctionSignature, args: readonly Typed[]): Typed {
  const kind: Kind = signature.returns === "same" ? (args[0]?.type.kind ?? "float")
    : signature.returns === "number" ? (args.every((a) => a.type.kind === "int") ? "int" : "float") : signature.returns;
  const missing = args.some((a) => a.type.nullable);
  const outside = domain[signature.name];
  const low = args[0]?.low;
  const mayLeave = outside !== undefined && !(low !== undefined && outside(low));
  const nullable = signature.nulls === "never" ? false : signature.nulls === "last" ? (args.at(-1)?.type.nullable ?? false) : missing || mayLeave;
  const t: Type = { kind: kind === "share" ? "float" : kind, nullable };
  const value = callOf(t, signature.name, args);
  const least = lowOf(signature.name, args);
  return least === undefined ? value : typed(t, value.code, least);
}

function lowOf(name: string, args: readonly Typed[]): number | undefined {
  const low = args[0]?.low;
  if (notNegative.has(name)) return 0;
  if (name === "clip") return args[1]?.low;
  if (name === "log1p") return low !== undefined && low >= 0 ? 0 : undefined;
  if (name === "least" || name === "coalesce") return low === undefined || args[1]?.low === undefined ? undefined : Math.min(low, args[1].low);
  if (name === "greatest") return low === undefined && args[1]?.low === undefined ? undefined : Math.max(low ?? -Infinity, args[1]?.low ?? -Infinity);
  return name === "float" || name === "int" || name === "round" || name === "floor" || name === "ceil" ? (low === undefined ? undefined : Math.trunc(low)) : undefined;
}
