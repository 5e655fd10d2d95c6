/**
 * Time algebra: what a window sees, when a label is known, how long an outage may be. Milliseconds throughout; positive is
 * after the example.
 */
import type { Label, Slo, Window } from "../../grammar/compiled-spec/index.ts";

/** How far a window reaches past the example's time; zero or less when it stays in the past. */
export interface Foresight {
  /** The window's end: what it sees was known by then. */
  readonly knownMs: number;
  /**
   * Events that happened up to here are certain to be seen. An event counts when event time + lateness < example time + end,
   * so lateness moves the end back.
   */
  readonly happenedMs: number;
}

export function foresight(window: Window, latenessMs: number): Foresight {
  return { knownMs: window.toMs, happenedMs: window.toMs - latenessMs };
}

/** How far back from the example a window looks; null when it reaches to the beginning. */
export function reachBackMs(window: Window): number | null {
  return window.fromMs === null ? null : Math.max(0, -window.fromMs);
}

/** How old an example must be before its label is known. */
export function maturityMs(label: Label): number {
  return label.rule.kind === "later-events" ? label.rule.withinMs : 0;
}

/** The window that has the same length (or the same start) and ends at the example. */
export function windowBeforeExample(window: Window): Window {
  const length = window.fromMs === null ? null : window.toMs - window.fromMs;
  if (window.fromMs !== null && window.fromMs < 0) return { fromMs: window.fromMs, toMs: 0 };
  return { fromMs: length === null ? null : -length, toMs: 0 };
}

/** An outage lasts until the recovery has worked, not until somebody knows. */
export function outageMs(respond: NonNullable<Slo["respond"]>): number {
  return respond.detectMs + respond.decideMs + respond.recoverMs;
}

/** The time in the objective's window that may be bad: (1 − objective) × window. To the microsecond, to be free of binary fractions. */
export function errorBudgetMs(slo: Pick<Slo, "objective" | "windowMs">): number {
  return Math.round((1 - slo.objective) * slo.windowMs * 1000) / 1000;
}

/**
 * The bad time that one outage causes, at least. For most indicators that is the outage; a model's age is only bad from
 * `belowMs` on, and at best it was trained the moment the outage began.
 */
export function badTimeMs(slo: Slo, outage: number): number {
  return slo.indicator.kind === "model-age" ? Math.max(0, outage - slo.indicator.belowMs) : outage;
}
