/** A word in quotes where a word without them is meant: `"auc"`, `"off"`. */
import { isText, type Expression } from "../../grammar/generated/ast.ts";
import { nearest } from "../language/suggest.ts";
import { constructorByName } from "../vocabulary/constructors.ts";
import type { ReportOptions } from "./context.ts";

type Advice = Pick<ReportOptions, "suggestion" | "hint">;

/** What to write for a text, for the report that a name is needed; of one that names none of `known` the nearest. Nothing for what is no text of one word. */
export function withoutQuotes(e: Expression, known?: readonly string[]): Advice {
  const word = isText(e) ? /^[A-Za-z_]\w*$/.exec(e.value)?.[0] : undefined;
  const meant = word === undefined || known === undefined || known.includes(word) ? word : nearest(word, known);
  return meant === undefined ? {} : { suggestion: meant, hint: `Names are written without quotes: \`${meant}\`.` };
}

/** The call that a word was meant to be, in quotes or not: `optimizer: adam`. */
export function asCall(word: string | undefined, allowed: readonly string[]): Advice {
  const meant = word === undefined ? undefined : allowed.includes(word) ? word : nearest(word, allowed);
  const example = meant === undefined ? undefined : constructorByName.get(meant)?.example;
  return example === undefined ? {} : { suggestion: example, hint: `For example \`${example}\`.` };
}
