/** The system's clock is set while a rollout is under way: real state and controller, made-up clocks. */
import { expect, test } from "vitest";
import { deploy, startRollout } from "../../../runtime/rollout/commands.ts";
import { createController } from "../../../runtime/rollout/controller.ts";
import { createRecorder } from "../../../runtime/rollout/recorder.ts";
import { createRouter } from "../../../runtime/rollout/router.ts";
import { openClock } from "../../../runtime/service/keep-clock.ts";
import { openState } from "../../../runtime/state/state.ts";
import { hour, planWith, stage } from "../../unit/rollout/fixtures.ts";
import { minute, temporaryFolder } from "./simulation.ts";

const plan = planWith([stage("shadow", 0, { holdMs: 2 * hour, requirements: [] }), stage("full", 1, { holdMs: hour })]);
const noon = 1_800_000_000_000;
const plain = { service: plan.service, scale: 1, onTrouble: (error: unknown) => { throw error; } };
const known = () => Promise.resolve();

/** How many minutes were served until the first stage had passed; `setting`: what the clock is moved by after so many minutes. */
async function minutesToPass(setting: ReadonlyMap<number, number>): Promise<number> {
  const state = openState(temporaryFolder());
  const real = { wall: noon, monotonic: 0 };
  const { now } = openClock({ ...plain, state, system: { wall: () => real.wall, monotonic: () => real.monotonic } });
  const router = createRouter(plan.service);
  const recorder = createRecorder({ state, routing: () => router.routing() });
  const controller = createController({ state, service: plan.service, router, recorder, now, longestGapMs: 5 * minute, load: known, unload: known });
  await deploy(state, { service: plan.service, model: plan.model, version: "old", kind: "deploy", by: "ann", reason: "a test", now: now(), verify: known });
  const { id } = await startRollout(state, { plan, candidate: "new", by: "ann", now: now(), verify: known });
  try {
    for (let minutes = 0; minutes < 1_000; minutes++) {
      real.wall += minute + (setting.get(minutes) ?? 0);
      real.monotonic += minute;
      await controller.tick();
      const times = state.rollouts.transitions(id).map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      if ((state.rollouts.get(id)?.stage ?? -1) > 0) return minutes;
    }
    return Infinity;
  } finally {
    state.close();
  }
}

test.each([
  ["an hour back", -hour], ["a year back", -365 * 24 * hour],
])("a stage is held as long as ever when the clock is set %s", async (_, by) => {
  expect(await minutesToPass(new Map([[30, by]]))).toBe(await minutesToPass(new Map()));
});

test("also when it is set back again and again, and forward in between", async () => {
  const flapping = new Map(Array.from({ length: 60 }, (_, i) => [10 + i, i % 2 === 0 ? -hour : hour]));
  expect(await minutesToPass(flapping)).toBe(await minutesToPass(new Map()));
});

test("a process begins where the one before was killed, and a rollout of the one before where it was seen last", () => {
  const folder = temporaryFolder();
  const state = openState(folder);
  const real = { wall: noon, monotonic: 0 };
  const system = { wall: () => real.wall, monotonic: () => real.monotonic };
  const first = openClock({ ...plain, state, scale: 300, system });
  real.wall += 900;
  real.monotonic += 900;
  const killedAt = first.now();
  expect(killedAt).toBe(noon + 270_000);
  const second = openClock({ ...plain, state, system });
  expect(second.now()).toBeGreaterThanOrEqual(killedAt);
  expect(second.aheadMs).toBe(second.now() - real.wall);
  real.wall -= 365 * 24 * hour;
  expect(openClock({ ...plain, state, system }).now()).toBeGreaterThanOrEqual(second.now());
  state.close();
});
