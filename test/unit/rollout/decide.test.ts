import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, duration, type Decision, type Facts } from "../../../runtime/rollout/decide.ts";
import {
  arm, bought, counters, disagreementBelow, errorsAtMost, errorsAtMostControl, hour, impliedErrors, nothingSeen, p99Below, planWith, purchasesAtLeast, record, served, stage, timed,
} from "./fixtures.ts";
import type { ArmCounters, StageCounters } from "../../../runtime/state/counters.ts";
import { planOneProportion, planTwoProportions } from "../../../runtime/statistics/planning.ts";
import type { RolloutRecord } from "../../../runtime/state/rollouts.ts";
import type { StagePlan } from "../../../runtime/rollout/plan.ts";

const lead = { role: "lead", members: ["ann", "bob"] };

/** A decision in a single stage under test, followed by a full one. */
function decideIn(tested: StagePlan, facts: Partial<Omit<Facts, "rollout">> & { rollout?: Partial<RolloutRecord>; volumePerMs?: number } = {}): Decision {
  const plan = planWith([tested, stage("full", 1, { holdMs: 0 })], { volumePerMs: facts.volumePerMs ?? null });
  return decide({
    rollout: record(plan, { heldMs: tested.holdMs, ...facts.rollout }),
    live: facts.live === undefined ? "old" : facts.live,
    approvals: facts.approvals ?? [],
    counters: facts.counters ?? nothingSeen,
  });
}

const healthy = counters(served(2_000, 10), served(38_000, 190));
const canary = stage("canary", 0.05, { requirements: [errorsAtMostControl] });

describe("a stage", () => {
  it("begins with the first one", () => {
    expect(decideIn(canary, { rollout: { stage: -1, state: "pending" } })).toMatchObject({ kind: "transition", transition: { kind: "begin-stage", stage: 0 } });
  });

  it("is held for its time, and says how much is left", () => {
    expect(decideIn(canary, { counters: healthy, rollout: { heldMs: hour / 2 } })).toMatchObject({ kind: "wait", for: "hold", remainingMs: hour / 2 });
  });

  it("passes when its hold is over and every requirement passes", () => {
    const decision = decideIn(canary, { counters: healthy });
    expect(decision).toMatchObject({ kind: "transition", transition: { kind: "begin-stage", stage: 1 }, evidence: { requirements: [{ outcome: "pass", candidate: 0.005, control: 0.005 }] } });
  });

  it("completes the rollout when it is the last", () => {
    expect(decideIn(canary, { rollout: { stage: 1, heldMs: 0 } })).toMatchObject({ kind: "transition", transition: { kind: "complete" } });
  });

  it("needs no live version: the fallback is the control", () => {
    expect(decideIn(canary, { counters: healthy, live: null, rollout: { control: null } })).toMatchObject({ transition: { kind: "begin-stage" } });
  });

  it("goes on collecting evidence after its hold, and says for how long at the rate seen", () => {
    const decision = decideIn(canary, { counters: counters(served(427, 2), served(8_113, 40)) });
    // 1,710 units show a doubling of 0.5%; 427 came in the first hour.
    expect(decision).toMatchObject({ kind: "wait", for: "evidence", evidence: { requirements: [{ outcome: "not-enough-evidence", seen: 427, needed: 1_710 }] } });
    expect(decision.kind === "wait" && decision.remainingMs).toBeCloseTo((hour * (1_710 - 427)) / 427, -1);
  });

  it("says how long by the declared rate before anything was seen", () => {
    const decision = decideIn(canary, { volumePerMs: 1_000 / hour, rollout: { heldMs: 0 } });
    expect(decision).toMatchObject({ kind: "wait", for: "hold" });
    expect(decision.kind === "wait" && decision.remainingMs).toBeCloseTo((hour * 1_710) / 50, -1);
  });

  it("asks for a person after four holds without enough evidence", () => {
    const decision = decideIn(canary, { counters: counters(served(10, 0), served(190, 0)), rollout: { heldMs: 4.1 * hour } });
    expect(decision).toMatchObject({ kind: "wait", for: "held" });
    expect(decision.kind === "wait" && decision.text).toMatch(/held: not enough evidence.*(traffic|abort)/);
  });
});

