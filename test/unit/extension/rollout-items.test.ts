import { describe, expect, it } from "vitest";
import type { RolloutSummary } from "../../../cli/status-report.ts";
import { itemKind, offers, progressOf, undeclaredNote, type RolloutVerb } from "../../../extension/rollout-items.ts";

const rollout = (state: RolloutSummary["state"], more: Partial<RolloutSummary> = {}): RolloutSummary =>
  ({ name: "release", model: "taker", service: "answer", declared: true, state, version: "a", stage: "canary", share: 0.1, awaitsApproval: null, approvers: [], summary: "", ...more });
const verbs: readonly RolloutVerb[] = ["approve", "pause", "resume", "abort", "promote"];

describe("what is said to a rollout", () => {
  it.each([
    ["active", ["approve", "pause", "abort", "promote"]], ["paused", ["approve", "resume", "abort", "promote"]], ["completed", ["abort"]],
    ["none", []], ["rolled-back", []], ["superseded", []],
  ] as const)("that is %s depends on where it stands, not on whether the spec declares it", (state, possible) => {
    for (const declared of [true, false]) expect(verbs.filter((verb) => offers(verb, rollout(state, { declared })))).toEqual(possible);
  });
});

describe("an item in the view", () => {
  it.each([["active", "rolloutActive"], ["paused", "rolloutPaused"], ["rolled-back", "rolloutEndedUndeclared"], ["completed", "rolloutEndedUndeclared"]] as const)("that is %s and not declared has the commands of %s", (state, kind) =>
    expect(itemKind(rollout(state, { declared: false }))).toBe(kind));
  it("that is declared can be started when it has ended or never began", () => expect((["none", "completed", "rolled-back", "superseded"] as const).map((state) => itemKind(rollout(state)))).toEqual(Array(4).fill("rollout")));

  it("says that the spec does not know it", () => {
    expect(progressOf(rollout("paused", { declared: false, awaitsApproval: "lead" }))).toBe("canary (10%), paused, waits for lead, known from the state alone");
    expect(progressOf(rollout("rolled-back", { declared: false }))).toBe("rolled back, known from the state alone");
    expect(undeclaredNote(rollout("active", { declared: false }))).toContain("does not declare it");
  });
  it("says nothing of it where it does", () => {
    expect([progressOf(rollout("active")), progressOf(rollout("none")), undeclaredNote(rollout("active"))]).toEqual(["canary (10%)", "not started", ""]);
  });
});
