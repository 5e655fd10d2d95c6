import { describe, expect, test } from "vitest";
import type { PolicyRule, Role } from "../../../grammar/compiled-spec/index.ts";
import { day, deny, findings, line, messages, policy, rollout, shop, stage } from "./spec-builder.ts";

const check = "approval-cannot-be-given";
const role = (name: string, ...members: readonly string[]): Role => ({ name, doc: null, origin: line(1), at: {}, members: [...members] });
const approving = (approve: string, roles: readonly Role[]) =>
  shop({ roles: [...roles], rollouts: [rollout("release", "ranker", "recommend", [stage("ramp", 1, day, [], { approve, at: { approve: line(8) } })])] });
const required: PolicyRule = { origin: line(5), text: "require approval(lead) before ramp", kind: "require-approval", role: "lead", stage: "ramp" };

describe("approval-cannot-be-given fires", () => {
  test("for a stage that waits for an empty role", () => {
    const [finding] = findings(check, approving("lead", [role("lead")]));
    expect(finding?.message).toBe("Stage `ramp` of rollout `release` can never begin: it needs the approval of `lead`, a role without members. Name at least one.");
    expect(finding?.origin).toEqual(line(8));
    expect(finding?.severity).toBe("error");
    expect(finding?.related).toEqual([{ origin: line(1), message: "`lead` has no members" }]);
    expect(finding?.data).toEqual({ role: "lead" });
  });

  test("for a policy that asks an empty role (indirect)", () => {
    expect(messages(check, shop({ roles: [role("lead")], policies: [policy("careful", required)] }))).toEqual([
      "Stage `ramp` can never begin in any rollout: policy `careful` needs the approval of `lead`, a role without members. Name at least one.",
    ]);
  });

  test("for the empty one among several roles", () => {
    expect(findings(check, approving("lead", [role("other", "a@shop.example"), role("lead")]))).toHaveLength(1);
  });
});

describe("approval-cannot-be-given is silent", () => {
  test("for a policy that asks a role with a member, or denies something else", () => {
    const policies = [policy("careful", required, deny(["protected"]))];
    expect(messages(check, shop({ roles: [role("lead", "a@shop.example"), role("undefined")], policies }))).toEqual([]);
  });
  test("for a role with a member", () => expect(messages(check, approving("lead", [role("lead", "a@shop.example")]))).toEqual([]));
  test("for an empty role that nobody asks", () => expect(messages(check, shop({ roles: [role("lead")] }))).toEqual([]));
  test("for a role that is not in the spec", () => expect(messages(check, approving("lead", []))).toEqual([]));
});