describe("what is told", () => {
  const reasonOf = (decision: Decision) => (decision.kind === "transition" ? decision.transition.reason : decision.kind === "wait" ? decision.text : null);
  const quiet = stage("canary", 0.5, {});

  it("of a stage that passed: for how long it was held, and what each requirement found", () => {
    expect(decideIn(quiet)).toEqual({ kind: "transition", transition: { kind: "begin-stage", stage: 1, reason: "stage 'canary' held 1 h" }, evidence: { mismatch: false, requirements: [] } });
    const two = { ...canary, requirements: [errorsAtMostControl, errorsAtMost(0.02)] };
    expect(reasonOf(decideIn(two, { counters: healthy }))).toBe(
      "stage 'canary' held 1 h; rate(errors) <= control * 1 + 0: 0.5% of 2000 candidate units met an error, 0.5% of 38000 control units; "
      + "rate(errors) <= 0.02: 10 of 2000 requests failed (0.5%)",
    );
  });

  it("of the last stage the same, and of the first that it started", () => {
    expect(decideIn(canary, { rollout: { stage: 1, heldMs: 0 } })).toMatchObject({ transition: { kind: "complete", stage: 1, reason: "stage 'full' held 0 s" } });
    expect(decideIn(canary, { rollout: { stage: -1, state: "pending" } })).toMatchObject({ transition: { stage: 0, reason: "started" }, evidence: { mismatch: false, requirements: [] } });
  });

  it("of a hold: how long it lasts", () => {
    expect(decideIn(quiet, { rollout: { heldMs: hour / 2 } })).toEqual({
      kind: "wait", for: "hold", text: "stage 'canary' is held 30 min more", remainingMs: hour / 2, evidence: { mismatch: false, requirements: [] },
    });
    expect(decideIn(quiet, { rollout: { heldMs: hour - 1 } })).toMatchObject({ kind: "wait", for: "hold", remainingMs: 1 });
  });

  it("of a pause: what ends it", () => {
    expect(decideIn(quiet, { rollout: { state: "paused" } })).toMatchObject({ text: "paused: `mlspec rollout resume` goes on", remainingMs: null });
  });

  it("of several failures: all of them", () => {
    const two = { ...canary, requirements: [errorsAtMostControl, errorsAtMost(0.001)] };
    expect(reasonOf(decideIn(two, { counters: counters(served(500, 10), served(9_500, 0)) }))).toBe(
      "2% of 500 candidate units met an error, 0% of 9500 control units: more than 'rate(errors) <= control * 1 + 0' allows; 10 of 500 requests failed (2%): more than 0.1%",
    );
    expect(reasonOf(decideIn(two, { counters: counters(served(500, 1), served(9_500, 5)) }))).toBe(
      "not enough evidence: 0.2% of 500 candidate units met an error, 0.0526% of 9500 control units; 1710 candidate units show an increase by 0.5%; "
      + `1 of 500 requests failed (0.2%); judged from ${planOneProportion({ bound: 0.001, change: 0.001, alpha: 0.05, power: 0.8 })} requests on`,
    );
  });

  it("of what was missing for four holds: what a person can do", () => {
    const seen = counters(served(10, 0), served(190, 0));
    const text = (holds: number, tested = canary) => reasonOf(decideIn(tested, { counters: seen, rollout: { heldMs: holds * hour } }));
    const missing = "0% of 10 candidate units met an error, 0% of 190 control units; 1710 candidate units show an increase by 0.5%";
    expect(text(4)).toBe(`not enough evidence: ${missing}`);
    expect(text(4.001)).toBe(`held: not enough evidence after 4 holds (${missing}). Raise the stage's traffic or hold, widen the requirement, or abort`);
    // A stage without a hold has no measure for too long.
    expect(text(1_000, { ...canary, holdMs: 0 })).toBe(`not enough evidence: ${missing}`);
  });

  it("of lost units: how many, and that nothing passes", () => {
    expect(reasonOf(decideIn(canary, { counters: counters(served(100, 0), served(38_000, 190)) }))).toBe(
      "sample ratio mismatch: 100 candidate and 38000 control units at a share of 5%. Units are lost or counted twice in one arm; nothing passes until the cause is found. Abort if unsure",
    );
  });

  it("of another version that went live: which, instead of which", () => {
    const reason = (live: string | null, control: string | null) => reasonOf(decideIn(canary, { live, rollout: { control } }));
    expect(reason("hotfix", "old")).toBe("hotfix went live instead of old: there is nothing to compare with");
    expect(reason(null, "old")).toBe("the fallback went live instead of old: there is nothing to compare with");
    expect(reason("hotfix", null)).toBe("hotfix went live instead of the fallback: there is nothing to compare with");
    expect(decideIn(canary, { live: "hotfix" })).toMatchObject({ transition: { kind: "supersede", stage: 0 }, evidence: { mismatch: false, requirements: [] } });
  });

  it("of an approval: whose, and how to give it", () => {
    const plan = planWith([quiet, stage("ramp", 0.5, { approvals: [lead, { role: "legal", members: ["eve", "ann"] }] })]);
    const text = (...approvals: Facts["approvals"]) => reasonOf(decide({ rollout: record(plan, { heldMs: hour }), live: "old", counters: nothingSeen, approvals }));
    const by = (role: string, who: string) => ({ stage: 1, role, by: who, at: 5 });
    expect(text()).toBe("stage 'ramp' waits for the approval of lead, legal: `mlspec rollout approve --stage ramp`");
    expect(text(by("lead", "ann"))).toBe("stage 'ramp' waits for the approval of legal: `mlspec rollout approve --stage ramp`");
    // A member approves in the name of the role that they name (ann has both), which must have them.
    expect(text(by("lead", "ann"), by("legal", "bob"))).toBe("stage 'ramp' waits for the approval of legal: `mlspec rollout approve --stage ramp`");
    expect(text(by("lead", "eve"), by("legal", "eve"))).toBe("stage 'ramp' waits for the approval of lead: `mlspec rollout approve --stage ramp`");
    expect(text(by("lead", "bob"), by("legal", "eve"))).toBe("stage 'canary' held 1 h");
  });
});

