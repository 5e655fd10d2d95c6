/** What a person says to a rollout: start, approve, pause, resume, abort, deploy. Each is one durable transaction, from any process. */
import { randomBytes } from "node:crypto";
import { MlspecError } from "../errors.ts";
import type { RolloutRecord, TransitionKind } from "../state/rollouts.ts";
import type { State } from "../state/state.ts";
import { missingApprovals } from "./decide.ts";
import type { RolloutPlan, StagePlan } from "./plan.ts";
import { override } from "./transition.ts";

/** Resolves when the registry has the version, whole; rejects (`version-unknown`, `artifact-corrupt`) when not. */
export type VerifyVersion = (model: string, version: string) => Promise<unknown>;

export interface Who {
  /** A person: for approvals a member of the role. */
  readonly by: string;
  readonly now: number;
}

export async function startRollout(
  state: State, request: Who & { readonly plan: RolloutPlan; readonly candidate: string; readonly verify: VerifyVersion },
): Promise<RolloutRecord> {
  const { plan, candidate, verify, by, now } = request;
  checkPlan(plan);
  await verify(plan.model, candidate);
  return state.durably(() => {
    const running = state.rollouts.active(plan.service);
    if (running !== null) {
      throw new MlspecError("rollout-active", `service ${plan.service} is already in rollout ${running.id} (${running.state})`, {
        hint: "Wait until it ends, or end it with `mlspec rollout abort`.",
      });
    }
    const control = state.deployments.of(plan.service)?.live ?? null;
    if (control === candidate) {
      throw new MlspecError("candidate-is-live", `${candidate} already answers for ${plan.service}`, { hint: "Name another version: `mlspec status` lists them." });
    }
    const id = `${plan.name}-${state.rollouts.of(plan.service).length + 1}-${candidate}`;
    state.rollouts.add({ id, service: plan.service, candidate, control, plan: { ...plan, salt: randomBytes(16).toString("hex") }, startedBy: by, startedAt: now });
    return present(state.rollouts.get(id), id);
  });
}

/** Refuses a plan that could never end, while it is still cheap to say so. */
function checkPlan(plan: RolloutPlan): void {
  if (plan.stages.length === 0) throw new MlspecError("rollout-without-stages", `rollout ${plan.name} has no stage`, { hint: "Add at least `stage full { traffic: 100% }`." });
  for (const stage of plan.stages) {
    for (const { role, members } of stage.approvals) {
      if (members.every((member) => member.trim() === "")) {
        throw new MlspecError("role-empty", `stage ${stage.name} needs the approval of ${role}, a role without members`, { hint: `Add members to role ${role}.` });
      }
    }
    for (const requirement of stage.requirements) checkRequirement(plan, stage, requirement);
  }
}

function checkRequirement(plan: RolloutPlan, stage: StagePlan, requirement: StagePlan["requirements"][number]): void {
  const refuse = (why: string, hint: string) => {
    throw new MlspecError("requirement-cannot-be-judged", `rollout ${plan.name}, stage ${stage.name}: '${requirement.text}' ${why}`, { hint });
  };
  if ("bound" in requirement && requirement.bound.kind === "control" && stage.traffic >= 1) {
    refuse("compares with a control, and at 100% traffic there is none", "Move it to a stage before, or compare with a constant.");
  }
  if (requirement.kind === "error-rate" && (requirement.comparison === ">" || requirement.comparison === ">=")) {
    refuse("asks for more errors", "Write `<=`.");
  }
  if (requirement.kind === "label-rate" && stage.traffic <= 0) {
    refuse("needs outcomes of the candidate's answers, and a shadow answers nobody", "Move it to a stage with traffic.");
  }
  if (requirement.kind === "disagreement" && stage.traffic > 0) {
    refuse("compares mirrored requests, and only a shadow stage mirrors", "Move it to a stage with `traffic: 0%`.");
  }
}

export interface Approved {
  readonly rollout: string;
  readonly stage: string;
  readonly roles: readonly string[];
}

/**
 * Approves a stage in every role that the person is a member of and that the stage asks. It may be given before the stage is reached.
 * `stage` null: the next stage that lacks an approval.
 */
