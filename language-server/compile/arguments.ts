/** Arguments of a constructor (`csv(…)`, `adam(…)`), matched with its entry in the vocabulary. */
import { isReference, isBuiltin, isText, type Argument, type Call, type Expression, type Named } from "../../grammar/generated/ast.ts";
import { didYouMean, nearest } from "../language/suggest.ts";
import { constructorByName, signatureOf, type Constructor, type ConstructorParameter } from "../vocabulary/constructors.ts";
import { builtinNames } from "../language/prelude.ts";
import { readName } from "./clauses.ts";
import { notFinite, numberOf, readNumber, readText, readTexts, readTruth, itemsOf } from "./constants.ts";
import type { Context } from "./context.ts";
import { asCall, withoutQuotes } from "./quoted.ts";
import { isCall } from "../../grammar/generated/ast.ts";
import { inWords, isNumeric } from "../types/type.ts";

/** The argument of a call that takes exactly one, without a name, a condition or a window. */
export function soleArgument(call: Call, takes: string, context: Context): Expression | undefined {
  const [argument, more] = call.arguments;
  if (call.window !== undefined) return context.report(call.window, "wrong-arguments", `\`${call.function}\` has no window`);
  if (argument?.value === undefined || argument.name !== undefined || more !== undefined) {
    return context.report(more ?? argument ?? call, "wrong-arguments", `\`${call.function}\` takes ${takes}, and nothing else`);
  }
  return argument.value;
}

/** What a call such as `rate(purchased)` names. */
export function soleName(call: Call, takes: string, context: Context): { readonly at: Expression; readonly named: Named } | undefined {
  const at = soleArgument(call, takes, context);
  const named = at && readName(at, takes, context);
  return at && named && { at, named };
}

/** What stands for each parameter; `rest` parameters have several. */
export type Bound = ReadonlyMap<string, readonly Expression[]>;

/** A call of one of `allowed`, with its arguments bound. Reports and gives undefined otherwise. */
export function readCall(e: Expression | undefined, allowed: readonly string[], what: string, context: Context): { readonly call: Call; readonly entry: Constructor; readonly bound: Bound } | undefined {
  if (e === undefined) return undefined;
  const choices = allowed.map((name) => `\`${name}(…)\``).join(" or ");
  if (!isCall(e)) return context.report(e, "type-mismatch", `${what} expects ${choices}`, asCall(wordOf(e), allowed));
  const entry = allowed.includes(e.function) ? constructorByName.get(e.function) : undefined;
  if (entry === undefined) {
    return context.report(e, "unknown-function", `${what} expects ${choices}, not \`${e.function}\`${didYouMean(e.function, allowed)}`, { property: "function", suggestion: nearest(e.function, allowed) });
  }
  if (e.window !== undefined) context.report(e.window, "wrong-arguments", `\`${e.function}\` has no window`);
  const bound = bind(e, entry, context);
  return bound && { call: e, entry, bound };
}

const wordOf = (e: Expression): string | undefined => (isText(e) ? e.value : isReference(e) ? e.target.$refText : undefined);

export function bind(call: Call, entry: Constructor, context: Context): Bound | undefined {
  const bound = new Map<string, Expression[]>();
  const open = entry.parameters.filter((p) => p.positional);
  let fine = true;
  for (const argument of call.arguments) {
    const parameter = parameterFor(argument, entry, open, bound);
    if (parameter === undefined || argument.value === undefined) {
      fine = false;
      refuse(argument, entry, context);
      continue;
    }
    const known = bound.get(parameter.name) ?? [];
    if (known.length > 0 && parameter.rest !== true) context.report(argument, "wrong-arguments", `\`${parameter.name}\` is given twice`);
    bound.set(parameter.name, [...known, argument.value]);
  }
  const missing = fine ? entry.parameters.find((p) => p.required && !bound.has(p.name)) : undefined;
  if (missing !== undefined) {
    context.report(call, "wrong-arguments", `\`${signatureOf(entry)}\` needs \`${missing.name}\`: ${missing.doc.toLowerCase().replace(/\.$/, "")}`);
    return undefined;
  }
  return fine ? bound : undefined;
}

