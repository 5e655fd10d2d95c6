import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { deploy, startRollout, abortRollout } from "../../../runtime/rollout/commands.ts";
import { readRouting } from "../../../runtime/rollout/router.ts";
import { openState, type State } from "../../../runtime/state/state.ts";
import { planWith, stage } from "../../unit/rollout/fixtures.ts";
import { temporaryFolder } from "./simulation.ts";

const child = fileURLToPath(new URL("killed-child.ts", import.meta.url));
const known = () => Promise.resolve();
const plan = planWith([stage("shadow", 0), stage("canary", 0.1), stage("full", 1, { holdMs: 0 })], { unit: null });

/** Runs the controller in a process of its own; resolves with the signal that ended it. */
const run = (folder: string, step = "", occurrence = 1) =>
  new Promise<NodeJS.Signals | null>((resolve, reject) => {
    const started = spawn(process.execPath, [child, folder, step, String(occurrence)], { stdio: ["ignore", "ignore", "inherit"] });
    started.on("error", reject);
    started.on("exit", (code, signal) => (code === null || code === 0 ? resolve(signal) : reject(new Error(`the controller's process failed: ${code}`))));
  });

async function prepared(): Promise<string> {
  const folder = temporaryFolder();
  const state = openState(folder);
  await deploy(state, { service: "recommend", model: "ranker", version: "old", kind: "deploy", by: "ann", reason: "a test", now: 0, verify: known });
  await startRollout(state, { plan, candidate: "new", by: "ann", now: 0, verify: known });
  state.close();
  return folder;
}

/** One truth: what is live is what the rollout's state says, and the record tells the way there without a gap. */
function expectOneTruth(state: State): void {
  const rollout = state.rollouts.of("recommend")[0];
  if (rollout === undefined) throw new Error("the rollout is gone");
  const live = state.deployments.of("recommend")?.live;
  expect(live).toBe(rollout.state === "completed" ? "new" : "old");
  expect(readRouting(state, "recommend").live).toBe(live);
  const done = state.rollouts.transitions(rollout.id).filter(({ outcome }) => outcome === "done");
  expect(done.map(({ revision }) => revision)).toEqual(done.map((_, index) => index));
  expect(rollout.revision).toBe(done.length);
  expect(state.rollouts.transitions(rollout.id).filter(({ outcome }) => outcome === null).length).toBeLessThanOrEqual(1);
}

describe("a process killed in the middle of a rollout", () => {
  // Four transitions: into shadow, canary and full, then completion.
  it.each(["intended", "loaded", "committed", "published", "recorded"].flatMap((step) => [1, 2, 4].map((occurrence) => ({ step, occurrence }))))(
    "at $step, time $occurrence, leaves one truth, and the next process completes the rollout",
    async ({ step, occurrence }) => {
      const folder = await prepared();
      expect(await run(folder, step, occurrence)).toBe("SIGKILL");
      const between = openState(folder);
      expectOneTruth(between);
      between.close();

      expect(await run(folder)).toBeNull();
      using state = disposable(openState(folder));
      expectOneTruth(state.state);
      expect(state.state.deployments.of("recommend")).toMatchObject({ live: "new", previous: "old" });
      const rollout = state.state.rollouts.of("recommend")[0];
      expect(rollout).toMatchObject({ state: "completed" });
      expect(state.state.rollouts.transitions(rollout?.id ?? "").filter(({ outcome }) => outcome === "done").map(({ kind }) => kind)).toEqual([
        "begin-stage", "begin-stage", "begin-stage", "complete",
      ]);
    },
  );

  it("with an open intention obeys an abort that came while it was down", async () => {
    const folder = await prepared();
    expect(await run(folder, "intended", 4)).toBe("SIGKILL");
    using opened = disposable(openState(folder));
    const { state } = opened;
    expect(state.rollouts.intention(state.rollouts.active("recommend")?.id ?? "")).toMatchObject({ kind: "complete" });
    await abortRollout(state, { service: "recommend", by: "ann", reason: "no", now: 9, verify: known });
    expect(await run(folder)).toBeNull();
    expectOneTruth(state);
    expect(state.deployments.of("recommend")?.live).toBe("old");
    expect(state.rollouts.transitions(state.rollouts.of("recommend")[0]?.id ?? "").slice(-2).map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ["complete", "abandoned"], ["roll-back", "done"],
    ]);
  });
});

describe("two processes on one state", () => {
  it("opens a new state while another process has its first write under way", async () => {
    const folder = temporaryFolder();
    const writer = new Worker(
      `const { DatabaseSync } = require("node:sqlite"); const { parentPort, workerData } = require("node:worker_threads");
       const database = new DatabaseSync(workerData); database.exec("BEGIN IMMEDIATE"); parentPort.postMessage("writing");
       setTimeout(() => { database.exec("COMMIT"); database.close(); }, 300);`,
      { eval: true, workerData: join(folder, "state.db") },
    );
    await once(writer, "message");
    using opened = disposable(openState(folder));
    expect(opened.state.deployments.all()).toEqual([]);
    await once(writer, "exit");
  });

  it("move a rollout on without doing anything twice", async () => {
    const folder = await prepared();
    expect(await Promise.all([run(folder), run(folder), run(folder)])).toEqual([null, null, null]);
    using opened = disposable(openState(folder));
    expectOneTruth(opened.state);
    expect(opened.state.deployments.of("recommend")?.live).toBe("new");
  });

  it("may open a new state at the same time", async () => {
    const folder = temporaryFolder();
    expect(await Promise.all([run(folder), run(folder), run(folder), run(folder)])).toEqual([null, null, null, null]);
    using opened = disposable(openState(folder));
    expect(opened.state.deployments.all()).toEqual([]);
  });
});

const disposable = (state: State) => ({ state, [Symbol.dispose]: () => state.close() });