describe("how long a stage still takes", () => {
  const remaining = (tested: StagePlan, facts: Parameters<typeof decideIn>[1]) => {
    const decision = decideIn(tested, facts);
    return decision.kind === "wait" ? decision.remainingMs : "no wait";
  };
  const seen = counters(served(427, 2), served(8_113, 40));

  it("is the hold, or longer when that does not bring the units that are needed", () => {
    expect(remaining(canary, { counters: seen, rollout: { heldMs: hour / 2 } })).toBe(Math.ceil(((1_710 - 427) * hour) / 2 / 427));
    const soon = counters(served(1_700, 2), served(32_300, 40));
    expect(remaining(canary, { counters: soon, rollout: { heldMs: hour / 2 } })).toBe(hour / 2);
  });

  it("is that of the slowest requirement", () => {
    const two = { ...canary, requirements: [errorsAtMost(0.01), errorsAtMostControl] };
    expect(remaining(two, { counters: seen })).toBe(Math.ceil(((1_710 - 427) * hour) / 427));
    expect(remaining({ ...two, requirements: two.requirements.toReversed() }, { counters: seen })).toBe(Math.ceil(((1_710 - 427) * hour) / 427));
  });

  it("goes by what came before what was declared", () => {
    expect(remaining(canary, { counters: seen, volumePerMs: 1 })).toBe(Math.ceil(((1_710 - 427) * hour) / 427));
    expect(remaining(canary, { counters: seen, volumePerMs: 8_540 / hour, rollout: { heldMs: 0 } })).toBe(Math.ceil((1_710 - 427) / ((8_540 / hour) * 0.05)));
  });

  it("counts all that is declared in a shadow, which sees every request", () => {
    const shadow = stage("shadow", 0, { requirements: [errorsAtMostControl] });
    const needed = planTwoProportions({ baseline: 0.005, change: 0.005, share: 0.5, alpha: 0.05, power: 0.8 }).candidateUnits;
    expect(remaining(shadow, { volumePerMs: 1 / 1_000 })).toBe(needed * 1_000);
  });

  it("cannot be said without a rate, without a need, or when enough was seen and it is still open", () => {
    expect(remaining(canary, {})).toBeNull();
    expect(remaining(canary, { volumePerMs: 0 })).toBeNull();
    expect(remaining(canary, { rollout: { heldMs: hour / 2 } })).toBeNull();
    expect(remaining(stage("ramp", 0.5, { requirements: [purchasesAtLeast(0.9)] }), { volumePerMs: 1 })).toBeNull();
    expect(remaining(canary, { volumePerMs: 1, counters: counters(served(2_000, 28), served(38_000, 380)) })).toBeNull();
    // Exactly enough: more of the same is not what is missing.
    expect(remaining(stage("canary", 0.05, { requirements: [errorsAtMost(0.01)] }), { volumePerMs: 1, counters: counters(served(792, 9), served(15_048, 0)) })).toBeNull();
  });
});

