/** What a request meets in a rollout, and what is seen of it: the words that serving and rollout share. */

export type Arm = "candidate" | "control";

/** Which rollout, stage and arm an observation belongs to. */
export interface Exposure {
  readonly rollout: string;
  readonly stage: number;
  readonly arm: Arm;
}

export interface Route {
  /** The version that answers; null: the service's fallback does. */
  readonly serve: string | null;
  /** A version that computes the same request without answering it; null: none. */
  readonly shadow: string | null;
  /** Of the answer; null outside a rollout. The shadow's own is `shadowExposure`. */
  readonly exposure: Exposure | null;
  readonly shadowExposure: Exposure | null;
}

export interface Observation {
  readonly exposure: Exposure;
  /** The value of the rollout's unit column; null: the request is its own unit. */
  readonly unit: string | null;
  /** The model did not answer in time or at all. That a fallback stepped in does not make it a success. */
  readonly failed: boolean;
  readonly latencyMs: number;
  /** Of a mirrored request that both answered: |candidate − live| (1 or 0 for classes), else null. */
  readonly difference: number | null;
  /**
   * A request with many units is one piece of evidence, since they fail together: one of its units, drawn without looking at the outcome, stands
   * for it where the arms are compared. False: another arm has that unit, and this observation counts among this arm's requests only.
   */
  readonly standsForRequest?: boolean;
  /** Rows of the request that the arm answered, each of which may have an outcome; one unless told. */
  readonly predictions?: number;
}

/** What became of a prediction: 1 or 0 of a yes/no label, or the number. */
export interface Outcome {
  readonly exposure: Exposure;
  readonly unit: string | null;
  readonly label: string;
  readonly value: number;
}

/** For logs: `<rollout>/<stage>/<arm>`. */
export function exposureText(exposure: Exposure): string {
  return `${exposure.rollout}/${exposure.stage}/${exposure.arm}`;
}

/** Null when the text is not one that `exposureText` made. */
export function parseExposure(text: string): Exposure | null {
  const match = /^(.+)\/(\d+)\/(candidate|control)$/.exec(text);
  if (match === null) return null;
  const [, rollout = "", stage = "", arm = ""] = match;
  return { rollout, stage: Number(stage), arm: arm === "candidate" ? "candidate" : "control" };
}
