/** `mlspec deploy`, `promote`, `rollback`: what a person says about what is live, outside of a rollout's course. `mlspec versions`: what there is. */
import { userInfo } from "node:os";
import { MlspecError } from "../../runtime/errors.ts";
import { lookAtStateOf, openStateToSay } from "../../runtime/pipeline/open-state.ts";
import { stateFolder } from "../state-folder.ts";
import { Registry } from "../../runtime/registry/registry.ts";
import { deploy as deployVersion, promote as promoteCandidate } from "../../runtime/rollout/commands.ts";
import { checkVersion } from "../../runtime/serving/check-version.ts";
import type { State } from "../../runtime/state/state.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { drawVersions } from "../draw/versions.ts";
import { exit } from "../exit.ts";
import { listedVersions } from "../listed-versions.ts";
import { namedVersion } from "../named-version.ts";
import { loadAtHand, specPath, type SpecAtHand } from "../spec.ts";
import { serviceTime } from "../service-time.ts";
import { serviceSubject } from "../subject.ts";
import type { DeploymentReport, VersionsReport } from "../status-report.ts";
import { historyEntry } from "./status.ts";
import { onStandardError } from "../terminal.ts";

interface Options extends RuntimeOptions {
  readonly service?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly to?: string;
  readonly abortRollout?: boolean;
  readonly dryRun?: boolean;
}

/** Changes of what is live that `versions` lists. */
const HISTORY_LISTED = 1000;

interface Opened {
  readonly state: State;
  readonly registry: Registry;
  readonly service: string;
  readonly model: string;
  readonly by: string;
  readonly now: number;
  /** Rejects unless the version could answer. */
  readonly verify: (model: string, version: string) => Promise<void>;
}

/** Any version that is registered becomes live at once. */
export const deploy = (file: string, version: string, call: Call<Options>): Promise<number> =>
  change(file, call, "deploy", async (opened) => ({ version: await namedVersion(opened, version), reason: call.options.reason ?? "deployed by hand" }));

/** One of those that were live before becomes so again: the one before, or an older one by its name. */
export const rollback = (file: string, call: Call<Options>): Promise<number> =>
  change(file, call, "rollback", async (opened) => ({ version: call.options.to === undefined ? (opened.state.deployments.of(opened.service)?.previous ?? nothingBefore(opened)) : await namedVersion(opened, call.options.to), reason: call.options.reason ?? "rolled back by hand" }));

async function change(file: string, call: Call<Options>, kind: "deploy" | "rollback", choose: (opened: Opened) => Promise<{ version: string | null; reason: string }>): Promise<number> {
  const { options } = call;
  return opened(file, call, async (open, atHand) => {
    const { version, reason } = await choose(open);
    const { state, service, model, by, now, verify } = open;
    if (kind === "deploy" && options.reason === undefined && atHand.spec?.rollouts.some((each) => each.service === service)) {
      throw new MlspecError("bad-argument", `${service} has a rollout, past which this goes: say why with --reason`);
    }
    const { before } = await deployVersion(state, { service, model, version, kind, by, reason, now, abortRollout: options.abortRollout === true, verify, dryRun: options.dryRun === true });
    return { kind, before, version, reason };
  });
}

/** The running rollout's candidate becomes live now; its remaining holds and requirements are passed over, its approvals are not. */
export async function promote(file: string, name: string, call: Call<Options>): Promise<number> {
  const { reason } = call.options;
  if (reason === undefined || reason.trim() === "") throw new MlspecError("bad-argument", "promoting passes over holds and requirements: say why with --reason");
  return opened(file, call, async (open) => {
    const { state, service, by, now, verify } = open;
    // The rollout's own model: the spec may have come to call it something else.
    const version = await namedVersion({ registry: open.registry, model: state.rollouts.active(service)?.plan.model ?? open.model }, name);
    const { before } = await promoteCandidate(state, { service, version, by, reason, now, verify, dryRun: call.options.dryRun === true });
    return { kind: "promote", before, version, reason };
  });
}

/** Runs the change over the state, and tells what is live before and after. */
async function opened(file: string, { options, terminal }: Call<Options>, work: (opened: Opened, atHand: SpecAtHand) => Promise<Pick<DeploymentReport, "kind" | "before" | "version" | "reason">>): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const atHand = await loadAtHand(path);
  const folder = stateFolder(path, options.state);
  const state = openStateToSay(folder);
  if (state === null) throw atHand.error ?? new MlspecError("nothing-registered", "nothing was ever registered here", { hint: "`mlspec run` registers a version." });
  try {
    const { name: service, model } = serviceSubject(atHand, state, options.service);
    if (atHand.problem !== null) terminal.err(`${onStandardError(terminal).colors.yellow("!")} ${atHand.problem}. What the state knows is used.\n`);
    const registry = new Registry(folder.registry);
    const spec = atHand.problem === null ? atHand.spec : null;
    const by = options.by ?? userInfo().username;
    const done = await work({ state, registry, service, model, by, now: serviceTime(state, service, terminal.now().getTime()), verify: (of, version) => checkVersion({ registry, model: of, spec }, version) }, atHand);
    const report: DeploymentReport = { service, ...done, by, done: options.dryRun !== true };
    const served = state.leases.holder(service) !== null;
    terminal.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : told(report, file, served));
    return exit.ok;
  } finally {
    state.close();
  }
}

function told({ service, before, version, done }: DeploymentReport, file: string, served: boolean): string {
  const name = (each: string | null): string => (each === null ? "the fallback" : `version ${each}`);
  if (!done) return `${name(version)} could answer for ${service} in place of ${name(before)}. Nothing was changed (--dry-run).\n`;
  return `${name(version)} is live for ${service}; before it was ${name(before)}. ${served ? "The serving process follows within a second." : `\`mlspec serve ${file}\` answers with it.`}\n`;
}

/** After steps back others were live, of which none is further back: they are named. */
function nothingBefore({ state, service }: Opened): never {
  const history = state.deployments.history(service, HISTORY_LISTED);
  const live = state.deployments.of(service)?.live ?? null;
  const others = [...new Set(history.flatMap(({ version, before }) => [version, before]))].filter((version) => version !== null && version !== live);
  if (others.length === 0) throw new MlspecError("nothing-before", `no version was live for ${service} before what is live now`, { hint: "`mlspec versions` lists what could be; `--to` names one." });
  const end = live === null ? "the fallback" : `version ${live}: when that was put live, it took the place of no version`;
  throw new MlspecError("nothing-before", `the way back for ${service} ends at ${end}`, { hint: `Live before, newest first: ${others.slice(0, 5).join(", ")}. \`--to\` names one.` });
}

/** Every version with what is known of it, what is live, and how that came to be. */
export async function versions(file: string, { options, terminal }: Call<Options>): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const atHand = await loadAtHand(path);
  const folder = stateFolder(path, options.state);
  const state = lookAtStateOf(folder);
  try {
    const { name: service, model } = serviceSubject(atHand, state, options.service);
    const registry = new Registry(folder.registry);
    const live = state?.deployments.of(service)?.live ?? null;
    const listed = (await listedVersions(registry, model, atHand)).map(({ version, manifest, problem }) => ({ version, created: manifest?.record.created ?? null, live: version === live, problem }));
    const report: VersionsReport = { service, model, live, versions: listed, history: (state?.deployments.history(service, HISTORY_LISTED) ?? []).map(historyEntry) };
    terminal.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : drawVersions(report, terminal));
    return exit.ok;
  } finally {
    state?.close();
  }
}