describe("a requirement that fails", () => {
  it("rolls back at once, before the hold is over", () => {
    const decision = decideIn(canary, { counters: counters(served(500, 10), served(9_500, 0)), rollout: { heldMs: 1 } });
    expect(decision).toMatchObject({ kind: "transition", transition: { kind: "roll-back" } });
    expect(decision.kind === "transition" && decision.transition.reason).toMatch(/2% of 500 candidate units met an error, 0% of 9500/);
  });

  it("rolls back a paused rollout too", () => {
    const decision = decideIn(canary, { counters: counters(served(500, 10), served(9_500, 0)), rollout: { state: "paused" } });
    expect(decision).toMatchObject({ transition: { kind: "roll-back" } });
  });

  it("counts a unit once: one shopper with fifty failures is one piece of evidence", () => {
    const oneUnlucky = counters(arm({ units: 500, requests: 5_000, errors: 50, erringUnits: 1 }), served(9_500, 5));
    expect(decideIn(canary, { counters: oneUnlucky })).toMatchObject({ kind: "wait" });
  });

  it("fails on a label's rate that is worse than allowed", () => {
    const ramp = stage("ramp", 0.5, { requirements: [purchasesAtLeast(0.9)] });
    expect(decideIn(ramp, { counters: counters(bought(20_000, 500), bought(20_000, 800)) })).toMatchObject({ transition: { kind: "roll-back" } });
    expect(decideIn(ramp, { counters: counters(bought(40_000, 1_600), bought(40_000, 1_600)) })).toMatchObject({ transition: { kind: "begin-stage" } });
    expect(decideIn(ramp, { counters: counters(bought(2_000, 70), bought(2_000, 80)) })).toMatchObject({ kind: "wait", for: "evidence" });
  });

  it("fails a candidate that sells nothing at all", () => {
    const ramp = stage("ramp", 0.5, { requirements: [purchasesAtLeast(0.9)] });
    expect(decideIn(ramp, { counters: counters(bought(5_000, 0), bought(5_000, 200)) })).toMatchObject({ transition: { kind: "roll-back" } });
  });

  it("fails on errors above a constant, judged on requests", () => {
    const full = stage("canary", 0.1, { requirements: [errorsAtMost(0.01)] });
    expect(decideIn(full, { counters: counters(served(2_000, 60), served(18_000, 0)) })).toMatchObject({ transition: { kind: "roll-back" } });
    expect(decideIn(full, { counters: counters(served(2_000, 8), served(18_000, 0)) })).toMatchObject({ transition: { kind: "begin-stage" } });
  });
});

describe("a shadow stage", () => {
  const shadow = stage("shadow", 0, { requirements: [disagreementBelow(0.05), p99Below(50)] });
  const mirrored = (disagreed: number, slow: number) =>
    counters(
      arm({ ...timed(2_000, slow), compared: 2_000, disagreed: new Map([[0.1, disagreed]]) }),
      timed(2_000, 0),
    );

  it("passes when the candidate mostly agrees and is quick", () => {
    expect(decideIn(shadow, { counters: mirrored(60, 5) })).toMatchObject({ transition: { kind: "begin-stage" }, evidence: { requirements: [{ outcome: "pass" }, { outcome: "pass" }] } });
  });

  it("rolls back one that disagrees too often, and one that is slow", () => {
    expect(decideIn(shadow, { counters: mirrored(300, 5) })).toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/disagreed/) as unknown } });
    expect(decideIn(shadow, { counters: mirrored(60, 100) })).toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/took longer than 50 ms/) as unknown } });
  });

  it("says how many requests were left out while the mirror was busy", () => {
    const busy = counters(arm({ compared: 2_000, leftOut: 5_000, disagreed: new Map([[0.1, 20]]) }), served(7_000, 0));
    expect(decideIn(stage("shadow", 0, { requirements: [disagreementBelow(0.05)] }), { counters: busy })).toMatchObject({
      evidence: { requirements: [{ reason: expect.stringMatching(/20 of 2000 requests disagreed or failed.*5000 more were left out while the mirror was busy/) as unknown }] },
    });
  });

  it("needs a hundred requests at least", () => {
    const few = counters(arm({ requests: 50, compared: 50, latency: new Map([[0, 50]]) }), served(50, 0));
    expect(decideIn(shadow, { counters: few })).toMatchObject({ kind: "wait", for: "evidence" });
  });
});

