import type { Role } from "../../grammar/compiled-spec/index.ts";
import type { Check, Facts, Finding } from "./finding.ts";

export const approvalCannotBeGiven: Check = {
  id: "approval-cannot-be-given",
  title: "An approval is required from a role that nobody has",
  severity: "error",
  foundIn: ["rollouts", "policies"],
  run,
  explanation: {
    problem:
      "The rollout waits at the stage for a person who does not exist. In the middle of a release somebody then takes the requirement out, and with it the "
      + "protection.",
    failing: `role product_lead { members: [] }

rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100%, approve: product_lead }
}`,
    mended: `role product_lead { members: ["lead@shop.example"] }

rollout release of ranker on recommend {
  unit: shopper_id
  stage canary { traffic: 10%, hold: 4h, require rate(errors) <= control }
  stage full { traffic: 100%, approve: product_lead }
}`,
    cannotSee: "Whether the members exist, are at work, or are the very people who ask for the approval.",
  },
};

function run({ spec }: Facts): readonly Finding[] {
  const empty = new Map<string | null, Role>(spec.roles.filter((role) => role.members.length === 0).map((role) => [role.name, role]));
  const byStages = spec.rollouts.flatMap((rollout) => rollout.stages.flatMap((stage) => {
    const role = empty.get(stage.approve);
    const what = `Stage \`${stage.name}\` of rollout \`${rollout.name}\` can never begin: it`;
    return role === undefined ? [] : [finding(role, stage.at["approve"] ?? stage.origin, what)];
  }));
  const byPolicies = spec.policies.flatMap((policy) => policy.rules.flatMap((rule) => {
    if (rule.kind !== "require-approval") return [];
    const role = empty.get(rule.role);
    return role === undefined ? [] : [finding(role, rule.origin, `Stage \`${rule.stage}\` can never begin in any rollout: policy \`${policy.name}\``)];
  }));
  return [...byStages, ...byPolicies];
}

function finding(role: Role, origin: Finding["origin"], what: string): Finding {
  return {
    check: approvalCannotBeGiven.id,
    severity: approvalCannotBeGiven.severity,
    message: `${what} needs the approval of \`${role.name}\`, a role without members. Name at least one.`,
    origin,
    related: [{ origin: role.origin, message: `\`${role.name}\` has no members` }],
    data: { role: role.name },
  };
}
