import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { deploy } from "../../../runtime/rollout/commands.ts";
import { openState } from "../../../runtime/state/state.ts";
import { probeSqlite } from "../../../runtime/state/probe.ts";
import { planWith, stage } from "../../unit/rollout/fixtures.ts";
import { temporaryFolder } from "./simulation.ts";

const byAnn = { service: "recommend", model: "ranker", kind: "deploy" as const, by: "ann", reason: "a test" };

describe("the state", () => {
  it("remembers what is live and what was before, across processes", () => {
    const folder = temporaryFolder();
    const state = openState(folder);
    expect(state.deployments.of("recommend")).toBeNull();
    state.deployments.setLive({ ...byAnn, version: "a", at: 1 });
    state.deployments.setLive({ ...byAnn, version: "b", at: 2 });
    state.deployments.setLive({ ...byAnn, version: "b", at: 3 });
    const other = openState(folder);
    expect(other.deployments.of("recommend")).toEqual({ service: "recommend", live: "b", previous: "a", changedAt: 2 });
    expect(other.deployments.history("recommend", 10)).toEqual([{ ...byAnn, version: "b", before: "a", at: 2 }, { ...byAnn, version: "a", before: null, at: 1 }]);
    state.close();
    other.close();
  });

  it("says what a deployment took the place of, also when somebody was faster while its version was verified", async () => {
    const state = openState(temporaryFolder());
    const at = { service: "recommend", model: "ranker", kind: "deploy" as const, by: "ann", reason: "a test", now: 1 };
    expect(await deploy(state, { ...at, version: "a", verify: () => Promise.resolve() })).toEqual({ before: null });
    const verify = async (): Promise<void> => void (await deploy(state, { ...at, version: "b", by: "bob", verify: () => Promise.resolve() }));
    expect(await deploy(state, { ...at, version: "c", verify })).toEqual({ before: "b" });
    expect(state.deployments.history("recommend", 1)).toMatchObject([{ version: "c", before: "b" }]);
    state.close();
  });

  it("has at most one active rollout per service and one open intention per rollout", () => {
    const state = openState(temporaryFolder());
    const rollout = { service: "recommend", candidate: "b", control: "a", plan: planWith([stage("full", 1)]), startedBy: "ann", startedAt: 1 };
    state.rollouts.add({ ...rollout, id: "one" });
    expect(() => state.rollouts.add({ ...rollout, id: "two" })).toThrow(/UNIQUE/);
    const intention = { rollout: "one", revision: 0, kind: "begin-stage" as const, stage: 0, reason: "", evidence: null, by: "ann", at: 1 };
    state.rollouts.intend(intention);
    expect(() => state.rollouts.intend(intention)).toThrow(/UNIQUE/);
    state.close();
  });

  it("takes a transaction whole or not at all", () => {
    const state = openState(temporaryFolder());
    expect(() => state.durably(() => {
      state.deployments.setLive({ ...byAnn, version: "a", at: 1 });
      throw new Error("power cut");
    })).toThrow("power cut");
    expect(state.deployments.all()).toEqual([]);
    state.close();
  });

  it("keeps the runs, newest first", () => {
    const state = openState(temporaryFolder());
    state.runs.started({ id: "r1", spec: "yarnit.mlspec", model: "ranker", startedAt: 1 });
    state.runs.started({ id: "r2", spec: "yarnit.mlspec", model: "ranker", startedAt: 2 });
    state.runs.finished("r1", 5, "done", { auc: 0.9 });
    expect(state.runs.latest(10).map(({ id, outcome, summary }) => [id, outcome, summary])).toEqual([["r2", null, {}], ["r1", "done", { auc: 0.9 }]]);
    state.close();
  });

  it("refuses a file that is no database, and one that a newer program wrote", () => {
    const broken = temporaryFolder();
    writeFileSync(join(broken, "state.db"), "this is not a database, however long one looks at it ".repeat(100));
    expect(() => openState(broken)).toThrow(expect.objectContaining({ code: "state-unreadable" }) as Error);
    const newer = temporaryFolder();
    const connection = new DatabaseSync(join(newer, "state.db"));
    connection.exec("PRAGMA user_version = 999");
    connection.close();
    expect(() => openState(newer)).toThrow(expect.objectContaining({ code: "state-too-new" }) as Error);
  });

  it("is checked by the doctor", () => {
    expect(probeSqlite()).toMatch(/^3\.\d+/);
  });
});
