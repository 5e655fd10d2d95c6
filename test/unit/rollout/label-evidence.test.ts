/** `rate(label)`: means of the arms, and what may be said of them. The confidence sequence has tests of its own and is the oracle here. */
import { describe, expect, it } from "vitest";
import type { StageRequirement } from "../../../grammar/compiled-spec/index.ts";
import { stageEvidence } from "../../../runtime/rollout/evidence.ts";
import type { RolloutPlan } from "../../../runtime/rollout/plan.ts";
import type { Evidence } from "../../../runtime/rollout/verdict.ts";
import type { StageCounters } from "../../../runtime/state/counters.ts";
import { difference, halfWidth, type OutcomeSums } from "../../../runtime/statistics/confidence-sequence.ts";
import { plannedVariance, planTwoProportions } from "../../../runtime/statistics/planning.ts";
import { seeded } from "../../../bench/gates.ts";
import { arm, bought, counters, errorsAtMostControl, hour, nothingSeen, planWith, purchasesAtLeast, served, stage } from "./fixtures.ts";

type LabelRate = Extract<StageRequirement, { kind: "label-rate" }>;

const atLeast = (factor: number, offset = 0): LabelRate => ({ ...purchasesAtLeast(factor), bound: { kind: "control", factor, offset } } as LabelRate);
const constant = (value: number, comparison: LabelRate["comparison"] = ">="): LabelRate => ({ ...atLeast(1), comparison, text: `rate(purchased) ${comparison} ${value}`, bound: { kind: "constant", value } });

/** In a stage with half of the traffic, or another; a shadow has no split that could be off. */
function evidence(requirement: StageRequirement, seen: StageCounters, { traffic = 0.5, plan = {}, holdMs = hour }: { readonly traffic?: number; readonly plan?: Partial<RolloutPlan>; readonly holdMs?: number } = {}): Evidence {
  const tested = stage("ramp", traffic, { requirements: [requirement], holdMs });
  const [found] = stageEvidence(planWith([tested], plan), tested, seen).requirements;
  if (found === undefined) throw new Error("a requirement without evidence");
  return found;
}

const yes = (units: number, buyers: number): OutcomeSums => ({ units, n: units, y: buyers, nn: units, ny: buyers, yy: buyers });

describe("before there are outcomes to compare", () => {
  it("it is told what is missing", () => {
    expect(evidence(atLeast(0.9), counters(served(7, 0), served(7, 0)))).toEqual({
      text: "rate(purchased) >= control * 0.9", kind: "label-rate", outcome: "not-enough-evidence", candidate: null, control: null, bound: null,
      reason: "no purchased outcomes yet, of 7 candidate units", seen: 0, needed: null, against: null,
    });
  });

  it("is until both arms have outcomes of two units, or the candidate alone against a constant", () => {
    const known = (candidate: number, control: number, requirement: LabelRate = atLeast(0.9)) => evidence(requirement, counters(bought(candidate, 1), bought(control, 1)), { traffic: 0 }).candidate !== null;
    expect([known(1, 2), known(2, 1), known(2, 2)]).toEqual([false, false, true]);
    expect([known(1, 9, constant(0.5)), known(2, 0, constant(0.5))]).toEqual([false, true]);
    expect(evidence(atLeast(0.9), counters(bought(1, 1), bought(2, 1)), { traffic: 0 }).seen).toBe(1);
  });

  it("outcomes of another label are none", () => {
    expect(evidence({ ...atLeast(0.9), label: "returned" }, counters(bought(50, 1), bought(50, 1)))).toMatchObject({ seen: 0, reason: "no returned outcomes yet, of 50 candidate units" });
  });

  it("needed is what the declared rate plans for: the room that the bound leaves, or a tenth", () => {
    const needed = (requirement: LabelRate, traffic = 0.3, plan: Partial<RolloutPlan> = {}) => evidence(requirement, nothingSeen, { traffic, plan: { labelRates: { purchased: 0.04 }, ...plan } }).needed;
    const planned = (change: number, share = 0.3, more = {}) => planTwoProportions({ baseline: 0.04, change, share, alpha: 0.05, power: 0.8, ...more }).candidateUnits;
    expect(needed(atLeast(0.8))).toBe(planned(0.04 * (0.8 - 1)));
    expect(needed(atLeast(1))).toBe(planned(-0.004));
    expect(needed(atLeast(1.2))).toBe(planned(-0.004));
    expect(needed(constant(0.03))).toBe(planned(-0.004));
    expect(needed(atLeast(0.8), 0)).toBe(planned(0.04 * (0.8 - 1), 0.5));
    expect(needed(atLeast(0.8), 0.3, { alpha: 0.01, power: 0.9 })).toBe(planned(0.04 * (0.8 - 1), 0.3, { alpha: 0.01, power: 0.9 }));
    expect(needed(atLeast(0.8), 0.3, { labelRates: { returned: 0.04 } })).toBeNull();
    expect(needed(atLeast(0.8), 0.3, { labelRates: { purchased: 0 } })).toBeNull();
  });
});

