/**
 * The process that the crash test kills: one service's controller on the given state. It runs rounds until the rollout has ended, and
 * kills itself with SIGKILL, as a power cut would, the first time it comes to the step named.
 */
import { createController, type ControllerStep } from "../../../runtime/rollout/controller.ts";
import { createRecorder } from "../../../runtime/rollout/recorder.ts";
import { createRouter } from "../../../runtime/rollout/router.ts";
import { openState } from "../../../runtime/state/state.ts";

const [folder = "", step = "", occurrence = "1"] = process.argv.slice(2);
const state = openState(folder);
const router = createRouter("recommend");
const recorder = createRecorder({ state, routing: () => router.routing() });
let [now, met, request] = [Number(state.rollouts.active("recommend")?.seenAt ?? 0), 0, 0];

const cutPower = (at: ControllerStep | "recorded") => {
  if (at !== step) return;
  met += 1;
  if (met === Number(occurrence)) process.kill(process.pid, "SIGKILL");
};
const controller = createController({
  state, service: "recommend", router, recorder, now: () => now, longestGapMs: 3_600_000, onStep: cutPower,
  load: () => Promise.resolve(), unload: () => Promise.resolve(),
});

for (let round = 0; round < 200 && state.rollouts.active("recommend") !== null; round++) {
  await controller.tick();
  for (let i = 0; i < 50; i++) {
    const { exposure } = router.route(`${process.pid}-${request++}`);
    if (exposure !== null) recorder.observe({ exposure, unit: null, failed: false, latencyMs: 3, difference: null });
  }
  cutPower("recorded");
  now += 600_000;
}
state.close();
