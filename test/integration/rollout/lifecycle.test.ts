import { describe, expect, it } from "vitest";
import { MlspecError } from "../../../runtime/errors.ts";
import { abortRollout, approveStage, deploy, pauseRollout, resumeRollout, startRollout } from "../../../runtime/rollout/commands.ts";
import { disagreementBelow, errorsAtMostControl, hour, planWith, purchasesAtLeast, stage } from "../../unit/rollout/fixtures.ts";
import { fine, minute, simulate } from "./simulation.ts";

const lead = { role: "product_lead", members: ["lead@yarnit.example"] };
const known = () => Promise.resolve();
const shadow = stage("shadow", 0, { holdMs: 30 * minute, requirements: [disagreementBelow(0.3)] });
const canary = stage("canary", 0.1, { holdMs: 2 * hour, requirements: [errorsAtMostControl] });
const ramp = stage("ramp", 0.5, { holdMs: 4 * hour, requirements: [errorsAtMostControl, purchasesAtLeast(0.8)], approvals: [lead] });
const full = stage("full", 1, { holdMs: 0 });
const plan = planWith([shadow, canary, ramp, full]);
const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "none";
  } catch (error) {
    return error instanceof MlspecError ? error.code : String(error);
  }
};

describe("a healthy release", () => {
  it("goes from shadow to full, waits for its approval on the way, and says why it moved", async () => {
    const shop = await simulate({ plan, behaviour: { old: fine, new: fine } });
    await shop.start();
    await shop.serve(20);
    expect(shop.status().rollout).toMatchObject({ state: "running", stage: 0, waiting: { for: "hold" } });
    expect(shop.router.route("anyone")).toMatchObject({ serve: "old", shadow: "new" });

    await shop.serve(8 * 60);
    expect(shop.status().rollout).toMatchObject({ stage: 1, waiting: { for: "approval", remainingMs: null } });
    expect(approveStage(shop.state, { service: "recommend", stage: null, by: "lead@yarnit.example", now: shop.now() })).toMatchObject({ stage: "ramp", roles: ["product_lead"] });

    await shop.serve(16 * 60);
    const status = shop.status();
    expect(status).toMatchObject({ live: "new", previous: "old", rollout: { state: "completed", waiting: null } });
    expect(status.rollout?.history.map(({ kind, stage: to, outcome }) => [kind, to, outcome])).toEqual([
      ["begin-stage", 0, "done"], ["begin-stage", 1, "done"], ["begin-stage", 2, "done"], ["begin-stage", 3, "done"], ["complete", 3, "done"],
    ]);
    expect(status.rollout?.history[3]?.reason).toMatch(/stage 'ramp' held 4 h; rate\(errors\) <= control.*rate\(purchased\)/);
    expect(shop.router.route("anyone")).toEqual({ serve: "new", shadow: null, exposure: null, shadowExposure: null });
    expect([...shop.loaded]).toEqual(["new"]);
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });

  it("is released over a fallback when nothing was live", async () => {
    const shop = await simulate({ plan: planWith([canary, full]), behaviour: { fallback: { ...fine, errorRate: 0 }, new: { ...fine, errorRate: 0 } }, live: null });
    await shop.start();
    await shop.serve(10 * 60);
    expect(shop.status()).toMatchObject({ live: "new", previous: null, rollout: { state: "completed", control: null } });
  });

  it("is not rolled back for noise, in six releases looked at every minute", async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, async (_, seed) => {
      const shop = await simulate({ plan: planWith([canary, full]), behaviour: { old: fine, new: fine }, seed: 100 + seed, shoppersPerMinute: 100 });
      await shop.start();
      await shop.serve(4 * 60);
      return shop.status().rollout?.state;
    }));
    expect(outcomes.filter((state) => state === "rolled-back").length).toBeLessThanOrEqual(1);
  });
});

