/** `mlspec rollout …`: what a person says to a rollout, and what it says back. */
import { userInfo } from "node:os";
import { Registry } from "../../runtime/registry/registry.ts";
import { wordOnFallback } from "../../runtime/rollout/against-fallback.ts";
import { abortRollout, approveStage, pauseRollout, resumeRollout, startRollout } from "../../runtime/rollout/commands.ts";
import { planRollout } from "../../runtime/rollout/plan.ts";
import { silenceText } from "../../runtime/rollout/silence.ts";
import { serviceStatus } from "../../runtime/rollout/status.ts";
import { versionsByAge } from "../../runtime/service/newest-version.ts";
import type { State } from "../../runtime/state/state.ts";
import { lookAtStateOf, openStateOf, openStateToSay } from "../../runtime/pipeline/open-state.ts";
import { MlspecError } from "../../runtime/errors.ts";
import type { StateFolder } from "../../runtime/pipeline/state-folder.ts";
import { stateFolder } from "../state-folder.ts";
import { drawRollout } from "../draw/rollout.ts";
import { exit } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { namedVersion } from "../named-version.ts";
import { loadAtHand, loadValid, specPath, type SpecAtHand } from "../spec.ts";
import { serviceTime } from "../service-time.ts";
import { rolloutSubject, type RolloutSubject } from "../subject.ts";
import { onStandardError } from "../terminal.ts";

interface Options extends RuntimeOptions {
  readonly by?: string;
  readonly stage?: string;
  readonly reason?: string;
  readonly version?: string;
}

interface Opened {
  readonly rollout: RolloutSubject;
  readonly folder: StateFolder;
  readonly state: State;
  readonly registry: Registry;
  /** Who speaks: as named, else the user of this machine. */
  readonly by: string;
  readonly now: number;
}

interface Work {
  readonly file: string;
  readonly name: string | undefined;
  readonly call: Call<Options>;
  /** Only starting asks for a spec without errors. Whoever must pause or abort is not to be told that somebody has left a mistake in the file. */
  readonly spec: SpecAtHand;
  /** Null when nothing was ever kept. */
  readonly open: (folder: StateFolder) => State | null;
  readonly work: (opened: Opened) => Promise<unknown>;
  /** Instead of the work, when nothing was ever kept. */
  readonly otherwise?: (rollout: RolloutSubject) => void;
}

async function withRollout({ file, name, call: { options, terminal }, spec, open, work, otherwise }: Work): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const folder = stateFolder(path, options.state);
  const state = open(folder);
  try {
    const rollout = rolloutSubject(path, spec, state, name);
    if (spec.problem !== null) terminal.err(`${onStandardError(terminal).colors.yellow("!")} ${spec.problem}. What the state knows is used.\n`);
    if (state === null) otherwise?.(rollout);
    else await work({ rollout, folder, state, registry: new Registry(folder.registry), by: options.by ?? userInfo().username, now: serviceTime(state, rollout.service, terminal.now().getTime()) });
    const status = state === null ? { service: rollout.service, live: null, previous: null, rollout: null } : serviceStatus(state, rollout.service);
    const silence = state === null ? null : silenceText(state, rollout.service, terminal.now().getTime());
    terminal.out(options.json ? `${JSON.stringify({ ...status, problems: silence === null ? [] : [silence] }, null, 2)}\n` : drawRollout(status, file, terminal));
    if (!options.json && silence !== null) terminal.out(`  ${terminal.colors.yellow("!")} ${silence}\n`);
    const moving = status.rollout !== null && status.rollout.endedAt === null;
    if (!options.json && moving && (state?.leases.holder(rollout.service) ?? null) === null) terminal.out(`  ${terminal.colors.yellow("!")} nothing moves until \`mlspec serve ${file}\` runs\n`);
    return exit.ok;
  } finally {
    state?.close();
  }
}

/** What a person says to a rollout that is there. */
async function say(file: string, name: string | undefined, call: Call<Options>, work: Work["work"]): Promise<number> {
  const spec = await loadAtHand(specPath(file, call.terminal.cwd));
  return withRollout({
    file, name, call, spec, open: openStateToSay, work,
    otherwise: ({ service }) => { throw new MlspecError("no-rollout", `service ${service} has no rollout under way`, { hint: "`mlspec rollout start` begins one." }); },
  });
}

export async function start(file: string, name: string | undefined, call: Call<Options>): Promise<number> {
  const spec = await loadValid(specPath(file, call.terminal.cwd), call.terminal);
  return withRollout({
    file, name, call, spec: { spec, problem: null, error: null }, open: openStateOf,
    work: async ({ rollout, state, registry, by, now }) => {
      const { terminal } = call;
      const plan = planRollout(spec, rollout.name);
      const named = call.options.version;
      const candidate = named === undefined ? await newest(state, registry, plan.model, state.deployments.of(plan.service)?.live ?? null) : await namedVersion({ registry, model: plan.model }, named);
      const started = await startRollout(state, { plan, candidate, by, now, verify: (model, version) => registry.load(model, version) });
      const word = wordOnFallback(started);
      if (word !== null) terminal.err(`${onStandardError(terminal).colors.yellow("!")} ${word}.\n`);
    },
  });
}

async function newest(state: State, registry: Registry, model: string, live: string | null): Promise<string> {
  const [candidate] = await versionsByAge(state, registry, model);
  if (candidate === undefined) throw new MlspecError("nothing-registered", `no version of ${model} is registered`, { hint: "`mlspec run` registers one." });
  if (candidate === live) throw new MlspecError("candidate-is-live", `the newest version of ${model}, ${candidate}, is live already`, { hint: "Register a newer one with `mlspec run`, or name one with --version." });
  return candidate;
}

export async function status(file: string, name: string | undefined, call: Call<Options>): Promise<number> {
  return withRollout({ file, name, call, spec: await loadAtHand(specPath(file, call.terminal.cwd)), open: lookAtStateOf, work: async () => undefined });
}

export const approve = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  say(file, name, call, async ({ rollout, state, by, now }) => {
    const approved = approveStage(state, { service: rollout.service, stage: call.options.stage ?? null, by, now });
    if (!call.options.json) call.terminal.out(`${by} approved stage ${approved.stage} as ${approved.roles.join(", ")}.\n`);
  });

export const pause = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  say(file, name, call, async ({ rollout, state, by, now }) => pauseRollout(state, { service: rollout.service, reason: call.options.reason ?? "paused by hand", by, now }));

export const resume = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  say(file, name, call, async ({ rollout, state, by, now }) => resumeRollout(state, { service: rollout.service, reason: call.options.reason ?? "resumed by hand", by, now }));

export const abort = (file: string, name: string | undefined, call: Call<Options>): Promise<number> =>
  say(file, name, call, async ({ rollout, state, registry, by, now }) => {
    await abortRollout(state, { service: rollout.service, reason: call.options.reason ?? "aborted by hand", by, now, verify: (model, version) => registry.load(model, version) });
  });
