/** Comments that were meant to silence a finding and are written otherwise: `mlsepc-ignore`, `mlspec-disable`, `mlspec: ignore no-fallback`. Prose that speaks of MLSpec is none. */
import { edits } from "../language/suggest.ts";

/** What other tools say, and their users. */
const verbs = ["ignore", "disable", "suppress", "silence", "allow", "skip", "nolint", "noqa", "off"];

const beginning = /^(?:\/\/+|\/\*+)[\s*@!#]*((?:ml[-_.])?[A-Za-z]+)(?:(\s*[-_:.]\s*|\s+)([A-Za-z]+))?/i;

/** As `-`, which they were meant to be. */
const dashes = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;

/** The words that the comment begins with, when they were meant so. */
export function meantAsIgnore(comment: string): string | undefined {
  const [head = "", start = "", between = "", second = ""] = beginning.exec(comment.replaceAll(dashes, "-")) ?? [];
  const said = comment.slice(0, head.length).replace(/^[/\s*@!#]+/, "");
  const first = start.replace(/[-_.]/, "");
  if (isNear(first, "mlspecignore", 2)) return start;
  if (!isNear(first, "mlspec", 2)) return undefined;
  if (second.toLowerCase() === "ignore" && /^[-_]$/.test(between)) return said;
  const rest = comment.slice(head.length).replace(/\*\/\s*$/, "");
  if (verbs.some((verb) => isNear(second, verb, verb.length > 5 ? 2 : 0) && !isForm(second, verb))) return /^[-_:.]$/.test(between) || isClause(rest) ? said : undefined;
  return verbs.some((verb) => isForm(second, verb)) && namesACheck(rest) ? said : undefined;
}

/** By edits. The first letter is what one gets right, or swaps with the second: `spec` is another word. */
const isNear = (word: string, wanted: string, most: number): boolean =>
  word.length >= wanted.length - 1 && wanted.slice(0, 2).includes(word.charAt(0).toLowerCase()) && edits(word.toLowerCase(), wanted, most + 1) <= most;

/** `ignores`, `ignored`: how one speaks of it. */
const isForm = (word: string, verb: string): boolean => new RegExp(`^${verb.replace(/e$/, "")}(e?s|e?d|ing|able)$`, "i").test(word);

/** Behind the verb: nothing, a colon, a check of several words, or one word and a colon. */
const isClause = (rest: string): boolean => /^\s*(?:$|:|[A-Za-z]+(?:[-_][A-Za-z]+)+\b|\S+\s*:)/.test(rest);
const namesACheck = (rest: string): boolean => /^\s+[a-z]+(?:[-_][a-z]+)+\s*(?::|$)/i.test(rest);