describe("against the control", () => {
  it("is told in full", () => {
    const found = difference({ candidate: yes(2_000, 70), control: yes(2_000, 80), factor: 0.9, offset: 0 });
    const needed = Math.ceil((2_000 * found.standardError ** 2) / plannedVariance({ change: 0.004, alpha: 0.05, power: 0.8 }));
    expect(evidence(atLeast(0.9), counters(bought(2_000, 70), bought(2_000, 80)))).toEqual({
      text: "rate(purchased) >= control * 0.9", kind: "label-rate", outcome: "not-enough-evidence", candidate: 0.035, control: 0.04, bound: expect.closeTo(0.036, 12) as number,
      reason: `rate(purchased): candidate 0.035 of 2000 units, control 0.04 of 2000 units; ${needed} candidate units show a harm of 0.004`,
      seen: 2_000, needed, against: expect.closeTo(0.001 / halfWidth(found, 0.05, 10_000), 12) as number,
    });
    expect(needed).toBeGreaterThan(20_000);
  });

  it("the bound is factor × the control's mean + offset", () => {
    expect(evidence(atLeast(0.9, -0.01), counters(bought(2_000, 70), bought(2_000, 80))).bound).toBeCloseTo(0.026, 12);
    expect(evidence(atLeast(1.2, 0.01), counters(bought(2_000, 70), bought(2_000, 80))).bound).toBeCloseTo(0.058, 12);
  });

  describe("the smallest harm to see is", () => {
    const harm = (requirement: LabelRate) => /show a harm of ([\d.]+)$/.exec(evidence(requirement, counters(bought(1_000, 40), bought(1_000, 40))).reason)?.[1];
    it("the room that the bound leaves", () => expect([harm(atLeast(0.8)), harm(atLeast(1, -0.01)), harm(atLeast(0.9, -0.004))]).toEqual(["0.008", "0.01", "0.008"]));
    it("a tenth of the control's mean where it leaves none", () => expect([harm(atLeast(1)), harm(atLeast(1.1))]).toEqual(["0.004", "0.004"]));
    it("on the other side where less is better", () => {
      const atMost = (factor: number) => ({ ...atLeast(factor), comparison: "<=" as const });
      expect([harm(atMost(1.2)), harm(atMost(1)), harm(atMost(0.9))]).toEqual(["0.008", "0.004", "0.004"]);
    });
  });

  /** What may be said, from the definition: of the estimate, its half-width and the planned size. */
  function expected(candidate: OutcomeSums, control: OutcomeSums, factor: number, good: 1 | -1, change: number, slack: number): string {
    const found = difference({ candidate, control, factor, offset: 0 });
    const [estimate, width] = [good * found.estimate, halfWidth(found, 0.05, 10_000)];
    const needed = (candidate.units * found.standardError ** 2) / plannedVariance({ change, alpha: 0.05, power: 0.8 });
    if (estimate < -width) return "fail: worse than allowed";
    if (estimate >= width) return "pass: shown";
    if (candidate.units < needed) return "not-enough-evidence: too few";
    return estimate < -slack ? "not-enough-evidence: suspicious" : "pass: no harm";
  }

  function said({ outcome, reason }: Evidence): string {
    const ends = [
      [/: worse than 'rate\(purchased\) >= control \* [\d.]+' allows$/, "worse than allowed"], [/: shown at 95% confidence$/, "shown"], [/; \d+ candidate units show a harm of [\d.]+$/, "too few"],
      [/: suspicious, though it could still be chance$/, "suspicious"], [/; no harm in a sample that would show [\d.]+$/, "no harm"],
    ] as const;
    return `${outcome}: ${ends.find(([end]) => end.test(reason))?.[1] ?? reason}`;
  }

  it.each([
    { factor: 0.9, slackOfHarm: 0, units: 4_000 }, { factor: 0.9, slackOfHarm: 0, units: 60_000 }, { factor: 1, slackOfHarm: 1 / 3, units: 60_000 }, { factor: 1, slackOfHarm: 1 / 3, units: 4_000 },
  ])("fails, passes or waits as the sequence says (× $factor, $units units an arm)", ({ factor, slackOfHarm, units }) => {
    const buyers = units * 0.04;
    const told = new Set<string>();
    for (const comparison of [">=", ">", "<=", "<"] as const) {
      const good = comparison.startsWith(">") ? 1 : -1;
      // The mirror image asks for at most as much more.
      const mirrored = good === 1 ? factor : 2 - factor;
      for (let i = -40; i <= 40; i++) {
        const candidate = Math.round(buyers * (1 + i / 60));
        const found = evidence({ ...atLeast(factor), comparison, bound: { kind: "control", factor: mirrored, offset: 0 } }, counters(bought(units, candidate), bought(units, buyers)));
        expect(said(found)).toBe(expected(yes(units, candidate), yes(units, buyers), mirrored, good, 0.004, slackOfHarm * 0.004));
        told.add(said(found));
      }
    }
    expect([...told].sort()).toEqual(units === 4_000
      ? ["fail: worse than allowed", "not-enough-evidence: too few", "pass: shown"]
      : ["fail: worse than allowed", "not-enough-evidence: suspicious", "pass: no harm", "pass: shown"]);
  });

  it("does not count the planned size before it is there, and does from there on", () => {
    // The same rates in ever more units: from some size on, no harm is told.
    const sizes = Array.from({ length: 60 }, (_, i) => 500 * (i + 1));
    const found = sizes.map((units) => evidence(atLeast(0.9), counters(bought(units, units * 0.04), bought(units, units * 0.04))));
    for (const { seen, needed, outcome, reason } of found) {
      if (needed === null || reason.includes("too few") || reason.includes("shown at")) continue;
      expect(outcome).toBe(seen < needed ? "not-enough-evidence" : "pass");
    }
    expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(["not-enough-evidence", "pass"]));
  });

  it("knows no size where nobody bought anything", () => {
    expect(evidence(atLeast(0.9), counters(bought(20_000, 0), bought(20_000, 0)))).toMatchObject({ needed: null });
  });

  it("is not shown by outcomes that are all alike: a feed that has stopped looks like that", () => {
    expect(evidence(atLeast(0.9), counters(bought(20_000, 0), bought(20_000, 0)))).toMatchObject({
      outcome: "not-enough-evidence", reason: "rate(purchased): candidate 0 of 20000 units, control 0 of 20000 units: no outcome differs from another, which shows nothing",
    });
    const fewer: LabelRate = { ...atLeast(1), comparison: "<=", text: "rate(purchased) <= control" };
    expect(evidence(fewer, counters(bought(20_000, 0), bought(20_000, 0)))).toMatchObject({ outcome: "pass", reason: expect.stringMatching(/: none in either arm$/) as unknown });
    // One of them nothing and the other not: there is a variance, and the gate judges as ever.
    expect(evidence(atLeast(0.9), counters(bought(20_000, 0), bought(20_000, 800)))).toMatchObject({ outcome: "fail" });
    expect(evidence(atLeast(0.9), counters(bought(20_000, 800), bought(20_000, 0)))).toMatchObject({ outcome: "pass" });
  });

  it("is tightest at the units that the stage was planned for, and at ten thousand where none are", () => {
    const seen = counters(bought(2_000, 60), bought(2_000, 80));
    const found = difference({ candidate: yes(2_000, 60), control: yes(2_000, 80), factor: 1, offset: 0 });
    const against = (volumePerMs: number | null, holdMs = hour) => evidence(atLeast(1), seen, { plan: { volumePerMs }, holdMs }).against;
    const at = (units: number) => expect.closeTo(-found.estimate / halfWidth(found, 0.05, units), 10) as number;
    expect(against(100 / hour, 5 * hour)).toEqual(at(500));
    expect(against(0.25, 4)).toEqual(at(1));
    expect([against(null), against(0), against(0.125, 4), against(3, 0)]).toEqual([at(10_000), at(10_000), at(10_000), at(10_000)]);
    expect(at(500)).not.toEqual(at(10_000));
  });
});

