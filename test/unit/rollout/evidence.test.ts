/** What counters say about a requirement, on both sides of every bound. The statistics behind it have tests of their own and are the oracle here. */
import { describe, expect, it } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { stageEvidence } from "../../../runtime/rollout/evidence.ts";
import type { RolloutPlan } from "../../../runtime/rollout/plan.ts";
import type { Evidence } from "../../../runtime/rollout/verdict.ts";
import type { StageCounters } from "../../../runtime/state/counters.ts";
import { logEvidenceAgainstShare, logEvidenceOfMoreErrors } from "../../../runtime/statistics/e-process.ts";
import { evidenceWhereLopsided } from "../../../runtime/statistics/lopsided.ts";
import { planOneProportion, planTwoProportions } from "../../../runtime/statistics/planning.ts";
import { arm, counters, disagreementBelow, errorsAtMost, errorsAtMostControl, impliedErrors, nothingSeen, planWith, served, stage } from "./fixtures.ts";

/** What the only requirement of a stage at 5% of the traffic (or another) is told. */
function evidence(requirement: StageRequirement, seen: StageCounters, { traffic = 0.05, plan = {} }: { readonly traffic?: number; readonly plan?: Partial<RolloutPlan> } = {}): Evidence {
  const tested = stage("canary", traffic, { requirements: [requirement] });
  const [found] = stageEvidence(planWith([tested], plan), tested, seen).requirements;
  if (found === undefined) throw new Error("a requirement without evidence");
  return found;
}

const ln20 = Math.log(20);
const size = { alpha: 0.05, power: 0.8 };

