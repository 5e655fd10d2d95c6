/** Who answers a request, and who learns what came of it. The rollout implements both; `fixedRouter` is a service without one. */
import type { Exposure, Observation, Outcome, Route } from "../rollout/exposure.ts";

export interface Router {
  /** `unit`: the value of the rollout's unit field; null: the request, by its id, is a unit of its own. Called for every request: must be fast. */
  route(unit: string | null, request: string): Route;
  /** The field of the running rollout; null outside of one, or when each request is a unit. */
  unit(): string | null;
  /** Whether that says something about a person; null: nobody has said. */
  isUnitPersonal?(): boolean | null;
}

export interface Observer {
  observe(observation: Observation): void;
  outcome(outcome: Outcome): void;
  /** Requests that were not mirrored because the mirror was busy. */
  leftOut(exposure: Exposure, requests: number): void;
  /** Predictions of a request that counts in no arm: they may have outcomes all the same. */
  uncounted(exposure: Exposure, predictions: number): void;
  /** Resolves when everything observed so far would survive a kill. */
  settled(): Promise<void>;
}

export function fixedRouter(version: string | null): Router {
  const route: Route = { serve: version, shadow: null, exposure: null, shadowExposure: null };
  return { unit: () => null, route: () => route };
}

/** Of `createRouter` in `runtime/rollout/router.ts`. */
export function rolloutRouter(router: {
  route(key: string): Route;
  routing(): { readonly rollout: { readonly unit: string | null; readonly isUnitPersonal: boolean | null } | null };
}): Router {
  return {
    route: (unit, request) => router.route(unit ?? request), unit: () => router.routing().rollout?.unit ?? null,
    isUnitPersonal: () => router.routing().rollout?.isUnitPersonal ?? null,
  };
}

export const noObserver: Observer = { observe: () => undefined, outcome: () => undefined, leftOut: () => undefined, uncounted: () => undefined, settled: () => Promise.resolve() };