export function approveStage(state: State, request: Who & { readonly service: string; readonly stage: string | null }): Approved {
  const { service, by, now } = request;
  return state.durably(() => {
    const rollout = activeOf(state, service);
    const given = state.rollouts.approvals(rollout.id);
    const index = rollout.plan.stages.findIndex((stage, i) =>
      request.stage === null ? i > rollout.stage && missingApprovals(stage, i, given).length > 0 : stage.name === request.stage,
    );
    const stage = rollout.plan.stages[index];
    if (stage === undefined && request.stage !== null) {
      throw new MlspecError("unknown-stage", `rollout ${rollout.id} has no stage '${request.stage}'`, {
        hint: `Its stages: ${rollout.plan.stages.map((each) => each.name).join(", ")}.`,
      });
    }
    if (stage === undefined || stage.approvals.length === 0) {
      throw new MlspecError("approval-not-needed", `rollout ${rollout.id}: ${stage === undefined ? nothingAsked(rollout) : `stage ${stage.name} asks for no approval`}`, { hint: "Nothing is to be done." });
    }
    if (by.trim() === "") throw new MlspecError("not-an-approver", `stage ${stage.name} is approved by a person, and none is named`, { hint: "Say who approves: `--by`." });
    const roles = stage.approvals.filter(({ members }) => members.includes(by)).map(({ role }) => role);
    if (roles.length === 0) {
      const asked = stage.approvals.map(({ role, members }) => `${role} (${members.join(", ")})`).join(" and ");
      throw new MlspecError("not-an-approver", `${by} may not approve stage ${stage.name}`, { hint: `It needs ${asked}.` });
    }
    for (const role of roles) state.rollouts.approve(rollout.id, { stage: index, role, by, at: now });
    return { rollout: rollout.id, stage: stage.name, roles };
  });
}

const nothingAsked = ({ plan, stage }: RolloutRecord): string =>
  (plan.stages.some(({ approvals }, i) => i > stage && approvals.length > 0) ? "every approval that the stages ahead ask for has been given" : "no stage ahead asks for an approval");

/** Stops moving on. The stage's traffic stays as it is, and a requirement that fails still rolls back. */
export function pauseRollout(state: State, request: Who & { readonly service: string; readonly reason: string }): void {
  say(state, request, "pause", (rollout) => {
    if (rollout.state === "paused") throw new MlspecError("already-paused", `rollout ${rollout.id} is paused already`, { hint: "`mlspec rollout resume` goes on." });
  });
}

export function resumeRollout(state: State, request: Who & { readonly service: string; readonly reason: string }): void {
  say(state, request, "resume", (rollout) => {
    if (rollout.state !== "paused") throw new MlspecError("not-paused", `rollout ${rollout.id} is ${rollout.state}, not paused`, { hint: "Nothing is to be done." });
  });
}

function say(state: State, request: Who & { readonly service: string; readonly reason: string }, kind: TransitionKind, check: (rollout: RolloutRecord) => void): void {
  state.durably(() => {
    const rollout = activeOf(state, request.service);
    check(rollout);
    override(state, rollout, { kind, stage: rollout.stage, reason: request.reason, evidence: null, by: request.by }, request.now);
  });
}

export interface Aborted {
  readonly rollout: string;
  /** What answers now; null: the fallback. */
  readonly live: string | null;
}

/**
 * Ends the running rollout, or undoes the one that completed last: the version before answers again. In a running rollout that version
 * never stopped being live; after a completed one it must still be in the registry, whole, or nothing changes.
 */
export async function abortRollout(
  state: State, request: Who & { readonly service: string; readonly reason: string; readonly verify: VerifyVersion },
): Promise<Aborted> {
  const { service, reason, by, now, verify } = request;
  const intended = { kind: "roll-back" as const, reason, evidence: null, by };
  const ended = state.durably(() => {
    const rollout = state.rollouts.active(service);
    if (rollout === null) return null;
    override(state, rollout, { ...intended, stage: rollout.stage }, now);
    return { rollout: rollout.id, live: state.deployments.of(service)?.live ?? null };
  });
  if (ended !== null) return ended;
  const last = lastCompleted(state, service);
  if (last.control !== null) await verify(last.plan.model, last.control);
  return state.durably(() => {
    // Someone may have been faster while the version was verified.
    const rollout = lastCompleted(state, service);
    const transition = { rollout: rollout.id, revision: rollout.revision, stage: rollout.stage, at: now, ...intended };
    const id = state.rollouts.intend(transition);
    state.rollouts.change(rollout.id, rollout.revision, { ...rollout, state: "rolled-back", seenAt: now, endedAt: now });
    state.deployments.setLive({ service, model: rollout.plan.model, version: rollout.control, kind: "abort", by, reason, at: now });
    state.rollouts.finish(id, "done", now);
    return { rollout: rollout.id, live: rollout.control };
  });
}