describe("errors against the control", () => {
  it("are told in full", () => {
    expect(evidence(errorsAtMostControl, counters(served(2_000, 10), served(38_000, 190)))).toEqual({
      text: "rate(errors) <= control * 1 + 0", kind: "error-rate", outcome: "pass", candidate: 0.005, control: 0.005, bound: 0.005, seen: 2_000, needed: 1_710, against: 0,
      reason: "0.5% of 2000 candidate units met an error, 0.5% of 38000 control units",
    });
  });

  it("are held against factor × the control's rate + offset", () => {
    const bound = { factor: 1.5, offset: 0.002 };
    expect(evidence(errorsAtMost(bound), counters(served(2_000, 20), served(38_000, 380))).bound).toBeCloseTo(0.017, 12);
    expect(evidence(errorsAtMost(bound), counters(served(2_000, 20), served(0, 0)))).toMatchObject({ bound: null, control: null });
  });

  it("before anything was seen there is nothing to tell but what is needed", () => {
    expect(evidence(errorsAtMostControl, nothingSeen)).toMatchObject({
      outcome: "not-enough-evidence", candidate: null, control: null, bound: null, seen: 0, needed: 1_710, against: 0,
      reason: "none of 0 candidate units met an error, none of 0 control units; 1710 candidate units show an increase by 0.5%",
    });
  });

  it("count units, not requests", () => {
    const oneUnlucky = arm({ units: 2_000, requests: 20_000, errors: 400, erringUnits: 2 });
    expect(evidence(errorsAtMostControl, counters(oneUnlucky, arm({ units: 38_000, requests: 40_000, errors: 999, erringUnits: 190 })))).toMatchObject({ outcome: "pass", candidate: 0.001, control: 0.005 });
  });

  it("pass from the planned number of units on", () => {
    const seen = (units: number) => evidence(errorsAtMostControl, counters(served(units, 8), served(32_490, 162))).outcome;
    expect([seen(1_709), seen(1_710)]).toEqual(["not-enough-evidence", "pass"]);
  });

  it("do not pass without a control, however many units there are", () => {
    expect(evidence(errorsAtMostControl, counters(served(9_000, 0), served(0, 0)), { traffic: 0 })).toMatchObject({ outcome: "not-enough-evidence" });
  });

  describe("plan for the smallest harm:", () => {
    const needed = (requirement: StageRequirement, controlErrors: number, plan: Partial<RolloutPlan> = {}, traffic = 0.05) =>
      evidence(requirement, counters(served(10, 0), served(10_000, controlErrors)), { plan, traffic }).needed;
    const planned = (baseline: number, change: number, share = 0.05) => planTwoProportions({ baseline, change, share, ...size }).candidateUnits;

    it("twice the control's rate, or the error budget while control errs less", () => {
      expect(needed(errorsAtMostControl, 200)).toBe(planned(0.02, 0.02));
      expect(needed(errorsAtMostControl, 50)).toBe(planned(0.005, 0.005));
      expect(needed(errorsAtMostControl, 10)).toBe(planned(0.005, 0.005));
      expect(needed(errorsAtMostControl, 10, { errorBudget: 0.03 })).toBe(planned(0.03, 0.03));
    });

    it("with a budget of half a percent where none is declared, and never of nothing", () => {
      expect(needed(errorsAtMostControl, 0, { errorBudget: null })).toBe(planned(0.005, 0.005));
      expect(needed(errorsAtMostControl, 0, { errorBudget: 0 })).toBe(planned(1e-6, 1e-6));
    });

    it("of a control that errs on more than half, from a half to all", () => {
      expect(needed(errorsAtMostControl, 9_000)).toBe(planned(0.5, 0.5));
    });

    it("the room between control and bound, where the bound leaves some", () => {
      expect(needed(errorsAtMost({ factor: 1.5, offset: 0.002 }), 200)).toBe(planned(0.02, 0.02 * 1.5 + 0.002 - 0.02));
      expect(needed(errorsAtMost({ factor: 0.5, offset: 0 }), 200)).toBe(planned(0.02, 0.02));
      expect(needed(errorsAtMost({ factor: 1, offset: -0.001 }), 200)).toBe(planned(0.02, 0.02));
    });

    it("at the stage's share of the traffic, and evenly in a shadow", () => {
      expect(needed(errorsAtMostControl, 200, {}, 0.3)).toBe(planned(0.02, 0.02, 0.3));
      expect(needed(errorsAtMostControl, 200, {}, 0)).toBe(planned(0.02, 0.02, 0.5));
    });

    it("with the plan's false alarms and power", () => {
      expect(needed(errorsAtMostControl, 200, { alpha: 0.01, power: 0.95 })).toBe(planTwoProportions({ baseline: 0.02, change: 0.02, share: 0.05, alpha: 0.01, power: 0.95 }).candidateUnits);
    });
  });

  it("say by how much an increase would show", () => {
    expect(evidence(errorsAtMost({ factor: 1.5, offset: 0.002 }), counters(served(500, 5), served(9_500, 190))).reason).toMatch(/; \d+ candidate units show an increase by 1\.2%$/);
  });

  it("pass up to a third of the harm above the bound, where that is the control itself", () => {
    // Control errs on 1% of its units: the harm is another 1%, and 1.333% is the line.
    const of1000 = (errors: number) => evidence(errorsAtMostControl, counters(served(1_000, errors), served(19_000, 190)));
    expect(of1000(13)).toMatchObject({ outcome: "pass", against: 0 });
    expect(of1000(14)).toMatchObject({
      outcome: "not-enough-evidence", against: 0, reason: "1.4% of 1000 candidate units met an error, 1% of 19000 control units: suspicious, though it could still be chance",
    });
  });

  it("pass up to the bound, where that leaves room", () => {
    const of1000 = (errors: number) => evidence(errorsAtMost({ factor: 2, offset: 0 }), counters(served(1_000, errors), served(19_000, 190)));
    expect([of1000(20).outcome, of1000(21)]).toEqual(["pass", expect.objectContaining({ outcome: "not-enough-evidence", against: 0 })]);
  });

  it("do not pass while the evidence points to harm, though the rate is within the line", () => {
    // A tenth more errors over very many units: too regular for chance.
    const found = evidence(errorsAtMostControl, counters(served(30_000, 354), served(570_000, 5_700)));
    expect(found.candidate).toBeLessThan(0.01 + 0.01 / 3);
    expect(found.against).toBeGreaterThan(0);
    expect(found.against).toBeLessThan(1);
    expect(found).toMatchObject({ outcome: "not-enough-evidence", reason: expect.stringMatching(/suspicious/) as unknown });
  });

  it("fail from the error on at which E reaches 1/α", () => {
    const log = (errors: number) => logEvidenceOfMoreErrors({ candidate: { units: 500, errors }, control: { units: 9_500, errors: 20 }, share: 0.05, factor: 1, offset: 0 });
    const first = Array.from({ length: 500 }, (_, errors) => errors).find((errors) => log(errors) >= ln20) ?? 0;
    const seen = (errors: number) => evidence(errorsAtMostControl, counters(served(500, errors), served(9_500, 20)));
    expect(seen(first - 1)).toMatchObject({ outcome: "not-enough-evidence" });
    expect(seen(first - 1).against).toBeCloseTo(log(first - 1) / ln20, 12);
    expect(seen(first)).toMatchObject({ outcome: "fail", against: 1, reason: expect.stringMatching(/ of 9500 control units: more than 'rate\(errors\) <= control \* 1 \+ 0' allows$/) as unknown });
  });

  it("need less evidence for a plan that risks more false alarms", () => {
    const log = logEvidenceOfMoreErrors({ candidate: { units: 500, errors: 3 }, control: { units: 9_500, errors: 20 }, share: 0.05, factor: 1, offset: 0 });
    expect(evidence(errorsAtMostControl, counters(served(500, 3), served(9_500, 20)), { plan: { alpha: 0.2 } }).against).toBeCloseTo(log / Math.log(5), 12);
  });
});

