/**
 * A service without a rollout has no stages to go through: the newest version that passed its gates answers from the start of
 * `mlspec serve`. One with a rollout changes only through it. What a person has put live stays until something newer is registered.
 */
import { MlspecError } from "../errors.ts";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { Registry } from "../registry/registry.ts";
import { deploy } from "../rollout/commands.ts";
import { automatic } from "../rollout/transition.ts";
import type { State } from "../state/state.ts";
import { versionsByAge } from "./newest-version.ts";

export interface DeployOptions {
  readonly spec: CompiledSpec;
  readonly service: string;
  readonly state: State;
  readonly registry: Registry;
  /** Resolves when the version can answer, not only when its files are whole. */
  readonly load: (version: string) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onMessage: (level: "info" | "warning", text: string) => void;
}

/** A version that cannot answer is told and passed over; with none left, what was live stays. */
export async function deployNewest(options: DeployOptions): Promise<void> {
  const { spec, service, state, load, now, onMessage } = options;
  if (spec.rollouts.some((rollout) => rollout.service === service) || state.rollouts.active(service) !== null) return;
  const model = spec.services.find(({ name }) => name === service)?.model;
  if (model === undefined) return;
  for (const version of await candidates(options, model)) {
    try {
      const isLive = state.deployments.of(service)?.live === version;
      await load(version);
      if (isLive) return;
      const reason = "the newest version that can answer";
      await deploy(state, { service, model, version, kind: "newest", by: automatic, reason, now, verify: () => Promise.resolve() });
      onMessage("info", `${service} has no rollout, so the newest version of ${model}, ${version}, answers at once`);
      return;
    } catch (error) {
      if (!(error instanceof MlspecError)) throw error;
      onMessage("warning", `version ${version} cannot be served: ${error.message}`);
    }
  }
}

/** Newest first. After a person's word only what was registered later, then what that person chose. */
async function candidates({ service, state, registry }: DeployOptions, model: string): Promise<readonly string[]> {
  const versions = await versionsByAge(state, registry, model);
  const chosen = state.deployments.history(service, 1).find(({ by }) => by !== automatic);
  if (chosen === undefined) return versions;
  const created = new Map((await registry.list(model)).map(({ version, manifest }) => [version, Date.parse(manifest?.record.created ?? "")]));
  const newer = versions.filter((version) => (created.get(version) ?? 0) > chosen.at);
  return [...newer, ...(chosen.version === null ? [] : [chosen.version])];
}
