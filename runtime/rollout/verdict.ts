/** The answer to one requirement, as plain data for records, status and reports. */
import type { StageRequirement } from "../../grammar/compiled-spec/index.ts";

export type EvidenceOutcome = "pass" | "fail" | "not-enough-evidence";

export interface Evidence {
  /** The requirement's source text. */
  readonly text: string;
  readonly kind: StageRequirement["kind"];
  readonly outcome: EvidenceOutcome;
  /** In words, with numbers. */
  readonly reason: string;
  /** The candidate's and the control's value; null before there is one, or where there is no control. */
  readonly candidate: number | null;
  readonly control: number | null;
  /** What the candidate's value is held against. */
  readonly bound: number | null;
  /** Candidate units (requests for latency and disagreement) seen, and needed before a pass. */
  readonly seen: number;
  readonly needed: number | null;
  /** Evidence against the requirement, as a share of what fails it: 1 fails. Null before there is any. */
  readonly against: number | null;
}

/**
 * Where the bound is the control itself, a healthy candidate lies on either side of it by chance: it passes within this share of
 * the smallest harm. At a third, less than 1 − power of the candidates with that harm slip through, early looks
 * included, while healthy ones pass (`bench/gates.ts` measures both).
 */
export const PASSING_SHARE_OF_HARM = 1 / 3;

/** Clipped to 0 … 1, which plain JSON can carry; no number (no data) is no evidence. */
export function strength(share: number): number {
  return Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
}

/** `1.25%`; three significant digits. */
export function percent(value: number | null): string {
  return value === null ? "none" : `${Number((value * 100).toPrecision(3))}%`;
}
