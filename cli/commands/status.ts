/** `mlspec status`: registered versions, what is live and what answers, rollouts, the last runs. */
import { basename } from "node:path";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { GateResult } from "../../runtime/events.ts";
import { lookAtStateOf } from "../../runtime/pipeline/open-state.ts";
import { unheardProcess, unheardText } from "../../runtime/pipeline/serving-lock.ts";
import type { StateFolder } from "../../runtime/pipeline/state-folder.ts";
import { stateFolder } from "../state-folder.ts";
import { Registry } from "../../runtime/registry/registry.ts";
import { silenceText } from "../../runtime/rollout/silence.ts";
import { serviceStatus } from "../../runtime/rollout/status.ts";
import { problemOfVersion } from "../../runtime/serving/check-version.ts";
import type { LoggedDeployment } from "../../runtime/state/deployments.ts";
import type { RolloutRecord } from "../../runtime/state/rollouts.ts";
import type { State } from "../../runtime/state/state.ts";
import { drawStatus } from "../draw/status.ts";
import { exit } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { listedVersions, type CheckedVersion } from "../listed-versions.ts";
import { loadAtHand, specPath, type SpecAtHand } from "../spec.ts";
import type { DeploymentSummary, RolloutSummary, RunSummary, ServiceStatus, StatusReport, VersionStatus } from "../status-report.ts";
import { serviceTime } from "../service-time.ts";
import { undeclaredServices, type Declared } from "../undeclared.ts";
import { newestRollouts, type RolloutSubject, type ServiceSubject } from "../subject.ts";

const RUNS_SHOWN = 10;
const HISTORY_SHOWN = 10;

export async function status(file: string, { options, terminal }: Call<RuntimeOptions & { readonly watch?: boolean }>): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const folder = stateFolder(path, options.state);
  const read = async (): Promise<StatusReport> => readStatus(path, await loadAtHand(path), folder, terminal.now().getTime());
  if (options.watch) {
    const { watchStatus } = await import("./watch-status.ts");
    // A program gets one line for each.
    const text = async (): Promise<string> => (options.json ? `${JSON.stringify(await read())}\n` : drawStatus(await read(), terminal));
    return watchStatus(text, terminal.interactive && process.stdout.isTTY && !options.json, terminal);
  }
  const report = await read();
  terminal.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : drawStatus(report, terminal));
  return exit.ok;
}

/** From what is on disk, changing nothing. What the spec declares comes first; what only the state and the registry know follows. */
export async function readStatus(path: string, atHand: SpecAtHand, folder: StateFolder, now: number): Promise<StatusReport> {
  const state = lookAtStateOf(folder);
  if (state === null && atHand.error !== null) throw atHand.error;
  try {
    const registry = new Registry(folder.registry);
    const services = await servicesOf(path, atHand, state, folder);
    const live = new Set(services.flatMap(({ name }) => state?.deployments.of(name)?.live ?? []));
    const versionsOf = (name: string, declared: boolean) => listedVersions(registry, name, declared ? atHand : { spec: null, problem: null });
    return {
      spec: path, state: folder.root, specProblem: atHand.problem,
      models: await Promise.all((await modelsOf(atHand, services, registry)).map(async ({ name, declared }) => ({ name, declared, versions: (await versionsOf(name, declared)).map((listed) => versionStatus(listed, live)) }))),
      services: await Promise.all(services.map((service) => statusOf(service, state, { folder, registry, spec: atHand.spec, now }))),
      rollouts: rolloutsOf(path, atHand, state),
      runs: (state?.runs.latest(RUNS_SHOWN) ?? []).map((run): RunSummary => ({
        run: run.id, model: run.model, outcome: run.outcome ?? "unfinished", started: new Date(run.startedAt).toISOString(),
        seconds: run.finishedAt === null ? null : (run.finishedAt - run.startedAt) / 1000, error: typeof run.summary["error"] === "string" ? run.summary["error"] : null,
      })),
    };
  } finally {
    state?.close();
  }
}

async function servicesOf(path: string, atHand: SpecAtHand, state: State | null, folder: StateFolder): Promise<readonly Declared<ServiceSubject>[]> {
  const declared = (atHand.spec?.services ?? []).map(({ name, model }) => ({ name, model, declared: true }));
  const undeclared = state === null ? [] : await undeclaredServices({ path, atHand, state, folder });
  return [...declared, ...undeclared.map((each) => ({ ...each, declared: false }))];
}

async function modelsOf({ spec, problem }: SpecAtHand, services: readonly ServiceSubject[], registry: Registry): Promise<readonly { readonly name: string; readonly declared: boolean }[]> {
  const declared = (spec?.models ?? []).map(({ name }) => ({ name, declared: true }));
  const served = services.map(({ model }) => model).filter((name) => name !== "");
  const known = new Set(problem === null ? served : [...served, ...(await registry.list()).map(({ model }) => model)]);
  return [...declared, ...[...known].filter((name) => !declared.some((each) => each.name === name)).map((name) => ({ name, declared: false }))];
}