describe("a bad canary", () => {
  const bad = { ...fine, errorRate: 0.02 };

  it("that errs on 2% of requests is rolled back within its stage, and only the canary's share met it", async () => {
    const shop = await simulate({ plan: planWith([canary, full]), behaviour: { old: { ...fine, errorRate: 0 }, new: bad } });
    const id = await shop.start();
    await shop.serve(120);
    const status = shop.status();
    expect(status).toMatchObject({ live: "old", rollout: { state: "rolled-back", stage: 0 } });
    expect(status.rollout?.heldMs).toBeLessThan(canary.holdMs);
    expect(status.rollout?.history.at(-1)).toMatchObject({ kind: "roll-back", outcome: "done", by: "mlspec" });
    expect(status.rollout?.history.at(-1)?.reason).toMatch(/candidate units met an error/);
    expect(shop.router.route("anyone").serve).toBe("old");
    const { candidate, control } = shop.state.counters.of(id, 0);
    expect(candidate.units / (candidate.units + control.units)).toBeLessThan(0.15);
  });

  it("that sells a third less is rolled back in the stage that measures it", async () => {
    const shop = await simulate({ plan: planWith([{ ...ramp, approvals: [] }, full]), behaviour: { old: fine, new: { ...fine, buyRate: 0.026 } } });
    await shop.start();
    await shop.serve(16 * 60);
    expect(shop.status()).toMatchObject({ live: "old", rollout: { state: "rolled-back" } });
    expect(shop.status().rollout?.history.at(-1)?.reason).toMatch(/rate\(purchased\)/);
  });

  it("that cannot be loaded never meets anyone", async () => {
    const shop = await simulate({
      plan, behaviour: {}, load: (version) => (version === "new" ? Promise.reject(new MlspecError("artifact-corrupt", "new: the model's hash differs")) : Promise.resolve()),
    });
    await shop.start();
    await shop.serve(5);
    expect(shop.status()).toMatchObject({ live: "old", rollout: { state: "rolled-back", stage: -1 } });
    expect(shop.status().rollout?.history.at(-1)?.reason).toMatch(/hash differs/);
  });
});

describe("what a person says", () => {
  it("pauses and resumes; paused time is not held time", async () => {
    const shop = await simulate({ plan: planWith([stage("canary", 0.1), full]), behaviour: {} });
    await shop.start();
    await shop.serve(10);
    const before = shop.status().rollout?.heldMs ?? 0;
    pauseRollout(shop.state, { service: "recommend", by: "ann", reason: "sale day", now: shop.now() });
    await shop.serve(120);
    expect(shop.status().rollout).toMatchObject({ state: "paused", heldMs: before, waiting: { for: "resume" } });
    expect(await codeOf(() => pauseRollout(shop.state, { service: "recommend", by: "ann", reason: "", now: shop.now() }))).toBe("already-paused");
    resumeRollout(shop.state, { service: "recommend", by: "ann", reason: "sale is over", now: shop.now() });
    await shop.serve(60);
    expect(shop.status()).toMatchObject({ live: "new", rollout: { state: "completed" } });
  });

  it("aborts a running rollout: the version before goes on answering", async () => {
    const shop = await simulate({ plan, behaviour: {} });
    await shop.start();
    await shop.serve(120);
    expect(await abortRollout(shop.state, { service: "recommend", by: "ann", reason: "complaints", now: shop.now(), verify: known })).toMatchObject({ live: "old" });
    await shop.controller.tick();
    expect(shop.router.route("anyone")).toMatchObject({ serve: "old", exposure: null });
    expect([...shop.loaded]).toEqual(["old"]);
    expect(shop.status().rollout).toMatchObject({ state: "rolled-back" });
    expect(shop.status().rollout?.history.at(-1)).toMatchObject({ by: "ann", reason: "complaints", outcome: "done" });
  });

  it("aborts a completed rollout: back to the version before, if the registry still has it whole", async () => {
    const shop = await simulate({ plan: planWith([full]), behaviour: {} });
    await shop.start();
    await shop.serve(5);
    expect(shop.status().live).toBe("new");
    const gone = () => Promise.reject(new MlspecError("artifact-corrupt", "old is broken"));
    expect(await codeOf(() => abortRollout(shop.state, { service: "recommend", by: "ann", reason: "late harm", now: shop.now(), verify: gone }))).toBe("artifact-corrupt");
    expect(shop.status().live).toBe("new");
    await abortRollout(shop.state, { service: "recommend", by: "ann", reason: "late harm", now: shop.now(), verify: known });
    await shop.controller.tick();
    expect(shop.status()).toMatchObject({ live: "old", rollout: { state: "rolled-back" } });
    expect(shop.router.route("anyone").serve).toBe("old");
    expect(await codeOf(() => abortRollout(shop.state, { service: "recommend", by: "ann", reason: "", now: shop.now(), verify: known }))).toBe("nothing-to-abort");
  });

  it("is refused with a code when it cannot be", async () => {
    const shop = await simulate({ plan, behaviour: {} });
    const start = (request: Partial<Parameters<typeof startRollout>[1]>) =>
      codeOf(() => startRollout(shop.state, { plan, candidate: "new", by: "ann", now: shop.now(), verify: known, ...request }));
    const missing = () => Promise.reject(new MlspecError("version-unknown", "no such version"));
    expect(await start({ verify: missing })).toBe("version-unknown");
    expect(await start({ candidate: "old" })).toBe("candidate-is-live");
    expect(await start({ plan: planWith([]) })).toBe("rollout-without-stages");
    expect(await start({ plan: planWith([stage("ramp", 0.5, { approvals: [{ role: "nobody", members: [] }] })]) })).toBe("role-empty");
    expect(await start({ plan: planWith([stage("ramp", 0.5, { approvals: [{ role: "nobody", members: [""] }] })]) })).toBe("role-empty");
    expect(await start({ plan: planWith([stage("full", 1, { requirements: [errorsAtMostControl] })]) })).toBe("requirement-cannot-be-judged");
    expect(await start({ plan: planWith([stage("shadow", 0, { requirements: [purchasesAtLeast(1)] })]) })).toBe("requirement-cannot-be-judged");
    expect(await start({})).toBe("none");
    expect(await start({ candidate: "newer" })).toBe("rollout-active");
    expect(await codeOf(() => deploy(shop.state, { service: "recommend", model: "ranker", version: "hotfix", kind: "deploy", by: "ann", reason: "a test", now: shop.now(), verify: known }))).toBe("rollout-active");
    const approve = (by: string, name: string | null) => codeOf(() => approveStage(shop.state, { service: "recommend", stage: name, by, now: shop.now() }));
    expect(await approve("mallory", "ramp")).toBe("not-an-approver");
    expect(await approve("lead@yarnit.example", "nowhere")).toBe("unknown-stage");
    expect(await approve("lead@yarnit.example", "canary")).toBe("approval-not-needed");
    expect(await codeOf(() => pauseRollout(shop.state, { service: "other", by: "ann", reason: "", now: shop.now() }))).toBe("no-rollout");
  });
});

