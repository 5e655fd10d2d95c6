/** Purchases only are told, as most shops do: the label's maturity makes the others into no purchase. Real log, real state, made-up time. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decide } from "../../../runtime/rollout/decide.ts";
import { startRollout } from "../../../runtime/rollout/commands.ts";
import { exposureText } from "../../../runtime/rollout/exposure.ts";
import { factsOf } from "../../../runtime/rollout/facts.ts";
import { PredictionLog } from "../../../runtime/serving/log/prediction-log.ts";
import { refreshMatured } from "../../../runtime/service/matured-outcomes.ts";
import { openState } from "../../../runtime/state/state.ts";
import { hour, planWith, purchasesAtLeast, stage } from "../../unit/rollout/fixtures.ts";
import { temporaryFolder } from "./simulation.ts";

const half = stage("half", 0.5, { holdMs: hour, requirements: [purchasesAtLeast(0.9)] });
const plan = planWith([half, stage("full", 1, { holdMs: 0 })], { labels: { purchased: { yesOrNo: true, withinMs: 24 * hour } } });

/** Each arm's 5,000 shoppers saw one page at hour 0; so many of them bought, and only that was told. */
async function judged(buyers: { readonly candidate: number; readonly control: number }, atHour: number) {
  const folder = temporaryFolder();
  const state = openState(folder);
  const log = await PredictionLog.open({ folder: join(folder, "log"), prefix: "p", events: { onLost: () => undefined, onFlushFailed: (problem) => { throw new Error(problem); } } });
  try {
    const { id } = await startRollout(state, { plan, candidate: "new", by: "ann", now: 0, verify: () => Promise.resolve() });
    state.rollouts.change(id, 0, { state: "running", stage: 0, heldMs: hour, exposedMs: hour, seenAt: 0, endedAt: null });
    for (const arm of ["candidate", "control"] as const) {
      const exposure = { rollout: id, stage: 0, arm };
      const shoppers = Array.from({ length: 5_000 }, (_, i) => `${arm}-${i}`);
      await log.appendPrediction(shoppers.map((name) => JSON.stringify({ id: name, arm: exposureText(exposure), unit: name, time: 0 })).join("\n"));
      await log.appendOutcome(shoppers.slice(0, buyers[arm]).map((name) => JSON.stringify({ id: name, label: "purchased", value: 1, time: 1_000_000, received: 1_000_000 })).join("\n"));
      const bought = { units: buyers[arm], n: buyers[arm], y: buyers[arm], nn: buyers[arm], ny: buyers[arm], yy: buyers[arm] };
      state.counters.add({
        exposure, log: [], units: 5_000, requests: 5_000, errors: 0, erringUnits: 0, compared: 0, leftOut: 0, uncounted: 0, predictions: 5_000, disagreed: new Map(), latency: new Map(), firstLatency: new Map(), outcomes: new Map([["purchased", bought]]),
      });
    }
    await refreshMatured({ state, service: plan.service, server: log, now: () => atHour * hour, onTrouble: (error) => { throw error; } });
    const rollout = state.rollouts.get(id);
    if (rollout === null) throw new Error("the rollout is gone");
    return decide(factsOf(state, rollout));
  } finally {
    await log.close();
    state.close();
    rmSync(folder, { recursive: true });
  }
}

describe("a candidate that halves the purchases, of which alone anybody tells", () => {
  it("is not promoted by them, and rolled back once the others are certain", async () => {
    expect(await judged({ candidate: 200, control: 400 }, 23)).toMatchObject({ kind: "wait", evidence: { requirements: [{ reason: expect.stringMatching(/is 1 d old yet/) as unknown }] } });
    expect(await judged({ candidate: 200, control: 400 }, 24)).toMatchObject({
      kind: "transition", transition: { kind: "roll-back" }, evidence: { requirements: [{ candidate: 0.04, control: 0.08, seen: 5_000 }] },
    });
  });

  it("is told from one that does not", async () => {
    expect(await judged({ candidate: 400, control: 400 }, 24)).not.toMatchObject({ transition: { kind: "roll-back" } });
  });
});