describe("the share over which errors are compared", () => {
  const against = (seen: StageCounters, traffic: number) => evidence(errorsAtMostControl, seen, { traffic }).against;
  const expected = (seen: StageCounters, share: number) => logEvidenceOfMoreErrors({
    candidate: { units: seen.candidate.units, errors: seen.candidate.erringUnits }, control: { units: seen.control.units, errors: seen.control.erringUnits }, share, factor: 1, offset: 0,
  }) / ln20;

  it("is the declared one, and an even split in a shadow", () => {
    const canary = counters(served(1_030, 16), served(8_970, 70));
    expect(against(canary, 0.1)).toBeCloseTo(expected(canary, 0.1), 12);
    const shadow = counters(served(1_000, 20), served(1_000, 7));
    expect(against(shadow, 0)).toBeCloseTo(expected(shadow, 0.5), 12);
  });

  it("is the share that was seen where the mirror left requests out", () => {
    const busy = counters({ ...served(1_000, 15), leftOut: 9_000 }, served(10_000, 70));
    expect(against(busy, 0)).toBeCloseTo(expected(busy, 1 / 11), 12);
  });

  it("is the declared one while an arm is empty", () => {
    const early = counters({ ...served(10, 10), leftOut: 5 }, served(0, 0));
    expect(evidence(errorsAtMostControl, early, { traffic: 0 })).toMatchObject({ outcome: "fail", against: 1 });
  });
});

describe("a share of requests against a constant", () => {
  const requests = (trials: number, errors: number) => counters(arm({ units: trials, requests: trials, errors, erringUnits: errors }), served(19 * trials, 0));
  const failing = (bound: number, trials: number, errors: number) => evidence(errorsAtMost(bound), requests(trials, errors));

  it("is told in full", () => {
    expect(failing(0.01, 1_000, 8)).toEqual({
      text: "rate(errors) <= 0.01", kind: "error-rate", outcome: "pass", reason: "8 of 1000 requests failed (0.8%)", candidate: 0.008, control: null, bound: 0.01, seen: 1_000, needed: 792, against: 0,
    });
    expect(failing(0.01, 0, 0)).toMatchObject({ candidate: null, outcome: "not-enough-evidence", reason: "0 of 0 requests failed (none); judged from 792 requests on" });
  });

  it("passes from as many requests on as show a doubling, and a hundred at least", () => {
    const needed = (bound: number) => failing(bound, 10, 0).needed;
    expect(needed(0.02)).toBe(planOneProportion({ bound: 0.02, change: 0.02, ...size }));
    // Where a doubling is impossible, half of the way to everything.
    expect(needed(0.95)).toBe(planOneProportion({ bound: 0.95, change: 0.025, ...size }));
    expect(planOneProportion({ bound: 0.3, change: 0.3, ...size })).toBeLessThan(100);
    expect(needed(0.3)).toBe(100);
    expect([needed(0), needed(1), needed(-0.1)]).toEqual([100, 100, 100]);
    expect(evidence(errorsAtMost(0.02), requests(10, 0), { plan: { alpha: 0.01, power: 0.9 } }).needed).toBe(planOneProportion({ bound: 0.02, change: 0.02, alpha: 0.01, power: 0.9 }));
    expect([failing(0.01, 791, 0).outcome, failing(0.01, 792, 0).outcome]).toEqual(["not-enough-evidence", "pass"]);
    expect([failing(0, 99, 0).outcome, failing(0, 100, 0).outcome]).toEqual(["not-enough-evidence", "pass"]);
  });

  it("passes at the bound and is suspicious above it", () => {
    expect(failing(0.01, 1_000, 10)).toMatchObject({ outcome: "pass" });
    expect(failing(0.01, 1_000, 11)).toMatchObject({ outcome: "not-enough-evidence", reason: "11 of 1000 requests failed (1.1%): above 1%, though it could still be chance" });
  });

  it("fails from the error on at which E reaches 1/α", () => {
    const log = (errors: number) => logEvidenceAgainstShare({ successes: errors, trials: 1_000, probability: 0.01 });
    const first = Array.from({ length: 1_000 }, (_, errors) => errors).find((errors) => log(errors) >= ln20) ?? 0;
    expect(failing(0.01, 1_000, first - 1)).toMatchObject({ outcome: "not-enough-evidence" });
    expect(failing(0.01, 1_000, first - 1).against).toBeCloseTo(log(first - 1) / ln20, 12);
    expect(failing(0.01, 1_000, first)).toMatchObject({ outcome: "fail", against: 1, reason: `${first} of 1000 requests failed (${first / 10}%): more than 1%` });
    expect(failing(0, 100, 1)).toMatchObject({ outcome: "fail", reason: "1 of 100 requests failed (1%): more than 0%" });
  });

  it("counts what a shadow answered differently, at the tolerance that is asked for, and tells what was left out", () => {
    const compared = counters(arm({ requests: 5_000, compared: 1_000, disagreed: new Map([[0.1, 40], [0.01, 400]]) }), served(5_000, 0));
    const found = (leftOut: number, tolerance = 0.1) =>
      evidence(disagreementBelow(0.05, tolerance), { ...compared, candidate: { ...compared.candidate, leftOut } }, { traffic: 0 });
    expect(found(0)).toMatchObject({ kind: "disagreement", outcome: "pass", candidate: 0.04, bound: 0.05, seen: 1_000, reason: "40 of 1000 requests disagreed or failed (4%)" });
    expect(found(7).reason).toBe("40 of 1000 requests disagreed or failed (4%), 7 more were left out while the mirror was busy");
    expect(found(0, 0.01)).toMatchObject({ outcome: "fail", candidate: 0.4 });
    expect(found(0, 0.5)).toMatchObject({ outcome: "pass", candidate: 0 });
  });
});