function parameterFor(argument: Argument, entry: Constructor, positional: readonly ConstructorParameter[], bound: Bound): ConstructorParameter | undefined {
  if (argument.filter !== undefined) return undefined;
  if (argument.name !== undefined) return entry.parameters.find((p) => p.name === argument.name);
  return positional.find((p) => p.rest === true || !bound.has(p.name));
}

function refuse(argument: Argument, entry: Constructor, context: Context): void {
  if (argument.filter !== undefined) context.report(argument, "wrong-arguments", `\`${entry.name}\` takes no condition`);
  else if (argument.name !== undefined) {
    const names = entry.parameters.map((p) => p.name);
    context.report(argument, "wrong-arguments", `\`${entry.name}\` has no argument \`${argument.name}\`${didYouMean(argument.name, names)}`, { property: "name", suggestion: nearest(argument.name, names) });
  } else context.report(argument, "wrong-arguments", `\`${signatureOf(entry)}\` takes no further argument${entry.parameters.length > 0 ? " without a name" : ""}`);
}

/** Reads bound arguments by name; the parameter's bounds apply. A problem is noted in `failed`. */
export class Arguments {
  failed = false;
  private readonly entry: Constructor;
  private readonly bound: Bound;
  private readonly context: Context;

  constructor(entry: Constructor, bound: Bound, context: Context) {
    this.entry = entry;
    this.bound = bound;
    this.context = context;
  }

  private note<T>(given: Expression | undefined, value: T | undefined): T | undefined {
    if (given !== undefined && value === undefined) this.failed = true;
    return value;
  }

  expression(name: string): Expression | undefined {
    return this.bound.get(name)?.[0];
  }

  all(name: string): readonly Expression[] {
    return this.bound.get(name) ?? [];
  }

  number(name: string, shape: "int" | "number" | "share" | "duration"): number | undefined {
    const given = this.expression(name);
    return this.note(given, readNumber(given, shape, `\`${name}\``, this.context, this.entry.parameters.find((p) => p.name === name) ?? {}));
  }

  text(name: string): string | undefined {
    const given = this.expression(name);
    return this.note(given, readText(given, `\`${name}\``, this.context));
  }

  texts(name: string): string[] {
    return this.all(name).flatMap((e) => readTexts(e, `\`${name}\``, this.context));
  }

  truth(name: string): boolean | undefined {
    const given = this.expression(name);
    return this.note(given, readTruth(given, `\`${name}\``, this.context));
  }

  numbers(name: string): number[] | undefined {
    const given = this.expression(name);
    if (given === undefined) return undefined;
    const constants = itemsOf(given).map((item) => numberOf(item, this.context));
    const wrong = constants.findIndex((constant) => constant === undefined || !isNumeric(constant.type));
    const found = constants[wrong];
    if (wrong >= 0) this.context.report(itemsOf(given)[wrong] ?? given, "type-mismatch", `\`${name}\` expects numbers${found === undefined ? "" : `, but this is ${inWords(found.type)}`}`);
    const values = constants.map((constant) => constant?.value);
    const infinite = values.findIndex((v) => v !== undefined && !Number.isFinite(v));
    if (infinite >= 0) notFinite(itemsOf(given)[infinite] ?? given, this.context);
    return this.note(given, wrong >= 0 || infinite >= 0 ? undefined : values.filter((v) => v !== undefined));
  }

  /** One of the prelude's words of this kind. */
  builtin(name: string, kind: string): string | undefined {
    const given = this.expression(name);
    if (given === undefined) return undefined;
    const target = isReference(given) ? given.target.ref : undefined;
    if (isBuiltin(target) && target.kind === kind) return target.name;
    if (!isReference(given) || target !== undefined) this.context.report(given, "type-mismatch", `\`${name}\` expects the name of ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`, withoutQuotes(given, builtinNames(kind)));
    this.failed = true;
    return undefined;
  }
}
