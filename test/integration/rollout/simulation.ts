/** A service under simulated shoppers: real SQLite, the real router, recorder and controller; only the clock and the shoppers are made up. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../../../bench/gates.ts";
import { deploy, startRollout } from "../../../runtime/rollout/commands.ts";
import { createController, type Controller, type ControllerEvent } from "../../../runtime/rollout/controller.ts";
import type { RolloutPlan } from "../../../runtime/rollout/plan.ts";
import { createRecorder, type Recorder } from "../../../runtime/rollout/recorder.ts";
import { createRouter, type PublishedRouter } from "../../../runtime/rollout/router.ts";
import { serviceStatus, type ServiceStatus } from "../../../runtime/rollout/status.ts";
import { openState, type State } from "../../../runtime/state/state.ts";

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "mlspec-rollout-"));
export const minute = 60_000;

/** How a version treats its shoppers. */
export interface Behaviour {
  readonly errorRate: number;
  readonly buyRate: number;
  readonly latencyMs: number;
}

export const fine: Behaviour = { errorRate: 0.002, buyRate: 0.04, latencyMs: 4 };

export interface Simulation {
  readonly state: State;
  readonly router: PublishedRouter;
  readonly recorder: Recorder;
  readonly controller: Controller;
  readonly events: ControllerEvent[];
  readonly loaded: Set<string>;
  now(): number;
  /** Serves `minutes` of traffic, with a round of the controller after each, until the rollout ends. */
  serve(minutes: number): Promise<void>;
  /** Lets time pass without the process running. */
  away(minutes: number): void;
  start(candidate?: string): Promise<string>;
  status(): ServiceStatus;
}

export interface SimulationOptions {
  readonly plan: RolloutPlan;
  /** By version; the fallback is `fallback`. */
  readonly behaviour: Readonly<Record<string, Behaviour>>;
  readonly live?: string | null;
  readonly shoppersPerMinute?: number;
  readonly folder?: string;
  readonly seed?: number;
  readonly load?: (version: string) => Promise<void>;
}

export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { plan, behaviour, live = "old", shoppersPerMinute = 200, folder = temporaryFolder() } = options;
  const random = seeded(options.seed ?? 1);
  const state = openState(folder);
  let now = 1_800_000_000_000;
  let shopper = 0;
  const known = () => Promise.resolve();
  const router = createRouter(plan.service);
  const recorder = createRecorder({ state, routing: () => router.routing() });
  const events: ControllerEvent[] = [];
  const loaded = new Set<string>();
  const controller = createController({
    state, service: plan.service, router, recorder, now: () => now, longestGapMs: 5 * minute, onEvent: (event) => events.push(event),
    load: async (version) => {
      await options.load?.(version);
      loaded.add(version);
    },
    unload: async (version) => {
      loaded.delete(version);
    },
  });
  if (live !== null && state.deployments.of(plan.service) === null) await deploy(state, { service: plan.service, model: plan.model, version: live, kind: "deploy", by: "ann", reason: "a test", now, verify: known });
  await controller.tick();

  const visit = (unit: string): void => {
    const route = router.route(unit);
    const treat = (version: string | null): Behaviour => behaviour[version ?? "fallback"] ?? fine;
    const answered = treat(route.serve);
    if (route.exposure !== null) {
      recorder.observe({ exposure: route.exposure, unit, failed: random() < answered.errorRate, latencyMs: answered.latencyMs, difference: null });
      recorder.outcome({ exposure: route.exposure, unit, label: "purchased", value: random() < answered.buyRate ? 1 : 0 });
    }
    if (route.shadow !== null && route.shadowExposure !== null) {
      const shadow = treat(route.shadow);
      recorder.observe({ exposure: route.shadowExposure, unit, failed: random() < shadow.errorRate, latencyMs: shadow.latencyMs, difference: random() * 0.1 });
    }
  };

  return {
    state, router, recorder, controller, events, loaded,
    now: () => now,
    async serve(minutes) {
      for (let i = 0; i < minutes; i++) {
        for (let n = 0; n < shoppersPerMinute; n++) visit(`shopper-${shopper++}`);
        now += minute;
        await controller.tick();
        if (state.rollouts.active(plan.service) === null) return;
      }
    },
    away(minutes) {
      now += minutes * minute;
    },
    async start(candidate = "new") {
      return (await startRollout(state, { plan, candidate, by: "ann", now, verify: known })).id;
    },
    status: () => serviceStatus(state, plan.service),
  };
}
