/** What a bound on latency is told. How often it is wrong where requests are late together: `test/unit/statistics/stalls.test.ts`. */
import { describe, expect, it } from "vitest";
import { stageEvidence } from "../../../runtime/rollout/evidence.ts";
import { latencyBucket, latencyQuantile, slowerThan } from "../../../runtime/rollout/latency.ts";
import type { RolloutPlan } from "../../../runtime/rollout/plan.ts";
import type { Evidence } from "../../../runtime/rollout/verdict.ts";
import type { StageCounters } from "../../../runtime/state/counters.ts";
import { logEvidenceOfMoreErrors } from "../../../runtime/statistics/e-process.ts";
import { planOneProportion } from "../../../runtime/statistics/planning.ts";
import { arm, counters, nothingSeen, p99Below, planWith, served, stage, timed } from "./fixtures.ts";

function evidence(seen: StageCounters, { traffic = 0.5, plan = {}, maxMs = 50 }: { readonly traffic?: number; readonly plan?: Partial<RolloutPlan>; readonly maxMs?: number } = {}): Evidence {
  const tested = stage("canary", traffic, { requirements: [p99Below(maxMs)] });
  const [found] = stageEvidence(planWith([tested], plan), tested, seen).requirements;
  if (found === undefined) throw new Error("a requirement without evidence");
  return found;
}

/** ln E against "late for at most 1% more than the control", of units that each made one request. */
const logE = ([slow, units]: readonly [number, number], [controlSlow, controlUnits]: readonly [number, number], share = 0.5) =>
  logEvidenceOfMoreErrors({ candidate: { units, errors: slow }, control: { units: controlUnits, errors: controlSlow }, share, factor: 1, offset: 1 - 0.99 });
const ln20 = Math.log(20);

describe("a bound on latency", () => {
  it("is told in full", () => {
    const seen = counters(timed(2_000, 10), timed(2_000, 300));
    const found = evidence(seen);
    expect(found).toEqual({
      kind: "latency", text: "latency.p99 < 50ms", outcome: "pass", reason: "10 of 2000 requests took longer than 50 ms (0.5%)", bound: 50, seen: 2_000,
      needed: planOneProportion({ bound: 1 - 0.99, change: 1 - 0.99, alpha: 0.05, power: 0.8 }), against: 0,
      candidate: latencyQuantile(seen.candidate.latency, 0.99), control: latencyQuantile(seen.control.latency, 0.99),
    });
    expect(found.candidate).toBeLessThan(6);
    expect(found.control).toBeGreaterThan(150);
    expect(evidence(nothingSeen)).toMatchObject({ outcome: "not-enough-evidence", candidate: null, control: null, seen: 0, against: 0, reason: "0 of 0 requests took longer than 50 ms (none); judged from 792 requests on" });
  });

  it("passes by the candidate's requests, the control's do not matter", () => {
    expect(evidence(counters(timed(792, 0), timed(800, 0))).outcome).toBe("pass");
    expect(evidence(counters(timed(791, 0), timed(800, 0)))).toMatchObject({ outcome: "not-enough-evidence", reason: "0 of 791 requests took longer than 50 ms (0%); judged from 792 requests on" });
    expect([20, 21].map((slow) => evidence(counters(timed(2_000, slow), timed(2_000, 0))).outcome)).toEqual(["pass", "not-enough-evidence"]);
    expect(evidence(counters(timed(2_000, 20), timed(2_000, 2_000))).outcome).toBe("pass");
  });

  it("is judged by all requests for a pass, and by the first of each unit for a failure", () => {
    const again = (slow: number) => ({ ...timed(3_000, slow), units: 100, firstLatency: timed(100, 0).latency });
    expect(evidence(counters(again(300), again(0)))).toMatchObject({ outcome: "not-enough-evidence", against: 0, seen: 3_000 });
    const first = { ...again(0), firstLatency: timed(100, 100).latency };
    expect(evidence(counters(first, again(0)))).toMatchObject({ outcome: "pass", against: 1, reason: "0 of 3000 requests took longer than 50 ms (0%)" });
  });

  it("fails from the unit on at which E reaches 1/α", () => {
    const first = Array.from({ length: 500 }, (_, slow) => slow).find((slow) => logE([slow, 500], [3, 500]) >= ln20) ?? 0;
    const at = (slow: number) => evidence(counters(timed(500, slow), timed(500, 3)));
    expect(at(first - 1).outcome).toBe("not-enough-evidence");
    expect(at(first - 1).against).toBeCloseTo(logE([first - 1, 500], [3, 500]) / ln20, 9);
    expect(at(first)).toMatchObject({
      outcome: "fail", against: 1, reason: `${first} of 500 requests took longer than 50 ms (${first / 5}%): above 1%, and by more than that above the control's 0.6% of the same time`,
    });
  });

  it("needs less evidence for a plan that risks more false alarms", () => {
    expect(evidence(counters(timed(500, 15), timed(500, 3)), { plan: { alpha: 0.2 } }).against).toBeCloseTo(logE([15, 500], [3, 500]) / Math.log(5), 9);
  });

  it("that the control does not keep either holds the stage, and says so", () => {
    const busy = evidence(counters(timed(2_000, 400), timed(2_000, 390)));
    expect(busy).toMatchObject({
      outcome: "not-enough-evidence", against: 0,
      reason: "400 of 2000 requests took longer than 50 ms (20%): above 1%, though not shown to be by more than that above the control's 19.5%: the machine may be slow",
    });
  });

  it("fails nobody without a control, or with one that is the smaller arm", () => {
    for (const [traffic, control] of [[1, served(0, 0)], [0.51, timed(1_922, 0)]] as const) {
      expect(evidence(counters(timed(2_000, 2_000), control), { traffic })).toMatchObject({
        outcome: "not-enough-evidence", against: null,
        reason: "2000 of 2000 requests took longer than 50 ms (100%): above 1%; without a control of at least the candidate's share beside it a slow machine looks the same, so this holds the stage and rolls nothing back",
      });
    }
    expect(evidence(counters(timed(2_000, 2), served(0, 0)), { traffic: 1 })).toMatchObject({ outcome: "pass", control: null });
    expect(evidence(counters(timed(2_000, 2_000), timed(2_000, 0)), { traffic: 0.5 }).outcome).toBe("fail");
  });

  it("compares at the stage's share, and evenly in a shadow", () => {
    expect(evidence(counters(timed(100, 4), timed(900, 6)), { traffic: 0.1 }).against).toBeCloseTo(logE([4, 100], [6, 900], 0.1) / ln20, 9);
    expect(evidence(counters(timed(500, 17), timed(500, 3)), { traffic: 0 }).against).toBeCloseTo(logE([17, 500], [3, 500]) / ln20, 9);
  });

  it("within a bucket of latencies counts parts of units, of which none is rounded up", () => {
    const bucket = latencyBucket(50);
    const within = (units: number) => arm({ units, requests: units, latency: new Map([[bucket, units]]), firstLatency: new Map([[bucket, units]]) });
    const part = slowerThan(new Map([[bucket, 1]]), 50);
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(1);
    const found = evidence(counters(within(11), timed(10, 0)));
    expect(found.against).toBeCloseTo(logE([11 * part, 11], [0, 10]) / ln20, 9);
    expect(found.reason).toMatch(new RegExp(`^${Math.round(11 * part)} of 11 requests`));
  });
});