describe("too few events to judge by", () => {
  const tooFew = (requirement: LabelRate, candidate: [number, number], control: [number, number]) =>
    evidence(requirement, counters(bought(...candidate), bought(...control)), { traffic: candidate[0] / (candidate[0] + control[0]) }).reason.endsWith("; too few purchased outcomes to judge");

  it("are fewer than twenty of the control", () => {
    expect([tooFew(atLeast(0.9), [1_000, 0], [1_000, 19]), tooFew(atLeast(0.9), [1_000, 0], [1_000, 20])]).toEqual([true, false]);
    expect(tooFew(atLeast(0.9), [4_000, 100], [1_000, 19])).toBe(true);
  });

  it("are fewer than twenty that the candidate would have at the control's rate, whatever it has", () => {
    expect([tooFew(atLeast(0.9), [500, 0], [1_000, 39]), tooFew(atLeast(0.9), [500, 0], [1_000, 40])]).toEqual([true, false]);
    expect(tooFew(atLeast(0.9), [500, 400], [1_000, 39])).toBe(true);
  });

  it("are none from twenty thousand units in each arm on: a mean may be nothing", () => {
    expect(tooFew(atLeast(0.9), [20_000, 0], [20_000, 0])).toBe(false);
    expect([tooFew(atLeast(0.9), [19_999, 0], [20_000, 0]), tooFew(atLeast(0.9), [20_000, 0], [19_999, 0])]).toEqual([true, true]);
    expect([tooFew(constant(0.0001), [20_000, 0], [0, 0]), tooFew(constant(0.0001), [19_999, 0], [0, 0])]).toEqual([false, true]);
  });

  it("against a constant are fewer than twenty seen, and fewer than twenty expected at the constant", () => {
    expect([tooFew(constant(0.02), [1_000, 0], [0, 0]), tooFew(constant(0.019), [1_000, 0], [0, 0])]).toEqual([false, true]);
    expect([tooFew(constant(0.001), [1_000, 20], [0, 0]), tooFew(constant(0.001), [1_000, 19], [0, 0])]).toEqual([false, true]);
    // A constant that is no share expects one event of each unit.
    expect([tooFew(constant(5), [20, 0], [0, 0]), tooFew(constant(5), [19, 0], [0, 0]), tooFew(constant(-5), [20, 0], [0, 0])]).toEqual([false, true, false]);
  });

  it("is told as not enough evidence", () => {
    expect(evidence(atLeast(0.9), counters(bought(100, 1), bought(100, 2)))).toMatchObject({
      outcome: "not-enough-evidence", reason: "rate(purchased): candidate 0.01 of 100 units, control 0.02 of 100 units; too few purchased outcomes to judge",
    });
  });
});