describe("errors in a stage that does not mention them", () => {
  const shadow = stage("shadow", 0, { requirements: [impliedErrors] });
  const half = stage("half", 0.5, { requirements: [impliedErrors] });
  const mirrored = (units: number, errors: number, more: Partial<ArmCounters> = {}) => arm({ ...served(units, errors), compared: units, ...more });

  it("roll back a shadow that fails, though it answers nobody", () => {
    expect(decideIn(shadow, { counters: counters(mirrored(600, 600), served(600, 0)), rollout: { heldMs: 1 } })).toMatchObject({ transition: { kind: "roll-back" } });
    expect(decideIn(shadow, { counters: counters(mirrored(10, 10), served(10, 0)), rollout: { heldMs: 1 } })).toMatchObject({ transition: { kind: "roll-back" } });
  });

  it("need no proof of their absence: a stage that is quiet, small or even empty moves on after its hold", () => {
    for (const seen of [counters(served(300, 3), served(300, 3)), counters(served(3, 0), served(2, 0)), nothingSeen]) {
      expect(decideIn(half, { counters: seen })).toMatchObject({ transition: { kind: "begin-stage", stage: 1 } });
    }
  });

  it("hold the stage while they are suspicious, and say that they were implied", () => {
    const decision = decideIn(half, { counters: counters(served(300, 11), served(300, 3)) });
    expect(decision).toMatchObject({ kind: "wait", for: "evidence", evidence: { requirements: [{ text: "rate(errors) <= control (implied)", outcome: "not-enough-evidence" }] } });
  });

  it("are compared over what the mirror computed when it was too busy for the rest", () => {
    // 4% against 1%, with nine of ten requests left out: 40 of 140 errors, fewer than half.
    const busy = counters(mirrored(1_000, 40, { leftOut: 9_000 }), served(10_000, 100));
    expect(decideIn(shadow, { counters: busy })).toMatchObject({ transition: { kind: "roll-back" } });
  });
});

describe("outcomes that are not believed", () => {
  const ramp = stage("ramp", 0.5, { requirements: [purchasesAtLeast(0.9)] });
  const sums = (units: number, yes: number) => ({ units, n: units, y: yes, nn: units, ny: yes, yy: yes });
  const posted = (exposed: number, outcomes: number, yes: number, matured?: ReturnType<typeof sums>): ArmCounters =>
    arm({ ...served(exposed, 0), outcomes: new Map([["purchased", sums(outcomes, yes)]]), matured: new Map(matured === undefined ? [] : [["purchased", matured]]) });
  const withLabel = (withinMs: number | null, seen: StageCounters) => {
    const plan = planWith([ramp, stage("full", 1, { holdMs: 0 })], { labels: { purchased: { yesOrNo: true, withinMs } } });
    return decide({ rollout: record(plan, { heldMs: hour }), live: "old", approvals: [], counters: seen });
  };
  const reason = (decision: Decision): string => (decision.kind === "ended" ? "" : (decision.evidence.requirements[0]?.reason ?? ""));
  // The candidate halves the purchases, and only purchases are told.
  const halved = { candidate: [20_000, 400, 400], control: [20_000, 800, 800] } as const;

  it("cannot be judged by purchases alone, which would promote a candidate that halves them", () => {
    const decision = withLabel(null, counters(posted(...halved.candidate), posted(...halved.control)));
    expect(decision).toMatchObject({ kind: "wait", for: "evidence", evidence: { requirements: [{ outcome: "not-enough-evidence" }] } });
    expect(reason(decision)).toMatch(/cannot judge: no negative outcome of purchased has ever come/);
  });

  it("cannot be judged when they come for more of one arm's units than of the other's", () => {
    const decision = withLabel(null, counters(posted(20_000, 8_000, 320), posted(20_000, 16_000, 640)));
    expect(decision).toMatchObject({ kind: "wait", for: "evidence" });
    expect(reason(decision)).toMatch(/cannot judge: outcomes of purchased come for 40% of the candidate's predictions and 80% of the control's/);
    expect(withLabel(null, counters(posted(80_000, 40_000, 1_600), posted(80_000, 40_000, 1_600)))).toMatchObject({ transition: { kind: "begin-stage" } });
  });

  it("are completed once the label has matured: what has no purchase by then is none", () => {
    const [candidate, control] = [posted(...halved.candidate, sums(20_000, 400)), posted(...halved.control, sums(20_000, 800))];
    const decision = withLabel(24 * hour, counters(candidate, control));
    expect(decision).toMatchObject({ transition: { kind: "roll-back" } });
    expect(reason(decision)).toMatch(/candidate 0.02 of 20000 units, control 0.04 of 20000 units.*no outcome within 1 d counts as none/);
    const healthy = counters(posted(40_000, 1_600, 1_600, sums(40_000, 1_600)), posted(40_000, 1_600, 1_600, sums(40_000, 1_600)));
    expect(withLabel(24 * hour, healthy)).toMatchObject({ transition: { kind: "begin-stage" } });
  });

  it("wait for that while nothing is old enough", () => {
    const decision = withLabel(24 * hour, counters(posted(...halved.candidate), posted(...halved.control)));
    expect(decision).toMatchObject({ kind: "wait", for: "evidence" });
    expect(reason(decision)).toMatch(/no prediction of this stage is 1 d old yet/);
  });

  it("are believed when both kinds come for both arms alike, without waiting", () => {
    expect(withLabel(24 * hour, counters(posted(40_000, 40_000, 1_600), posted(40_000, 40_000, 1_600)))).toMatchObject({ transition: { kind: "begin-stage" } });
  });

  it("never freeze a gate: numbers so large that their squares round away are a wide interval, no verdict", () => {
    const huge = { units: 50_000, n: 50_000, y: 5e16, nn: 50_000, ny: 5e16, yy: 5e28 };
    const spent = { ...purchasesAtLeast(1), kind: "label-rate", label: "spent", text: "rate(spent) >= control", comparison: ">=", bound: { kind: "control", factor: 1, offset: 0 } } as const;
    const seen = arm({ ...served(50_000, 0), outcomes: new Map([["spent", huge]]) });
    const slightly = arm({ ...seen, outcomes: new Map([["spent", { ...huge, y: huge.y * (1 + 1e-13), ny: huge.ny * (1 + 1e-13) }]]) });
    expect(decideIn(stage("ramp", 0.5, { requirements: [spent] }), { counters: counters(seen, slightly) }).kind).not.toBe("ended");
    expect(decideIn(stage("ramp", 0.5, { requirements: [spent] }), { counters: counters(seen, slightly) })).not.toMatchObject({ transition: { kind: "roll-back" } });
  });
});

