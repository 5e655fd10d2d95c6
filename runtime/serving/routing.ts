/** Who answers a request, and who learns what came of it. The rollout implements both; `fixedRouter` is a service without one. */
import type { Observation, Outcome, Route } from "../rollout/exposure.ts";

export interface Router {
  /** The request field whose value keeps a user in one arm; null: each request by itself. */
  readonly unit: string | null;
  /** `unit` is the unit's value as text, or the request's id where there is none. Called for every request: must be fast. */
  route(unit: string): Route;
}

export interface Observer {
  observe(observation: Observation): void;
  outcome(outcome: Outcome): void;
}

export function fixedRouter(version: string | null): Router {
  const route: Route = { serve: version, shadow: null, exposure: null, shadowExposure: null };
  return { unit: null, route: () => route };
}

export const noObserver: Observer = { observe: () => undefined, outcome: () => undefined };
