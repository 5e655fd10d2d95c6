/** When what became of a prediction is known. */
import type { Label, Source } from "./data.ts";

/**
 * How long after its prediction an outcome may still come: later events happen within the label's time, and are told as late as their source says.
 * 0 for a label of the row itself, whose time the spec does not tell.
 */
export function outcomeKnownAfterMs({ rule }: Label, sources: readonly Source[]): number {
  return rule.kind === "later-events" ? rule.withinMs + (sources.find(({ name }) => name === rule.events)?.latenessMs ?? 0) : 0;
}
