/** What is observed, as lines of a journal: so that a killed process loses nothing that the counters had not taken up yet. Units are hashes here. */
import { unitHash } from "./assignment.ts";
import { exposureText, parseExposure, type Exposure, type Observation, type Outcome } from "./exposure.ts";

export type Entry =
  | {
    readonly kind: "request"; readonly exposure: Exposure; readonly unit: number | null; readonly failed: boolean; readonly latencyMs: number;
    readonly difference: number | null; readonly stands: boolean; readonly predictions: number;
  }
  | { readonly kind: "outcome"; readonly exposure: Exposure; readonly unit: number | null; readonly label: string; readonly value: number }
  | { readonly kind: "left-out"; readonly exposure: Exposure; readonly requests: number }
  | { readonly kind: "uncounted"; readonly exposure: Exposure; readonly predictions: number };

const hashOf = (exposure: Exposure, unit: string | null): number | null => (unit === null ? null : unitHash(exposure.rollout, unit));

export function requestEntry({ exposure, unit, failed, latencyMs, difference, standsForRequest = true, predictions = 1 }: Observation): Entry {
  return { kind: "request", exposure, unit: hashOf(exposure, unit), failed, latencyMs, difference, stands: standsForRequest, predictions };
}

export function outcomeEntry({ exposure, unit, label, value }: Outcome): Entry {
  return { kind: "outcome", exposure, unit: hashOf(exposure, unit), label, value };
}

export interface Numbered {
  /** One more with each entry of a service, across restarts. */
  readonly sequence: number;
  readonly entry: Entry;
}

export function evidenceLine({ sequence, entry }: Numbered): string {
  const exposure = exposureText(entry.exposure);
  switch (entry.kind) {
    // JSON has no NaN, which is what a difference is when one side gave no number.
    case "request": return JSON.stringify([sequence, exposure, "request", entry.unit, entry.failed, entry.latencyMs, Number.isNaN(entry.difference) ? "none" : entry.difference, entry.stands, entry.predictions]);
    case "outcome": return JSON.stringify([sequence, exposure, "outcome", entry.unit, entry.label, entry.value]);
    case "left-out": return JSON.stringify([sequence, exposure, "left-out", entry.requests]);
    case "uncounted": return JSON.stringify([sequence, exposure, "uncounted", entry.predictions]);
  }
}

/** Null for what is none: a journal's header, or a line that was torn when the process was killed. */
export function readEvidenceLine(line: string): Numbered | null {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return null;
  }
  if (!Array.isArray(fields)) return null;
  const [sequence, at, kind, ...rest] = fields as readonly unknown[];
  const exposure = typeof at === "string" ? parseExposure(at) : null;
  const entry = exposure === null ? null : readEntry(exposure, kind, rest);
  return entry === null || typeof sequence !== "number" ? null : { sequence, entry };
}

function readEntry(exposure: Exposure, kind: unknown, rest: readonly unknown[]): Entry | null {
  if (kind === "left-out") return typeof rest[0] === "number" ? { kind, exposure, requests: rest[0] } : null;
  if (kind === "uncounted") return typeof rest[0] === "number" ? { kind, exposure, predictions: rest[0] } : null;
  const unit = typeof rest[0] === "number" ? rest[0] : null;
  if (kind === "outcome") {
    const [, label, value] = rest;
    return typeof label === "string" && typeof value === "number" ? { kind, exposure, unit, label, value } : null;
  }
  // Lines of an earlier version of mlspec do not tell the number of predictions.
  const [, failed, latencyMs, difference, stands, predictions = 1] = rest;
  if (kind !== "request" || typeof latencyMs !== "number") return null;
  return {
    kind, exposure, unit, failed: failed === true, latencyMs, difference: difference === "none" ? NaN : typeof difference === "number" ? difference : null,
    stands: stands === true, predictions: typeof predictions === "number" ? predictions : 1,
  };
}
