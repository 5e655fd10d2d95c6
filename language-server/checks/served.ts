import type { CompiledSpec, Origin } from "../../grammar/compiled-spec/index.ts";

/** How a model meets users: through a service, or through a rollout that brings it to one. */
export interface Exposure {
  readonly model: string;
  /** ``service `recommend` `` */
  readonly by: string;
  readonly origin: Origin;
}

/** The first exposure of each model that has one, services first. */
export function servedModels(spec: CompiledSpec): ReadonlyMap<string, Exposure> {
  const exposures: readonly Exposure[] = [
    ...spec.services.map((service) => ({ model: service.model, by: `service \`${service.name}\``, origin: service.origin })),
    ...spec.rollouts.map((rollout) => ({ model: rollout.model, by: `rollout \`${rollout.name}\``, origin: rollout.origin })),
  ];
  const first = new Map<string, Exposure>();
  for (const exposure of exposures) if (!first.has(exposure.model)) first.set(exposure.model, exposure);
  return first;
}
