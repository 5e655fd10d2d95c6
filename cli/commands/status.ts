/** `mlspec status`: registered versions, what is live, rollouts, the last runs. */
import { existsSync } from "node:fs";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { GateResult } from "../../runtime/events.ts";
import { servingProcess } from "../../runtime/online/lease.ts";
import { keepPrivate } from "../../runtime/pipeline/private-state.ts";
import { stateFolder, type StateFolder } from "../../runtime/pipeline/state-folder.ts";
import { Registry, type ListedVersion } from "../../runtime/registry/registry.ts";
import { serviceStatus } from "../../runtime/rollout/status.ts";
import { openState, type State } from "../../runtime/state/state.ts";
import { drawStatus } from "../draw/status.ts";
import { exit } from "../exit.ts";
import type { Call, RuntimeOptions } from "../call.ts";
import { loadLenient, specPath } from "../spec.ts";
import type { ModelStatus, RolloutSummary, RunSummary, ServiceStatus, StatusReport, VersionStatus } from "../status-report.ts";

const RUNS_SHOWN = 10;

export async function status(file: string, { options, terminal }: Call<RuntimeOptions>): Promise<number> {
  const path = specPath(file, terminal.cwd);
  const spec = await loadLenient(path);
  const folder = stateFolder(path, options.state);
  keepPrivate(folder);
  const report = await readStatus(path, spec, folder);
  terminal.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : drawStatus(report, terminal));
  return exit.ok;
}

export async function readStatus(path: string, spec: CompiledSpec, folder: StateFolder): Promise<StatusReport> {
  // Looking creates nothing.
  if (!existsSync(folder.database)) return nothingYet(path, spec, folder);
  const state = openState(folder.root);
  try {
    const registry = new Registry(folder.registry);
    const models = await Promise.all(spec.models.map(async ({ name }): Promise<ModelStatus> => ({ name, versions: (await registry.list(name)).map((listed) => versionStatus(listed, liveVersions(spec, state))) })));
    return {
      spec: path, state: folder.root, models,
      services: spec.services.map((service) => statusOf(service.name, service.model, state, folder)),
      rollouts: spec.rollouts.map((rollout) => rolloutSummary(rollout, state)),
      runs: state.runs.latest(RUNS_SHOWN).map((run): RunSummary => ({
        run: run.id, model: run.model, outcome: run.outcome ?? "unfinished", started: new Date(run.startedAt).toISOString(),
        seconds: run.finishedAt === null ? null : (run.finishedAt - run.startedAt) / 1000, error: typeof run.summary["error"] === "string" ? run.summary["error"] : null,
      })),
    };
  } finally {
    state.close();
  }
}

function nothingYet(path: string, spec: CompiledSpec, folder: StateFolder): StatusReport {
  return {
    spec: path, state: folder.root, models: spec.models.map(({ name }) => ({ name, versions: [] })), runs: [],
    services: spec.services.map(({ name, model }) => ({ name, model, live: null, previous: null, process: null })),
    rollouts: spec.rollouts.map(notStarted),
  };
}

const liveVersions = (spec: CompiledSpec, state: State): ReadonlySet<string> => new Set(spec.services.flatMap(({ name }) => state.deployments.of(name)?.live ?? []));

function versionStatus(listed: ListedVersion, live: ReadonlySet<string>): VersionStatus {
  const { version } = listed;
  if (listed.manifest === null) return { version, created: "", live: live.has(version), metrics: {}, gates: { passed: 0, failed: 0, skipped: 0 }, run: null, problem: listed.problem.message };
  const { record } = listed.manifest;
  const gates = (outcome: GateResult["outcome"]): number => record.gates.filter((gate) => gate.outcome === outcome).length;
  return {
    version, created: record.created, live: live.has(version), run: record.run, problem: null,
    metrics: record.metrics.find(({ slice }) => slice === null)?.metrics ?? {},
    gates: { passed: gates("passed"), failed: gates("failed"), skipped: gates("skipped") },
  };
}

function statusOf(name: string, model: string, state: State, folder: StateFolder): ServiceStatus {
  const deployment = state.deployments.of(name);
  return { name, model, live: deployment?.live ?? null, previous: deployment?.previous ?? null, process: servingProcess(folder.online(name)) };
}

function rolloutSummary(rollout: CompiledSpec["rollouts"][number], state: State): RolloutSummary {
  const { name, service } = rollout;
  const current = serviceStatus(state, service).rollout;
  if (current === null || current.name !== name) return notStarted(rollout);
  const stage = current.stages[current.stage];
  const next = current.stages[current.stage + 1];
  return {
    name, model: rollout.model, service, version: current.candidate, stage: stage?.name ?? null, share: stage?.traffic ?? null,
    state: current.state === "pending" || current.state === "running" ? "active" : current.state,
    awaitsApproval: current.waiting?.for === "approval" ? (next?.approvals.join(", ") ?? null) : null,
    summary: current.waiting?.text ?? current.history.at(-1)?.reason ?? current.state,
  };
}

const notStarted = ({ name, model, service }: CompiledSpec["rollouts"][number]): RolloutSummary =>
  ({ name, model, service, state: "none", version: null, stage: null, share: null, awaitsApproval: null, summary: "not started" });
