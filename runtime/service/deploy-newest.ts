/**
 * A service without a rollout has no stages to go through: the newest version that passed its gates answers from the start of
 * `mlspec serve`. One with a rollout changes only through it.
 */
import { MlspecError } from "../errors.ts";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { Registry } from "../registry/registry.ts";
import { deploy } from "../rollout/commands.ts";
import type { State } from "../state/state.ts";
import { versionsByAge } from "./newest-version.ts";

export interface DeployOptions {
  readonly spec: CompiledSpec;
  readonly service: string;
  readonly state: State;
  readonly registry: Registry;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onMessage: (level: "info" | "warning", text: string) => void;
}

/** A version that cannot be read is told and passed over; with none left, what was live stays. */
export async function deployNewest({ spec, service, state, registry, now, onMessage }: DeployOptions): Promise<void> {
  if (spec.rollouts.some((rollout) => rollout.service === service) || state.rollouts.active(service) !== null) return;
  const model = spec.services.find(({ name }) => name === service)?.model;
  if (model === undefined) return;
  for (const version of await versionsByAge(state, registry, model)) {
    if (state.deployments.of(service)?.live === version) return;
    try {
      await deploy(state, { service, model, version, now, verify: (name, wanted) => registry.load(name, wanted) });
      onMessage("info", `${service} has no rollout, so the newest version of ${model}, ${version}, answers at once`);
      return;
    } catch (error) {
      if (!(error instanceof MlspecError)) throw error;
      onMessage("warning", `version ${version} cannot be served: ${error.message}`);
    }
  }
}
