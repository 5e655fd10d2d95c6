/** Arms are drawn with a secret of the state; a rollout that was begun without one keeps its arms. */
import { rmSync } from "node:fs";
import { expect, it } from "vitest";
import { startRollout } from "../../../runtime/rollout/commands.ts";
import { readRouting } from "../../../runtime/rollout/router.ts";
import { openState } from "../../../runtime/state/state.ts";
import { planWith, stage } from "../../unit/rollout/fixtures.ts";
import { temporaryFolder } from "./simulation.ts";

it("a salt is made when a rollout starts, another for each, and kept", async () => {
  const folder = temporaryFolder();
  const state = openState(folder);
  const plan = planWith([stage("half", 0.5)]);
  const begin = (id: string) => state.rollouts.change(id, 0, { state: "running", stage: 0, heldMs: 0, exposedMs: 0, seenAt: 0, endedAt: null });
  try {
    const draws = [];
    for (const service of ["one", "two"]) {
      const { id } = await startRollout(state, { plan: { ...plan, service, name: service }, candidate: "new", by: "ann", now: 0, verify: () => Promise.resolve() });
      begin(id);
      const { draw } = readRouting(state, service).rollout ?? {};
      expect(draw).toMatch(new RegExp(`^${id}\\0[0-9a-f]{32}$`));
      expect(readRouting(state, service).rollout?.draw).toBe(draw);
      draws.push(draw?.split("\0")[1]);
      if (service === "one") state.durably(() => state.rollouts.change(id, 1, { state: "rolled-back", stage: 0, heldMs: 0, exposedMs: 0, seenAt: 0, endedAt: 1 }));
    }
    expect(draws[0]).not.toBe(draws[1]);
    state.rollouts.add({ id: "older", service: "three", candidate: "new", control: null, plan: { ...plan, service: "three" }, startedBy: "ann", startedAt: 0 });
    begin("older");
    expect(readRouting(state, "three").rollout).toMatchObject({ draw: "older", isUnitPersonal: null });
  } finally {
    state.close();
    rmSync(folder, { recursive: true });
  }
});