describe("a stage with a bound", () => {
  const bounded = stage("canary", 0.2, { requirements: [errorsAtMostControl], atMostMs: 3 * hour, overdue: "roll-back" });
  const few = counters(served(10, 0), served(40, 0));
  const overdue = { heldMs: 2 * hour, exposedMs: 3 * hour };

  it("is rolled back when it has not passed by then, and says for want of what", () => {
    expect(decideIn(bounded, { counters: few, rollout: { ...overdue, exposedMs: 3 * hour - 1 } })).toMatchObject({ kind: "wait", for: "evidence" });
    const decision = decideIn(bounded, { counters: few, rollout: overdue });
    expect(decision).toMatchObject({ kind: "transition", transition: { kind: "roll-back", stage: 0 } });
    expect(decision.kind === "transition" && decision.transition.reason).toMatch(/'canary' has not passed within 3 h, the most that it may last: not enough evidence: .*10 candidate units/);
  });

  it("ends whatever it waits for: a pause, lost units, an approval", () => {
    const lossy = counters(served(1_000, 0), served(38_000, 0));
    expect(decideIn(bounded, { counters: lossy, rollout: overdue })).toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/within 3 h.*sample ratio mismatch/) as unknown } });
    expect(decideIn(bounded, { counters: few, rollout: { ...overdue, state: "paused" } })).toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/paused/) as unknown } });
    const plan = planWith([bounded, stage("ramp", 0.5, { approvals: [lead] })]);
    expect(decide({ rollout: record(plan, overdue), live: "old", counters: counters(served(8_000, 0), served(32_000, 0)), approvals: [] }))
      .toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/approval of lead/) as unknown } });
  });

  it("moves on all the same when it passes at that moment, and waits before anybody met it", () => {
    expect(decideIn(bounded, { counters: counters(served(8_000, 0), served(32_000, 0)), rollout: overdue })).toMatchObject({ transition: { kind: "begin-stage" } });
    const pending = { state: "pending", stage: -1, exposedMs: 9 * hour } as const;
    expect(decideIn(stage("ramp", 0.5, { approvals: [lead], atMostMs: hour }), { rollout: pending })).toMatchObject({ kind: "wait", for: "approval" });
  });

  it("asks a person instead where it says so, and harm still rolls back", () => {
    const asking = { ...bounded, overdue: "ask" as const };
    expect(decideIn(asking, { counters: few, rollout: overdue })).toMatchObject({ kind: "wait", for: "held", text: expect.stringMatching(/has not passed within 3 h/) as unknown });
    expect(decideIn(asking, { counters: counters(served(500, 50), served(2_000, 0)), rollout: overdue })).toMatchObject({ transition: { kind: "roll-back", reason: expect.stringMatching(/met an error/) as unknown } });
  });
});