function rolloutsOf(path: string, { spec, problem }: SpecAtHand, state: State | null): readonly RolloutSummary[] {
  const declared = (spec?.rollouts ?? []).map((rollout) => rolloutSummary({ ...rollout, declared: true }, state));
  if (state === null) return declared;
  const recorded = newestRollouts(state).filter(({ plan, endedAt }) => (plan.spec ?? basename(path)) === basename(path) && (problem !== null || endedAt === null));
  return [...declared, ...recorded.filter(({ plan }) => !declared.some(({ name }) => name === plan.name)).map(({ plan }) => rolloutSummary({ ...plan, declared: false }, state))];
}

function versionStatus(listed: CheckedVersion, live: ReadonlySet<string>): VersionStatus {
  const { version, problem } = listed;
  if (listed.manifest === null) return { version, created: "", live: live.has(version), metrics: {}, gates: { passed: 0, failed: 0, skipped: 0 }, run: null, problem };
  const { record } = listed.manifest;
  const gates = (outcome: GateResult["outcome"]): number => record.gates.filter((gate) => gate.outcome === outcome).length;
  return {
    version, created: record.created, live: live.has(version), run: record.run, problem,
    metrics: record.metrics.find(({ slice }) => slice === null)?.metrics ?? {},
    gates: { passed: gates("passed"), failed: gates("failed"), skipped: gates("skipped") },
  };
}

interface Around {
  readonly folder: StateFolder;
  readonly registry: Registry;
  readonly spec: CompiledSpec | null;
  readonly now: number;
}

async function statusOf({ name, model, declared }: Declared<ServiceSubject>, state: State | null, { folder, registry, spec, now }: Around): Promise<ServiceStatus> {
  const deployment = state?.deployments.of(name) ?? null;
  const unheard = unheardProcess(folder, name);
  const holder = unheard === null ? (state?.leases.holder(name) ?? null) : null;
  const live = deployment?.live ?? null;
  const pid = (holder ?? unheard)?.pid ?? null;
  const known = { name, model, declared, live, previous: deployment?.previous ?? null, process: pid === null ? null : { pid }, clock: clockOf(state, name, now), history: (state?.deployments.history(name, HISTORY_SHOWN) ?? []).map(historyEntry) };
  const silence = state === null || holder === null ? null : silenceText(state, name, now);
  const silent = silence === null ? [] : [silence];
  if (holder?.answering) return { ...known, answers: holder.answering.version, problems: [...holder.answering.problems, ...silent] };
  if (unheard !== null) return { ...known, answers: live, problems: [unheardText(name, unheard)] };
  const problem = live === null ? null : await problemOfVersion({ registry, model, spec: declared ? spec : null }, live);
  return problem === null ? { ...known, answers: live, problems: silent } : { ...known, answers: null, problems: [...silent, `version ${live ?? ""} cannot be loaded: ${problem}`] };
}

/** Null where it is the system's. */
function clockOf(state: State | null, service: string, wall: number): ServiceStatus["clock"] {
  const now = state === null ? wall : serviceTime(state, service, wall);
  return now <= wall ? null : { now: new Date(now).toISOString(), aheadMs: now - wall };
}

export const historyEntry = ({ version, before, kind, by, reason, at }: LoggedDeployment): DeploymentSummary => ({ version, before, kind, by, reason, at: new Date(at).toISOString() });

function rolloutSummary(rollout: Declared<RolloutSubject>, state: State | null): RolloutSummary {
  const { name, model, service, declared } = rollout;
  const current = state === null ? null : serviceStatus(state, service).rollout;
  if (current === null || current.name !== name) return { name, model, service, declared, state: "none", version: null, stage: null, share: null, awaitsApproval: null, approvers: [], summary: "not started" };
  const stage = current.stages[current.stage];
  const next = current.stages[current.stage + 1];
  return {
    name, model, service, declared, version: current.candidate, stage: stage?.name ?? null, share: stage?.traffic ?? null,
    state: current.state === "pending" || current.state === "running" ? "active" : current.state,
    awaitsApproval: current.waiting?.for === "approval" ? (next?.approvals.join(", ") ?? null) : null,
    approvers: approversOf(state?.rollouts.active(service) ?? null),
    summary: current.waiting?.text ?? current.history.at(-1)?.reason ?? current.state,
  };
}

const approversOf = (rollout: RolloutRecord | null): readonly string[] => [...new Set((rollout?.plan.stages ?? []).flatMap(({ approvals }) => approvals.flatMap(({ members }) => members)))];
