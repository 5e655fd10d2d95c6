/** What answering a request takes: the parts of a running service that `predictor.ts` and `mirror.ts` share. */
import type { OnlineStore } from "../online/store.ts";
import type { Contract } from "./contract.ts";
import type { OpenFallback } from "./fallback.ts";
import type { PredictionLog } from "./log/prediction-log.ts";
import type { Metrics } from "./metrics.ts";
import type { RecentPredictions } from "./recent.ts";
import type { Observer, Router } from "./routing.ts";
import type { Turns } from "./turns.ts";
import type { Versions } from "./versions.ts";

/** Time as the server sees it: wall clock in milliseconds since 1970, and one that never jumps. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

export interface PredictorParts {
  readonly service: string;
  readonly model: string;
  readonly timeoutMs: number;
  readonly router: Router;
  /** The unit field of the service's rollout, for the log between rollouts. */
  readonly unit: string | null;
  /** A unit as everyone but the router knows it: by its pseudonym, when it is a person. */
  readonly unitAs: (unit: string | null, field: string | null) => string | null;
  readonly observer: Observer;
  readonly versions: Versions;
  readonly online: OnlineStore | null;
  readonly fallback: OpenFallback | null;
  /** What a request must bring for the fallback alone. */
  readonly fallbackContract: Contract;
  /** All that the spec's model and the fallback read, none of it required: for the log, of rows that no version answers. */
  readonly declaredContract: Contract;
  readonly log: PredictionLog | null;
  readonly recent: RecentPredictions;
  /** Is told of each prediction that is remembered: its outcomes may have come before it. */
  readonly outcomes: { predicted(id: string): void };
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly newId: () => string;
  readonly onTrouble: (error: unknown, doing: string) => void;
}