describe("a stage most of whose requests were late because of the server", () => {
  const implied = stage("canary", 0.2, { requirements: [impliedErrors], atMostMs: 3 * hour, overdue: "roll-back" });
  const late = (candidate: number, control: number, counted = 50) => counters({ ...served(counted / 5, 0), uncounted: candidate }, { ...served((counted * 4) / 5, 0), uncounted: control });
  const words = "300 of 350 requests (60 of the candidate's) were late because of the server and count in neither arm; a candidate that keeps the whole server busy looks like this";

  it("does not pass, though what it asks for needs no proof", () => {
    expect(decideIn(implied, { counters: late(60, 240) })).toMatchObject({
      kind: "wait", for: "evidence", text: `not enough evidence: ${words}`, remainingMs: null, evidence: { requirements: [{ outcome: "pass" }] },
    });
    expect(decideIn(stage("canary", 0.2), { counters: late(60, 240) })).toMatchObject({ kind: "wait", for: "evidence" });
  });

  it("passes when half of them counted, in both arms together", () => {
    expect(decideIn(implied, { counters: late(50, 0) })).toMatchObject({ transition: { kind: "begin-stage" } });
    expect(decideIn(implied, { counters: late(0, 51) })).toMatchObject({ kind: "wait" });
    expect(decideIn(implied, { counters: late(26, 25) })).toMatchObject({ kind: "wait" });
    expect(decideIn(implied, { counters: nothingSeen })).toMatchObject({ transition: { kind: "begin-stage" } });
  });

  it("is held while its hold lasts, and nobody can say for how long beyond", () => {
    expect(decideIn(implied, { counters: late(60, 240), rollout: { heldMs: hour / 2 } })).toMatchObject({ kind: "wait", for: "hold", remainingMs: null });
  });

  it("tells it beside what else is missing", () => {
    const asked = stage("canary", 0.2, { requirements: [errorsAtMostControl] });
    expect(decideIn(asked, { counters: late(60, 240) })).toMatchObject({ kind: "wait", text: expect.stringMatching(/^not enough evidence: 0% of 10 candidate units .*; 300 of 350 requests/) as unknown });
  });

  it("asks for a person after four holds, and ends when its time is up, with the reason", () => {
    expect(decideIn(implied, { counters: late(60, 240), rollout: { heldMs: 5 * hour } })).toMatchObject({ kind: "wait", for: "held", text: expect.stringContaining(words) as unknown });
    expect(decideIn(implied, { counters: late(60, 240), rollout: { heldMs: 2 * hour, exposedMs: 3 * hour } })).toMatchObject({
      transition: { kind: "roll-back", reason: `stage 'canary' has not passed within 3 h, the most that it may last: not enough evidence: ${words}` },
    });
  });

  it("is rolled back all the same for a harm that shows", () => {
    const failing = counters({ ...served(30, 30), uncounted: 300 }, { ...served(120, 0), uncounted: 300 });
    expect(decideIn(implied, { counters: failing })).toMatchObject({ transition: { kind: "roll-back" } });
  });
});