function lastCompleted(state: State, service: string): RolloutRecord {
  const live = state.deployments.of(service)?.live ?? null;
  const last = state.rollouts.of(service)[0];
  if (last?.state === "completed" && last.candidate === live) return last;
  throw new MlspecError("nothing-to-abort", `service ${service} has no rollout that could be aborted`, { hint: "`mlspec rollout status` shows its history." });
}

export interface Deploying extends Who {
  readonly service: string;
  readonly model: string;
  /** Null: the fallback. */
  readonly version: string | null;
  readonly kind: "newest" | "deploy" | "rollback" | "rebuild";
  readonly reason: string;
  /** End a rollout that is under way, instead of refusing. */
  readonly abortRollout?: boolean;
  /** Check everything, change nothing. */
  readonly dryRun?: boolean;
  readonly verify: VerifyVersion;
}

export interface Deployed {
  /** What was live until then; null: the fallback. */
  readonly before: string | null;
}

/**
 * Makes a version live at once, without stages: a service's first version, a version of one's choice, or one of those before. It must be there
 * and able to answer (`verify`), or nothing changes.
 */
export async function deploy(state: State, request: Deploying): Promise<Deployed> {
  const { service, model, version, kind, reason, by, now, abortRollout = false, dryRun = false, verify } = request;
  const refuse = (): void => {
    const running = state.rollouts.active(service);
    if (running !== null && !abortRollout) {
      throw new MlspecError("rollout-active", `service ${service} is in rollout ${running.id}`, { hint: "End it with `mlspec rollout abort` first, or say `--abort-rollout`." });
    }
    if (kind !== "newest" && kind !== "rebuild" && liveOf(state, service) === version) {
      throw new MlspecError("already-live", `${version ?? "the fallback"} is what answers for ${service} already`, { hint: "`mlspec versions` lists what else there is." });
    }
  };
  refuse();
  if (version !== null) await verify(model, version);
  if (dryRun) return { before: liveOf(state, service) };
  return state.durably(() => {
    // Someone may have been faster while the version was verified.
    refuse();
    const running = state.rollouts.active(service);
    if (running !== null) override(state, running, { kind: "roll-back", stage: running.stage, reason: `${kind} of ${version ?? "the fallback"}: ${reason}`, evidence: null, by }, now);
    const before = liveOf(state, service);
    state.deployments.setLive({ service, model, version, kind, by, reason, at: now });
    return { before };
  });
}

const liveOf = (state: State, service: string): string | null => state.deployments.of(service)?.live ?? null;

/**
 * Ends the running rollout by making its candidate live now, whatever its holds and requirements say. Approvals that stages ahead ask for are not
 * passed over: a person's impatience is not another person's consent.
 */
export async function promote(state: State, request: Who & { readonly service: string; readonly version: string; readonly reason: string; readonly dryRun?: boolean; readonly verify: VerifyVersion }): Promise<Deployed> {
  const { service, version, reason, by, now, dryRun = false, verify } = request;
  const checked = (): RolloutRecord => {
    const rollout = activeOf(state, service);
    if (rollout.candidate !== version) {
      throw new MlspecError("not-the-candidate", `rollout ${rollout.id} is of ${rollout.candidate}, not of ${version}`, { hint: `Promote ${rollout.candidate}, or put ${version} live with \`mlspec deploy --abort-rollout\`.` });
    }
    const given = state.rollouts.approvals(rollout.id);
    const missing = rollout.plan.stages.flatMap((stage, i) => (i > rollout.stage ? missingApprovals(stage, i, given) : []));
    if (missing.length > 0) {
      const roles = [...new Set(missing.map(({ role }) => role))].join(" and ");
      throw new MlspecError("approval-missing", `rollout ${rollout.id} still needs the approval of ${roles}`, { hint: "`mlspec rollout approve` gives it, also for a stage ahead (--stage)." });
    }
    return rollout;
  };
  await verify(checked().plan.model, version);
  if (dryRun) return { before: liveOf(state, service) };
  return state.durably(() => {
    const rollout = checked();
    const before = liveOf(state, service);
    override(state, rollout, { kind: "complete", stage: rollout.plan.stages.length - 1, reason, evidence: null, by }, now);
    return { before };
  });
}

function activeOf(state: State, service: string): RolloutRecord {
  const rollout = state.rollouts.active(service);
  if (rollout !== null) return rollout;
  throw new MlspecError("no-rollout", `service ${service} has no rollout under way`, { hint: "`mlspec rollout start` begins one." });
}

function present<T>(value: T | null, what: string): T {
  if (value === null) throw new MlspecError("state-unreadable", `rollout ${what} was written and cannot be read back`);
  return value;
}
