/** Words of the language that stand between names: in headings, and behind a value. */
import { CompletionItemKind } from "vscode-languageserver";
import type { Token } from "./cursor.ts";
import type { Suggestion } from "./suggestion.ts";

const word = (label: string, doc: string): Suggestion => ({ label, kind: CompletionItemKind.Keyword, doc, snippet: `${label} `, more: true, rank: 5 });

const headings: Readonly<Record<string, readonly Suggestion[]>> = {
  features: [word("for", "The entity that the features are about.")],
  evaluation: [word("of", "The model that is evaluated.")],
  slo: [word("of", "The service or model that the objective is for.")],
  rollout: [word("of", "The model that is rolled out."), word("on", "The service that it is rolled out on.")],
};

/** `features popularity |`, `rollout release of ranker |`. */
export function headerWords(before: readonly Token[]): readonly Suggestion[] {
  const start = before.findLastIndex((token) => token.type in headings);
  const kind = before[start];
  const place = before.length - 1 - start;
  if (kind === undefined || place % 2 === 0 || before.at(-1)?.type !== "ID") return [];
  const expected = headings[kind.type]?.[(place - 1) / 2];
  return expected === undefined ? [] : [expected];
}

export const infixWords: readonly Suggestion[] = [
  word("over", "The window: `over 7d` is [t − 7d, t) for an example at t, `over -2d..-1d` is [t − 2d, t − 1d)."),
  word("where", "Only rows for which it is true."),
  word("by", "For each value of a slice."),
  word("per", "In each such time: `rows in 100k..5M per 1d`."),
  word("before", "The stage that must not begin without it."),
  word("from", "The dataset that it is learned from."),
  word("and", "True when both are."),
  word("or", "True when one is."),
  word("in", "Is one of a list, or within a range."),
  word("not in", "Is none of a list."),
];