describe("a rollout", () => {
  it("waits for approval before the stage that needs it", () => {
    const plan = planWith([canary, stage("ramp", 0.5, { approvals: [lead] })]);
    const facts: Facts = { rollout: record(plan, { heldMs: hour }), live: "old", counters: healthy, approvals: [] };
    expect(decide(facts)).toMatchObject({ kind: "wait", for: "approval", remainingMs: null, text: expect.stringMatching(/lead/) as unknown });
    const approval = { stage: 1, role: "lead", by: "bob", at: 5 };
    expect(decide({ ...facts, approvals: [approval] })).toMatchObject({ transition: { kind: "begin-stage", stage: 1 } });
    expect(decide({ ...facts, approvals: [{ ...approval, by: "mallory" }] })).toMatchObject({ kind: "wait", for: "approval" });
    expect(decide({ ...facts, approvals: [{ ...approval, stage: 0 }] })).toMatchObject({ kind: "wait", for: "approval" });
  });

  it("stays where it is while paused", () => {
    expect(decideIn(canary, { counters: healthy, rollout: { state: "paused" } })).toMatchObject({ kind: "wait", for: "resume" });
    expect(decideIn(canary, { rollout: { state: "paused", stage: -1 } })).toMatchObject({ kind: "wait", for: "resume" });
  });

  it("is superseded when another version goes live", () => {
    expect(decideIn(canary, { counters: healthy, live: "hotfix" })).toMatchObject({ transition: { kind: "supersede", reason: expect.stringMatching(/hotfix/) as unknown } });
  });

  describe("whose sample ratio is off", () => {
    const decideAt = (candidate: ArmCounters, control: ArmCounters, traffic = 0.2) =>
      decideIn(stage("canary", traffic, { requirements: [errorsAtMostControl] }), { counters: counters(candidate, control) });

    it("is not promoted while units are missing from an arm", () => {
      expect(decideAt(served(1_000, 5), served(38_000, 190))).toMatchObject({
        kind: "wait", for: "sample-ratio", text: expect.stringMatching(/1000 candidate and 38000 control units/) as unknown,
        evidence: { mismatch: true, requirements: [{ outcome: "not-enough-evidence", reason: expect.stringMatching(/^withheld while the sample ratio is off/) as unknown }] },
      });
    });

    it("rolls back a candidate that fails every request, and names both", () => {
      // Shoppers who met the failure did not come back, so that half of the candidate's units are missing.
      const decision = decideAt(served(1_000, 1_000), served(8_000, 40));
      expect(decision).toMatchObject({ kind: "transition", transition: { kind: "roll-back" }, evidence: { mismatch: true, requirements: [{ outcome: "fail" }] } });
      expect(decision.kind === "transition" && decision.transition.reason).toMatch(/100% of 1000 candidate units.*sample ratio mismatch: 1000 candidate and 8000 control units/);
    });

    it("rolls back a candidate whose failures are tried again, each as a new unit", () => {
      expect(decideAt(served(6_000, 4_000), served(8_000, 40))).toMatchObject({ transition: { kind: "roll-back" }, evidence: { mismatch: true } });
    });

    it("rolls back one that fails more of the units that are left, though fewer than its share of all errors", () => {
      // 2% against 1%, with two thirds of the candidate's units lost: 20 of 100 errors at a share of 20%.
      expect(decideAt(served(10_000, 200), served(120_000, 1_200))).toMatchObject({ transition: { kind: "roll-back" }, evidence: { mismatch: true } });
    });

    it("does not blame a candidate that is merely counted twice", () => {
      expect(decideAt(served(4_000, 40), served(8_000, 80))).toMatchObject({ kind: "wait", for: "sample-ratio" });
    });

    it("says so while the stage is held", () => {
      const decision = decideIn(canary, { counters: counters(served(100, 0), served(38_000, 190)), rollout: { heldMs: hour / 2 } });
      expect(decision).toMatchObject({ kind: "wait", for: "sample-ratio" });
    });
  });

  it("does nothing once it has ended", () => {
    expect(decideIn(canary, { rollout: { endedAt: 9, state: "completed" } })).toEqual({ kind: "ended" });
  });

  it("gives plain JSON", () => {
    const decision = decideIn(canary, { counters: counters(served(500, 10), served(9_500, 0)) });
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
  });
});

describe("any counters", () => {
  const count = fc.oneof(fc.nat(3), fc.nat(1e7));
  const anyArm = fc.record({ units: count, errors: fc.double({ min: 0, max: 1, noNaN: true }), bought: fc.double({ min: 0, max: 1, noNaN: true }) }).map(({ units, errors, bought: share }) => ({
    ...bought(units, Math.floor(units * share)), errors: Math.floor(units * errors), erringUnits: Math.floor(units * errors), compared: units,
    disagreed: new Map([[0.1, Math.floor(units * errors)]]), latency: new Map([[40, units]]),
  }));

  it("lead to a decision in plain JSON, whose evidence is complete", () => {
    const tested = fc.constantFrom(
      canary, stage("shadow", 0, { requirements: [errorsAtMostControl, disagreementBelow(0.05), p99Below(50)] }),
      stage("ramp", 0.5, { holdMs: 0, requirements: [purchasesAtLeast(0.9), purchasesAtLeast(1), errorsAtMost({ factor: 2, offset: 0.001 })] }),
    );
    fc.assert(fc.property(tested, anyArm, anyArm, fc.nat(10 * hour), (current, candidate, control, heldMs) => {
      const decision = decideIn(current, { counters: counters(candidate, control), rollout: { heldMs } });
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
      if (decision.kind === "ended") throw new Error("it has not ended");
      expect(decision.evidence.requirements.length).toBe(current.requirements.length);
      for (const { against } of decision.evidence.requirements) expect(against === null || (against >= 0 && against <= 1)).toBe(true);
      if (decision.kind === "wait" && decision.remainingMs !== null) expect(decision.remainingMs).toBeGreaterThanOrEqual(0);
    }), { numRuns: 500 });
  });
});

describe("durations", () => {
  it.each([[0, "0 s"], [1, "1 s"], [61_000, "1 min 1 s"], [2 * hour + 5 * 60_000, "2 h 5 min"], [49 * hour, "2 d 1 h"], [59_001, "1 min"], [hour - 1, "1 h"], [25 * hour + 61_000, "1 d 1 h"],
    [24 * hour + 61_000, "1 d 1 min"], [hour, "1 h"], [999, "1 s"], [1_000, "1 s"], [-5_000, "0 s"],
  ])("%d ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