describe("an approval", () => {
  it("is given by somebody, also where a plan that was recorded earlier has a member without a name", async () => {
    const shop = await simulate({ plan: planWith([stage("canary", 0.1)]), behaviour: {} });
    const nobody = planWith([stage("canary", 0.1), stage("ramp", 0.5, { approvals: [{ role: "lead", members: [""] }] })]);
    shop.state.rollouts.add({ id: "release-1-new", service: "recommend", candidate: "new", control: "old", plan: nobody, startedBy: "ann", startedAt: shop.now() });
    expect(await codeOf(() => approveStage(shop.state, { service: "recommend", stage: "ramp", by: "", now: shop.now() }))).toBe("not-an-approver");
  });
});

describe("time", () => {
  it("in which the service was down is not held time", async () => {
    const shop = await simulate({ plan: planWith([stage("canary", 0.1), full]), behaviour: {} });
    await shop.start();
    await shop.serve(10);
    const before = shop.status().rollout?.heldMs ?? 0;
    shop.away(600);
    await shop.controller.tick();
    expect((shop.status().rollout?.heldMs ?? 0) - before).toBeLessThanOrEqual(5 * minute);
    expect(shop.status().rollout).toMatchObject({ state: "running", stage: 0 });
  });
});

describe("a stage with a bound", () => {
  const bounded = { holdMs: 30 * minute, atMostMs: 2 * hour, overdue: "roll-back" as const };

  it("keeps nobody on a candidate for ever: two hours of too few shoppers, and the version before answers again", async () => {
    const shop = await simulate({ plan: planWith([stage("canary", 0.1, { ...bounded, requirements: [errorsAtMostControl] }), full]), behaviour: {}, shoppersPerMinute: 2 });
    await shop.start();
    await shop.serve(119);
    expect(shop.status().rollout).toMatchObject({ state: "running" });
    await shop.serve(10);
    expect(shop.status()).toMatchObject({ live: "old", rollout: { state: "rolled-back" } });
    expect(shop.status().rollout?.history.at(-1)?.reason).toMatch(/has not passed within 2 h/);
  });

  it("counts pauses, in which users meet the candidate too, and no outage, in which nobody does", async () => {
    const shop = await simulate({ plan: planWith([stage("canary", 0.1, { ...bounded, requirements: [errorsAtMostControl] }), full]), behaviour: {}, shoppersPerMinute: 2 });
    await shop.start();
    await shop.serve(10);
    shop.away(600);
    await shop.controller.tick();
    pauseRollout(shop.state, { service: "recommend", by: "ann", reason: "lunch", now: shop.now() });
    await shop.serve(90);
    expect(shop.status().rollout).toMatchObject({ state: "paused" });
    await shop.serve(30);
    expect(shop.status().rollout).toMatchObject({ state: "rolled-back" });
  });
});

describe("trouble that goes on", () => {
  it("is counted, not repeated: a state that cannot be read for five hundred rounds is told three times", async () => {
    const shop = await simulate({ plan, behaviour: {} });
    shop.state.close();
    for (let round = 0; round < 500; round++) await shop.controller.tick();
    expect(shop.events).toMatchObject([1, 10, 100].map((times) => ({ kind: "state-unavailable", times })));
  });
});
