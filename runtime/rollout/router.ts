/** Who answers a request: from a snapshot of what is live and which stage runs, without touching the database. */
import type { State } from "../state/state.ts";
import { armOf } from "./assignment.ts";
import type { Exposure, Route } from "./exposure.ts";
import type { RolloutPlan } from "./plan.ts";

/** What is true of a service at a moment; replaced as a whole. */
export interface Routing {
  readonly service: string;
  /** Null: the fallback answers. */
  readonly live: string | null;
  readonly rollout: RolloutRouting | null;
}

export interface RolloutRouting {
  readonly id: string;
  readonly candidate: string;
  readonly stage: number;
  readonly traffic: number;
  /** Request field whose value keeps a user in one arm; null: each request is a unit. */
  readonly unit: string | null;
  /** Whether the unit says something about a person; null: nobody has said. */
  readonly isUnitPersonal: boolean | null;
  /** What units' arms are drawn with. */
  readonly draw: string;
  /** Tolerances of the disagreement requirements: what the recorder counts. */
  readonly tolerances: readonly number[];
  /** Indices of the stages that mirror. */
  readonly mirrored: readonly number[];
}

/** Reads the truth. The rollout shows once its first stage has begun, and until it ends. */
export function readRouting(state: State, service: string): Routing {
  return state.snapshot(() => {
    const live = state.deployments.of(service)?.live ?? null;
    const rollout = state.rollouts.active(service);
    const stage = rollout?.plan.stages[rollout.stage];
    if (rollout === null || stage === undefined) return { service, live, rollout: null };
    const tolerances = rollout.plan.stages.flatMap((s) => s.requirements.flatMap((r) => (r.kind === "disagreement" ? [r.tolerance] : [])));
    return {
      service,
      live,
      rollout: {
        id: rollout.id, candidate: rollout.candidate, stage: rollout.stage, traffic: stage.traffic, unit: rollout.plan.unit,
        isUnitPersonal: rollout.plan.personal === undefined || rollout.plan.unit === null ? null : rollout.plan.personal.includes(rollout.plan.unit), draw: drawOf(rollout.id, rollout.plan),
        tolerances: [...new Set(tolerances)], mirrored: rollout.plan.stages.flatMap((s, index) => (s.traffic <= 0 ? [index] : [])),
      },
    };
  });
}

/** One that was started without a salt keeps its arms. */
const drawOf = (id: string, { salt }: RolloutPlan): string => (salt === undefined ? id : `${id}\0${salt}`);

/** `key` is the request's value of the unit column, or the request's own id where there is none. */
export function routeBy({ live, rollout }: Routing, key: string): Route {
  if (rollout === null) return { serve: live, shadow: null, exposure: null, shadowExposure: null };
  const exposure = (arm: Exposure["arm"]): Exposure => ({ rollout: rollout.id, stage: rollout.stage, arm });
  if (rollout.traffic <= 0) {
    return { serve: live, shadow: rollout.candidate, exposure: exposure("control"), shadowExposure: exposure("candidate") };
  }
  const arm = armOf(rollout.draw, key, rollout.traffic);
  return { serve: arm === "candidate" ? rollout.candidate : live, shadow: null, exposure: exposure(arm), shadowExposure: null };
}

/** The versions that a snapshot sends requests to. */
export function versionsOf({ live, rollout }: Routing): readonly string[] {
  return [...new Set([live, rollout?.candidate ?? null].filter((version) => version !== null))];
}

export interface Router {
  /** `key`: the value of the rollout's unit field, or the request's id. */
  route(key: string): Route;
  /** The snapshot in use. */
  routing(): Routing;
}

/** The controller publishes a snapshot only when all of its versions are ready to answer. */
export interface PublishedRouter extends Router {
  publish(routing: Routing): void;
}

/** Sends everything to the fallback until the first snapshot is published. */
export function createRouter(service: string): PublishedRouter {
  let current: Routing = { service, live: null, rollout: null };
  return {
    route: (key) => routeBy(current, key),
    routing: () => current,
    publish(routing) {
      current = routing;
    },
  };
}