describe("against a constant", () => {
  it("is told in full, without a control", () => {
    const found = difference({ candidate: yes(2_000, 70), control: null, factor: 0, offset: 0.036 });
    expect(evidence(constant(0.036), counters(bought(2_000, 70), bought(2_000, 80)))).toMatchObject({
      candidate: 0.035, control: null, bound: 0.036, seen: 2_000, against: expect.closeTo(0.001 / halfWidth(found, 0.05, 10_000), 12) as unknown,
      needed: Math.ceil((2_000 * found.standardError ** 2) / plannedVariance({ change: 0.0036, alpha: 0.05, power: 0.8 })),
      reason: expect.stringMatching(/^rate\(purchased\): candidate 0\.035 of 2000 units; \d+ candidate units show a harm of 0\.0036$/) as unknown,
    });
  });

  it("fails below, passes above, on either side of which is better", () => {
    const outcome = (buyers: number, comparison: LabelRate["comparison"]) => evidence(constant(0.04, comparison), counters(bought(20_000, buyers), bought(20_000, 0))).outcome;
    expect([outcome(500, ">="), outcome(1_200, ">="), outcome(500, "<="), outcome(1_200, "<=")]).toEqual(["fail", "pass", "pass", "fail"]);
  });

  it("leaves no room on the wrong side once the sample is large enough", () => {
    // 200,000 units would show a tenth of 4%; at the constant itself it passes, just below it is suspicious.
    expect(evidence(constant(0.04), counters(bought(200_000, 8_000), bought(200_000, 0)))).toMatchObject({ outcome: "pass", reason: "rate(purchased): candidate 0.04 of 200000 units; no harm in a sample that would show 0.004" });
    expect(evidence(constant(0.04), counters(bought(200_000, 7_999), bought(200_000, 0)))).toMatchObject({ outcome: "not-enough-evidence", reason: expect.stringMatching(/suspicious/) as unknown });
  });

  it("of a number that is no share judges its mean", () => {
    // Each of 400 units spent 10 or 12.
    const spent = { units: 400, n: 400, y: 4_400, nn: 400, ny: 4_400, yy: 200 * 100 + 200 * 144 };
    const seen = counters(arm({ ...served(400, 0), outcomes: new Map([["purchased", spent]]) }), served(400, 0));
    expect(evidence(constant(10.5), seen)).toMatchObject({ outcome: "pass", candidate: 11, reason: "rate(purchased): candidate 11 of 400 units: shown at 95% confidence" });
    expect(evidence(constant(11.5), seen)).toMatchObject({ outcome: "fail", against: 1, reason: "rate(purchased): candidate 11 of 400 units: worse than 'rate(purchased) >= 11.5' allows" });
    expect(evidence(constant(-11.5, "<="), seen)).toMatchObject({ outcome: "fail" });
  });
});

