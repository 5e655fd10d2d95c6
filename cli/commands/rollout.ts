/** `mlspec rollout …`: what a person says to a rollout, and what it says back. */
import { userInfo } from "node:os";
import { Registry } from "../../runtime/registry/registry.ts";
import { abortRollout, approveStage, pauseRollout, resumeRollout, startRollout } from "../../runtime/rollout/commands.ts";
import { servingProcess } from "../../runtime/online/lease.ts";
import { planRollout } from "../../runtime/rollout/plan.ts";
import { serviceStatus } from "../../runtime/rollout/status.ts";
import { versionsByAge } from "../../runtime/service/newest-version.ts";
import { openState, type State } from "../../runtime/state/state.ts";
import { MlspecError } from "../../runtime/errors.ts";
import type { CompiledSpec, Rollout } from "../../grammar/compiled-spec/index.ts";
import { keepPrivate } from "../../runtime/pipeline/private-state.ts";
import { stateFolder, type StateFolder } from "../../runtime/pipeline/state-folder.ts";
import { drawRollout } from "../draw/rollout.ts";
import { exit } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { loadLenient, loadValid, onlyOne, specPath } from "../spec.ts";

interface Options extends RuntimeOptions {
  readonly by?: string;
  readonly stage?: string;
  readonly reason?: string;
  readonly version?: string;
}

interface Opened {
  readonly spec: CompiledSpec;
  readonly rollout: Rollout;
  readonly folder: StateFolder;
  readonly state: State;
  readonly registry: Registry;
  /** Who speaks: as named, else the user of this machine. */
  readonly by: string;
  readonly now: number;
}

type Work = (opened: Opened) => Promise<unknown>;

/**
 * Only starting asks for a spec without errors. Whoever must pause or abort at night is not to be told that somebody has
 * left a typing error in the file.
 */
async function withRollout(file: string, name: string | undefined, { options, terminal }: Call<Options>, work: Work, load: "valid" | "lenient" = "lenient"): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const spec = load === "valid" ? await loadValid(path, terminal) : await loadLenient(path);
  const rollout = onlyOne(spec.rollouts, name, "rollout");
  const folder = stateFolder(path, options.state);
  keepPrivate(folder);
  const state = openState(folder.root);
  try {
    const opened: Opened = { spec, rollout, folder, state, registry: new Registry(folder.registry), by: options.by ?? userInfo().username, now: terminal.now().getTime() };
    await work(opened);
    const status = serviceStatus(state, rollout.service);
    terminal.out(options.json ? `${JSON.stringify(status, null, 2)}\n` : drawRollout(status, file, terminal));
    const moving = status.rollout !== null && status.rollout.endedAt === null;
    if (!options.json && moving && servingProcess(folder.online(rollout.service)) === null) terminal.out(`  ${terminal.colors.yellow("!")} nothing moves until \`mlspec serve ${file}\` runs\n`);
    return exit.ok;
  } finally {
    state.close();
  }
}

export const start = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  withRollout(file, name, call, async ({ spec, rollout, state, registry, by, now }) => {
    const plan = planRollout(spec, rollout.name);
    const candidate = call.options.version ?? (await newest(state, registry, plan.model, state.deployments.of(plan.service)?.live ?? null));
    await startRollout(state, { plan, candidate, by, now, verify: (model, version) => registry.load(model, version) });
  }, "valid");

async function newest(state: State, registry: Registry, model: string, live: string | null): Promise<string> {
  const [candidate] = await versionsByAge(state, registry, model);
  if (candidate === undefined) throw new MlspecError("nothing-registered", `no version of ${model} is registered`, { hint: "`mlspec run` registers one." });
  if (candidate === live) throw new MlspecError("candidate-is-live", `the newest version of ${model}, ${candidate}, is live already`, { hint: "Register a newer one with `mlspec run`, or name one with --version." });
  return candidate;
}

export const status = (file: string, name: string | undefined, call: Call<Options>): Promise<number> => withRollout(file, name, call, async () => undefined);

export const approve = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  withRollout(file, name, call, async ({ rollout, state, by, now }) => {
    const approved = approveStage(state, { service: rollout.service, stage: call.options.stage ?? null, by, now });
    if (!call.options.json) call.terminal.out(`${by} approved stage ${approved.stage} as ${approved.roles.join(", ")}.\n`);
  });

export const pause = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  withRollout(file, name, call, async ({ rollout, state, by, now }) => pauseRollout(state, { service: rollout.service, reason: call.options.reason ?? "paused by hand", by, now }));

export const resume = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  withRollout(file, name, call, async ({ rollout, state, by, now }) => resumeRollout(state, { service: rollout.service, reason: call.options.reason ?? "resumed by hand", by, now }));

export const abort = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  withRollout(file, name, call, async ({ rollout, state, registry, by, now }) => {
    await abortRollout(state, { service: rollout.service, reason: call.options.reason ?? "aborted by hand", by, now, verify: (model, version) => registry.load(model, version) });
  });

