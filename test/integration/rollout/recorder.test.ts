import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation } from "../../../runtime/rollout/exposure.ts";
import { latencyBucket } from "../../../runtime/rollout/latency.ts";
import { createRecorder } from "../../../runtime/rollout/recorder.ts";
import type { Routing } from "../../../runtime/rollout/router.ts";
import { openState, type State } from "../../../runtime/state/state.ts";
import { temporaryFolder } from "./simulation.ts";

const exposure = { rollout: "r", stage: 1, arm: "candidate" as const };
const routing = (): Routing => ({ service: "s", live: "old", rollout: { id: "r", candidate: "new", stage: 1, traffic: 0.1, unit: null, isUnitPersonal: null, draw: "r", tolerances: [0.1, 0.5], mirrored: [] } });
const seen = (rest: Partial<Observation> = {}): Observation => ({ exposure, unit: "ann", failed: false, latencyMs: 5, difference: null, ...rest });
const bought = (unit: string | null, value: number) => ({ exposure, unit, label: "purchased", value });

describe("the recorder", () => {
  it("counts requests, failures and comparisons, and each unit once", () => {
    const state = openState(temporaryFolder());
    const recorder = createRecorder({ state, routing });
    recorder.observe(seen());
    recorder.observe(seen({ failed: true }));
    recorder.observe(seen({ unit: "bob", difference: 0.3 }));
    expect(recorder.flush()).toBeNull();
    recorder.observe(seen({ failed: true }));
    recorder.observe(seen({ unit: null, failed: true, difference: NaN }));
    expect(recorder.flush()).toBeNull();
    const { candidate } = state.counters.of("r", 1);
    expect(candidate).toMatchObject({ units: 3, requests: 5, errors: 3, erringUnits: 2, compared: 2 });
    expect([...candidate.disagreed].sort()).toEqual([[0.1, 2], [0.5, 1]]);
    expect([...candidate.latency.values()].reduce((a, b) => a + b)).toBe(5);
    state.close();
  });

  it("counts a mirrored request that failed as one that disagreed, and those left out apart", () => {
    const state = openState(temporaryFolder());
    const inShadow = (): Routing => ({ service: "s", live: "old", rollout: { id: "r", candidate: "new", stage: 0, traffic: 0, unit: null, isUnitPersonal: null, draw: "r", tolerances: [0.1, 0.5], mirrored: [0] } });
    const recorder = createRecorder({ state, routing: inShadow });
    const shadow = { rollout: "r", stage: 0, arm: "candidate" as const };
    recorder.observe(seen({ exposure: shadow, failed: true }));
    recorder.observe(seen({ exposure: shadow, difference: 0.3 }));
    recorder.observe(seen({ exposure: { ...shadow, arm: "control" }, failed: true }));
    recorder.leftOut(shadow, 7);
    expect(recorder.flush()).toBeNull();
    const { candidate, control } = state.counters.of("r", 0);
    expect(candidate).toMatchObject({ requests: 2, errors: 1, compared: 2, leftOut: 7 });
    expect([...candidate.disagreed].sort()).toEqual([[0.1, 2], [0.5, 1]]);
    expect(control).toMatchObject({ requests: 1, errors: 1, compared: 0 });
    state.close();
  });

  it("keeps of each unit how long the first request that stood for it took, and counts requests that count in no arm", () => {
    const folder = temporaryFolder();
    const state = openState(folder);
    const recorder = createRecorder({ state, routing });
    recorder.observe(seen({ unit: "ann", latencyMs: 500, standsForRequest: false }));
    recorder.observe(seen({ unit: "ann", latencyMs: 5 }));
    recorder.observe(seen({ unit: "ann", latencyMs: 500 }));
    recorder.observe(seen({ unit: null, latencyMs: 50 }));
    recorder.observe(seen({ unit: null, latencyMs: 50 }));
    recorder.uncounted(exposure, 250);
    expect(recorder.flush()).toBeNull();
    recorder.observe(seen({ unit: "ann", latencyMs: 500 }));
    recorder.observe(seen({ unit: "bob", latencyMs: 500 }));
    recorder.uncounted(exposure, 1);
    expect(recorder.flush()).toBeNull();
    state.close();
    const reopened = openState(folder);
    const { candidate } = reopened.counters.of("r", 1);
    expect(candidate).toMatchObject({ units: 4, requests: 7, uncounted: 2, predictions: 258 });
    expect(candidate.firstLatency).toEqual(new Map([[latencyBucket(5), 1], [latencyBucket(50), 2], [latencyBucket(500), 1]]));
    expect(candidate.latency).toEqual(new Map([[latencyBucket(5), 1], [latencyBucket(50), 2], [latencyBucket(500), 4]]));
    reopened.close();
  });

  it("counts the predictions of a request, of one that counts in no arm too, and takes them up from the journal after a kill", () => {
    const folder = temporaryFolder();
    const lines: string[] = [];
    const journal = { append: (line: string) => Promise.resolve(lines.push(line)), counted: () => undefined };
    const killed = openState(folder);
    const recorder = createRecorder({ state: killed, routing, journal });
    recorder.observe(seen({}));
    recorder.observe(seen({ predictions: 250 }));
    recorder.uncounted({ rollout: "r", stage: 1, arm: "candidate" }, 10);
    killed.close();
    const state = openState(folder);
    createRecorder({ state, routing, journal }).recover(lines);
    expect(state.counters.of("r", 1).candidate).toMatchObject({ requests: 2, predictions: 261 });
    state.close();
  });

  it("knows after a restart which units it has counted", () => {
    const folder = temporaryFolder();
    for (let restart = 0; restart < 3; restart++) {
      const state = openState(folder);
      const recorder = createRecorder({ state, routing });
      recorder.observe(seen({ failed: restart > 0 }));
      recorder.outcome(bought("ann", 1));
      recorder.flush();
      const { candidate } = state.counters.of("r", 1);
      expect(candidate).toMatchObject({ units: 1, requests: restart + 1, erringUnits: restart > 0 ? 1 : 0 });
      expect(candidate.outcomes.get("purchased")).toEqual({ units: 1, n: restart + 1, y: restart + 1, nn: (restart + 1) ** 2, ny: (restart + 1) ** 2, yy: (restart + 1) ** 2 });
      state.close();
    }
  });

  it("keeps the same sums whenever it is flushed and restarted", () => {
    const unit = fc.constantFrom("ann", "bob", "cid", null);
    const step = fc.oneof(
      fc.record({ unit, value: fc.constantFrom(0, 1, 2.5) }), fc.constant("flush" as const), fc.constant("restart" as const),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const folder = temporaryFolder();
      let state = openState(folder);
      let recorder = createRecorder({ state, routing });
      const outcomes: { unit: string; value: number }[] = [];
      for (const [i, each] of steps.entries()) {
        if (typeof each === "object") {
          recorder.outcome(bought(each.unit, each.value));
          outcomes.push({ unit: each.unit ?? `own-${i}`, value: each.value });
          continue;
        }
        recorder.flush();
        if (each === "flush") continue;
        state.close();
        state = openState(folder);
        recorder = createRecorder({ state, routing });
      }
      recorder.flush();
      const byUnit = Map.groupBy(outcomes, (outcome) => outcome.unit);
      const found = state.counters.of("r", 1).candidate.outcomes.get("purchased") ?? { units: 0, y: 0, nn: 0, ny: 0 };
      const totals = [...byUnit.values()].map((of) => ({ n: of.length, y: of.reduce((sum, { value }) => sum + value, 0) }));
      expect(found.units).toBe(byUnit.size);
      expect(found.y).toBeCloseTo(totals.reduce((sum, { y }) => sum + y, 0), 9);
      expect(found.nn).toBeCloseTo(totals.reduce((sum, { n }) => sum + n * n, 0), 9);
      expect(found.ny).toBeCloseTo(totals.reduce((sum, { n, y }) => sum + n * y, 0), 9);
      state.close();
    }), { numRuns: 25 });
  });

  it("counts everything once, whenever the process is killed and whatever was flushed before", () => {
    const unit = fc.constantFrom("ann", "bob", null);
    const step = fc.oneof(
      fc.record({ see: unit, failed: fc.boolean(), stands: fc.boolean() }), fc.record({ bought: unit, value: fc.constantFrom(0, 1) }), fc.constantFrom("flush" as const, "kill" as const),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const [folder, whole] = [temporaryFolder(), temporaryFolder()];
      const lines: string[] = [];
      const journal = { append: (line: string) => Promise.resolve(lines.push(line)), counted: () => undefined };
      let state = openState(folder);
      let recorder = createRecorder({ state, routing, journal });
      const unkilled = openState(whole);
      const reference = createRecorder({ state: unkilled, routing });
      for (const each of steps) {
        if (each === "flush") recorder.flush();
        else if (each === "kill") {
          state.close();
          state = openState(folder);
          createRecorder({ state, routing }).recover(lines);
          recorder = createRecorder({ state, routing, journal });
        } else for (const to of [recorder, reference]) {
          if ("see" in each) to.observe(seen({ unit: each.see, failed: each.failed, standsForRequest: each.stands, difference: each.failed ? NaN : 0.3 }));
          else to.outcome(bought(each.bought, each.value));
        }
      }
      state.close();
      state = openState(folder);
      createRecorder({ state, routing }).recover([...lines, '[7,"r/1/cand'].concat("{}"));
      reference.flush();
      expect(state.counters.of("r", 1)).toEqual(unkilled.counters.of("r", 1));
      state.close();
      unkilled.close();
    }), { numRuns: 40 });
  });

  it("ignores what belongs to a rollout that is over, and values that are no numbers", () => {
    const state = openState(temporaryFolder());
    const recorder = createRecorder({ state, routing });
    recorder.observe(seen({ exposure: { ...exposure, rollout: "an earlier one" } }));
    recorder.outcome(bought("ann", NaN));
    recorder.flush();
    expect(state.counters.of("an earlier one", 1).candidate.requests).toBe(0);
    expect(state.counters.of("r", 1).candidate.outcomes.size).toBe(0);
    state.close();
  });

  it("holds what the database refuses, within bounds, and writes it once it can", () => {
    const state = openState(temporaryFolder());
    let broken = true;
    const flaky: State = {
      ...state,
      together: (work) => {
        if (broken) throw new Error("disk full");
        return state.together(work);
      },
    };
    const recorder = createRecorder({ state: flaky, routing, limit: 10 });
    for (let i = 0; i < 25; i++) recorder.observe(seen({ unit: `u${i}` }));
    expect(recorder.flush()).toBeInstanceOf(Error);
    expect(recorder.dropped()).toBe(15);
    broken = false;
    expect(recorder.flush()).toBeNull();
    expect(state.counters.of("r", 1).candidate).toMatchObject({ units: 10, requests: 10 });
    state.close();
  });
});