describe("outcomes that are not all that there are", () => {
  const yesOrNo = (withinMs: number | null): Partial<RolloutPlan> => ({ labels: { purchased: { yesOrNo: true, withinMs } }, labelRates: { purchased: 0.04 } });
  /** Of `exposed` units `known` have an outcome, `buyers` of them yes; of those that are old enough, `matured`. */
  const posted = (exposed: number, known: number, buyers: number, matured?: OutcomeSums) =>
    arm({ ...served(exposed, 0), outcomes: new Map([["purchased", yes(known, buyers)]]), matured: new Map(matured === undefined ? [] : [["purchased", matured]]) });
  const onlyYes = counters(posted(2_000, 60, 60), posted(2_000, 80, 80));
  const halves = counters(posted(2_000, 600, 60), posted(2_000, 1_200, 80));

  it("cannot be judged where no negative one has ever come and none can be awaited", () => {
    expect(evidence(atLeast(0.9), onlyYes, { plan: yesOrNo(null) })).toEqual({
      text: "rate(purchased) >= control * 0.9", kind: "label-rate", outcome: "not-enough-evidence", candidate: null, control: null, bound: null,
      reason: "cannot judge: no negative outcome of purchased has ever come", seen: 60, needed: null, against: null,
    });
    expect(evidence(constant(0.9), onlyYes, { plan: yesOrNo(null) }).reason).toBe("cannot judge: no negative outcome of purchased has ever come");
  });

  it("are judged as numbers of a label that is no yes or no, and not for one negative in either arm", () => {
    const judged = (seen: StageCounters, plan: Partial<RolloutPlan>) => !evidence(atLeast(0.9), seen, { plan }).reason.startsWith("cannot judge");
    expect([judged(counters(posted(2_000, 80, 79), posted(2_000, 80, 80)), yesOrNo(null)), judged(counters(posted(2_000, 80, 80), posted(2_000, 80, 79)), yesOrNo(null))]).toEqual([false, false]);
    expect(judged(onlyYes, { labels: { purchased: { yesOrNo: false, withinMs: null } } })).toBe(true);
    expect(judged(onlyYes, { labels: { returned: { yesOrNo: true, withinMs: null } } })).toBe(true);
    expect(judged(onlyYes, {})).toBe(true);
    // In one arm alone only positive ones came, and in the other none.
    expect(judged(counters(posted(2_000, 60, 60), posted(2_000, 0, 0)), yesOrNo(null))).toBe(false);
    expect(evidence(atLeast(0.9), counters(posted(2_000, 0, 0), posted(2_000, 0, 0)), { plan: yesOrNo(null) }).reason).toBe("no purchased outcomes yet, of 2000 candidate units");
  });

  it("cannot be compared where they come for more of one arm's units than of the other's", () => {
    expect(evidence(atLeast(0.9), halves).reason).toBe("cannot judge: outcomes of purchased come for 30% of the candidate's predictions and 60% of the control's");
    expect(evidence(atLeast(0.9), halves, { plan: yesOrNo(null) }).reason).toMatch(/^cannot judge: outcomes of purchased come for 30% of the candidate's predictions and 60% of the control's/);
    // In a stage that splits nothing nothing can be shown to be off; a failure is told.
    expect(evidence(atLeast(1.8), halves, { traffic: 1 }).reason).toMatch(/^rate\(purchased\): candidate 0\.1 of 600 units, control 0\.0667 of 1200 units/);
  });

  describe("of a label that is a number, which has no value for what is missing", () => {
    /** Of `exposed` units `known` spent ten or twelve. */
    const spent = (exposed: number, known: number) => {
      const outcomes = new Map([["purchased", { units: known, n: known, y: 11 * known, nn: known, ny: 11 * known, yy: 122 * known }]]);
      return arm({ ...served(exposed, 0), outcomes });
    };
    it("pass against the control where the arms are shown to have as many, and not where it is merely not shown that they have not", () => {
      expect(evidence(atLeast(0.9), counters(spent(8_000, 4_000), spent(8_000, 4_000)))).toMatchObject({ outcome: "pass", candidate: 11 });
      expect(evidence(atLeast(0.9), counters(spent(400, 200), spent(400, 200)))).toMatchObject({
        outcome: "not-enough-evidence", reason: "cannot judge: outcomes of purchased come for 50% of the candidate's predictions and 50% of the control's, not shown to be equal within 10%",
      });
      expect(evidence(atLeast(0.9), counters(spent(8_000, 3_700), spent(8_000, 4_000))).reason).toMatch(/46\.3% of the candidate's predictions and 50% of the control's, not shown to be equal within 10%$/);
    });
    it("fail all the same, where they are not shown to be unequal", () => {
      expect(evidence(atLeast(1.1), counters(spent(400, 200), spent(400, 200)))).toMatchObject({ outcome: "fail" });
      expect(evidence(atLeast(1.1), counters(spent(2_000, 600), spent(2_000, 1_200)))).toMatchObject({ outcome: "not-enough-evidence" });
    });
    it("pass against a constant where at most a tenth is missing", () => {
      expect(evidence(constant(10), counters(spent(1_000, 900), spent(1_000, 0)))).toMatchObject({ outcome: "pass" });
      expect(evidence(constant(10), counters(spent(1_000, 899), spent(1_000, 0)))).toMatchObject({
        outcome: "not-enough-evidence", reason: "cannot judge: outcomes of purchased come for 89.9% of the candidate's predictions, and 90% are needed",
      });
      expect(evidence(constant(12), counters(spent(1_000, 100), spent(1_000, 0)))).toMatchObject({ outcome: "fail" });
    });
  });

  it("of many predictions a unit are counted by prediction", () => {
    // Five predictions to each of 400 units, and an outcome of one of them only: a fifth.
    const one = (buyers: number) => arm({ ...served(400, 0), requests: 2_000, predictions: 2_000, outcomes: new Map([["purchased", yes(400, buyers)]]) });
    expect(evidence(constant(0.3), counters(one(200), one(200)), { plan: yesOrNo(null) }).reason).toMatch(/come for 20% of the candidate's predictions; .* candidate 0\.5 of 400 units: shown .* candidate 0\.1 of 2000 units: worse/);
  });

  it("are told beside what cannot be said yet", () => {
    expect(evidence(atLeast(0.9), counters(posted(2_000, 1_000, 40), posted(2_000, 1_000, 40)), { plan: yesOrNo(null) })).toMatchObject({
      outcome: "not-enough-evidence", candidate: 0.04, reason: expect.stringMatching(/show a harm of 0\.004; outcomes of purchased come for 50% of the candidate's predictions and 50% of the control's$/) as unknown,
    });
    expect(evidence(atLeast(0.9), counters(posted(1_000, 900, 40), posted(1_000, 900, 40)), { plan: yesOrNo(null) }).reason).toMatch(/show a harm of [\d.]+$/);
  });

  it("all of which are yes are judged where they are all there", () => {
    expect(evidence(constant(0.5), counters(posted(1_000, 1_000, 1_000), posted(1_000, 0, 0)), { plan: yesOrNo(null) })).toMatchObject({ outcome: "pass" });
  });

  it("are told as a share of the predictions, of which there may be none, or fewer than outcomes that came late", () => {
    expect(evidence(atLeast(0.9), counters(posted(0, 0, 0), posted(0, 500, 20)), { traffic: 0 }).reason).toBe("cannot judge: outcomes of purchased come for none of the candidate's predictions and 100% of the control's");
    expect(evidence(atLeast(0.9), counters(posted(2_000, 100, 4), posted(2_000, 5_000, 20))).reason).toBe("cannot judge: outcomes of purchased come for 5% of the candidate's predictions and 100% of the control's");
  });

  it("are waited for where the label matures", () => {
    expect(evidence(atLeast(0.9), onlyYes, { plan: yesOrNo(26 * hour) })).toMatchObject({
      outcome: "not-enough-evidence", seen: 0, needed: planTwoProportions({ baseline: 0.04, change: 0.04 * (0.9 - 1), share: 0.5, alpha: 0.05, power: 0.8 }).candidateUnits,
      reason: "no negative outcome of purchased has ever come; no prediction of this stage is 1 d 2 h old yet, when one without an outcome counts as none",
    });
    const matured = (units: number) => evidence(atLeast(0.9), counters(posted(2_000, 60, 60, yes(units, 1)), posted(2_000, 80, 80, yes(2_000, 80))), { plan: yesOrNo(hour) });
    expect([matured(1).reason.includes("old yet"), matured(2).reason.includes("old yet")]).toEqual([true, false]);
    expect(matured(1).seen).toBe(1);
  });

  it("are completed by those that never came, and judged as they are then", () => {
    const completed = counters(posted(20_000, 400, 400, yes(20_000, 400)), posted(20_000, 800, 800, yes(20_000, 800)));
    const told = evidence(atLeast(0.9), counters(bought(20_000, 400), bought(20_000, 800)));
    expect(evidence(atLeast(0.9), completed, { plan: yesOrNo(hour) })).toEqual({ ...told, reason: `${told.reason} (no outcome within 1 h counts as none)` });
    expect(told).toMatchObject({ outcome: "fail", reason: "rate(purchased): candidate 0.02 of 20000 units, control 0.04 of 20000 units: worse than 'rate(purchased) >= control * 0.9' allows" });
  });
});

describe("a feed of the yes answers and a few of the others", () => {
  const plan = { labels: { purchased: { yesOrNo: true, withinMs: null } } };
  const posted = (exposed: number, buyers: number, others: number) => arm({ ...served(exposed, 0), outcomes: new Map([["purchased", yes(buyers + others, buyers)]]) });

  it("promotes no candidate that halves the purchases, as a hostile client found", () => {
    const found = evidence(atLeast(0.8), counters(posted(212, 27, 1), posted(226, 64, 0)), { plan });
    expect(found.outcome).toBe("not-enough-evidence");
    expect(found.reason).toMatch(/^cannot judge: outcomes of purchased come for 13\.2% of the candidate's predictions and 28\.3% of the control's; of those that came, candidate 0\.964 of 28 units, control 1 of 64 units; no harm in a sample that would show 0\.2; with the others as no, candidate 0\.127 of 212 units/);
  });

  it("does not meet a constant of 40% with a rate of 4%", () => {
    const found = evidence(constant(0.4), counters(posted(2_000, 80, 1), posted(2_000, 80, 0)), { plan });
    expect(found.outcome).toBe("not-enough-evidence");
    expect(found.reason).toMatch(/^cannot judge: outcomes of purchased come for 4\.05% of the candidate's predictions; of those that came, candidate 0\.988 of 81 units: shown at 95% confidence; with the others as no, candidate 0\.04 of 2000 units: worse than/);
  });

  it("passes at no look, over many rollouts with few and many negatives", () => {
    for (const negatives of [0, 1, 3, 30]) {
      const told = Array.from({ length: 40 }, (_, seed) => rolledOut({ seed, candidate: 0.1, control: 0.2, negatives })).flat();
      expect(told).not.toContain("pass");
      expect(told).toContain("not-enough-evidence");
    }
  });

  /** What the gate says at each of 40 looks at 100 more shoppers. */
  function rolledOut({ seed, candidate, control, negatives, told = 0 }: { readonly seed: number; readonly candidate: number; readonly control: number; readonly negatives: number; readonly told?: number }): readonly string[] {
    const random = seeded(seed + 1);
    const [first, second] = [candidate, control].map((rate) => ({ rate, seen: 0, buyers: 0, others: 0 }));
    if (first === undefined || second === undefined) throw new Error("two arms");
    return Array.from({ length: 40 }, () => {
      for (let i = 0; i < 100; i++) {
        const to = random() < 0.5 ? first : second;
        to.seen++;
        const buys = random() < to.rate;
        // Of everybody told, or of buyers only and of the first few others.
        if (told > 0 && random() >= told) continue;
        if (buys) to.buyers++;
        else if (told > 0 || to.others < negatives) to.others++;
      }
      return evidence(atLeast(0.8), counters(posted(first.seen, first.buyers, first.others), posted(second.seen, second.buyers, second.others)), { plan }).outcome;
    });
  }

  it.each([1, 0.6])("is told from an honest one, of which a share of %d has come", (told) => {
    const ends = (candidate: number) => Array.from({ length: 40 }, (_, seed) => rolledOut({ seed, candidate, control: 0.3, negatives: 0, told })).map((looks) => looks.find((outcome) => outcome !== "not-enough-evidence") ?? "open");
    expect(ends(0.15).filter((end) => end === "fail").length).toBe(40);
    const same = ends(0.3);
    expect(same.filter((end) => end === "fail").length).toBeLessThanOrEqual(2);
    expect(same.filter((end) => end === "pass").length).toBeGreaterThanOrEqual(32);
  });
});

it("beside other requirements each has its own evidence", () => {
  const tested = stage("ramp", 0.5, { requirements: [atLeast(0.9), errorsAtMostControl] });
  expect(stageEvidence(planWith([tested]), tested, nothingSeen).requirements.map(({ kind }) => kind)).toEqual(["label-rate", "error-rate"]);
});