describe("an implied guard against errors", () => {
  const seen = (errors: number) => counters(served(500, errors), served(9_500, 20));
  const guard = (errors: number) => evidence(impliedErrors, seen(errors));

  it("passes without proof while less than half of the evidence that fails is there", () => {
    const asked = (errors: number) => evidence(errorsAtMostControl, seen(errors)).against ?? 0;
    const first = Array.from({ length: 500 }, (_, errors) => errors).find((errors) => asked(errors) >= 0.5) ?? 0;
    expect(guard(first - 1)).toMatchObject({ outcome: "pass", needed: null, text: "rate(errors) <= control (implied)" });
    expect(guard(first)).toMatchObject({ outcome: "not-enough-evidence", needed: 1_710, text: "rate(errors) <= control (implied)" });
    expect(guard(first - 1).against).toBeGreaterThan(0);
  });

  it("fails and passes as one that is written out does", () => {
    expect(guard(50)).toMatchObject({ outcome: "fail", text: "rate(errors) <= control (implied)" });
    expect(evidence(impliedErrors, counters(served(2_000, 10), served(38_000, 190)))).toMatchObject({ outcome: "pass", needed: 1_710, text: "rate(errors) <= control (implied)" });
  });
});

describe("a sample ratio that is off", () => {
  const tested = stage("canary", 0.2, { requirements: [errorsAtMostControl] });
  const found = (seen: StageCounters, traffic = 0.2) => stageEvidence(planWith([tested]), { ...tested, traffic }, seen);

  it("withholds a pass and leaves a failure, and says why", () => {
    expect(found(counters(served(10_000, 50), served(120_000, 600)))).toMatchObject({
      mismatch: true, requirements: [{
        outcome: "not-enough-evidence", reason: "withheld while the sample ratio is off (0.5% of 10000 candidate units met an error, 0.5% of 120000 control units)",
      }],
    });
    expect(found(counters(served(1_000, 1_000), served(8_000, 40)))).toMatchObject({
      mismatch: true, requirements: [{
        outcome: "fail",
        reason: "100% of 1000 candidate units met an error, 0.5% of 8000 control units: more than 'rate(errors) <= control * 1 + 0' allows; "
          + "sample ratio mismatch: 1000 candidate and 8000 control units at a share of 20%",
      }],
    });
  });

  it("is none where the counts are what the shares say", () => {
    expect(found(counters(served(4_000, 20), served(16_000, 80)))).toMatchObject({ mismatch: false, requirements: [{ outcome: "pass", reason: expect.stringMatching(/^0\.5% of 4000/) as unknown }] });
  });

  it("is none in a shadow, which splits nothing, nor where the candidate answers everything", () => {
    for (const traffic of [0, 1]) expect(found(counters(served(5_000, 10), served(5_000, 10)), traffic).mismatch).toBe(false);
  });

  it("judges what fails without knowing the share", () => {
    const arms = { candidate: { units: 4_000, errors: 110 }, control: { units: 8_000, errors: 80 }, factor: 1, offset: 0 };
    const { against } = found(counters(served(4_000, 110), served(8_000, 80))).requirements[0] ?? {};
    expect(against).toBeCloseTo(Math.min(1, evidenceWhereLopsided(arms, 0.05)), 12);
    expect(against).toBeGreaterThan(0);
  });
});
