/**
 * Services that the state knows and the spec does not declare. Of a spec with something wrong these are all that there ever were; of a sound one, whose
 * word is final otherwise, those that run all the same: what answers somebody must not be hidden by a name that was changed.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { servedServices } from "../runtime/pipeline/serving-lock.ts";
import type { StateFolder } from "../runtime/pipeline/state-folder.ts";
import { fileOf, goodSpecs, type GoodSpec } from "../runtime/service/good-spec.ts";
import type { State } from "../runtime/state/state.ts";
import type { SpecAtHand } from "./spec.ts";
import { servicesOfState, type ServiceSubject } from "./subject.ts";

export type Declared<T> = T & { readonly declared: boolean };

interface Where {
  readonly path: string;
  readonly atHand: SpecAtHand;
  readonly state: State;
  readonly folder: StateFolder;
}

export async function undeclaredServices({ path, atHand: { spec, problem }, state, folder }: Where): Promise<readonly ServiceSubject[]> {
  const declared = new Set(spec?.services.map(({ name }) => name));
  const processes = new Set(servedServices(folder));
  const recorded = servicesOfState(state);
  const known = [...recorded, ...[...processes].filter((name) => !recorded.some((each) => each.name === name)).map((name) => ({ name, model: "" }))].filter(({ name }) => !declared.has(name));
  if (known.length === 0) return [];
  const served = new Map((await goodSpecs(state, folder).catch(() => [])).map((each) => [each.service, each]));
  const runs = ({ name }: ServiceSubject): boolean => processes.has(name) || (state.deployments.of(name)?.live ?? null) !== null || state.rollouts.active(name) !== null;
  return known
    .filter((service) => problem !== null || (runs(service) && !isOfAnother(path, fileOfService(service, state, served))))
    .map((service) => ({ ...service, model: service.model || modelOf(service.name, served) }));
}

/** The spec that it runs by, as far as the state knows. */
function fileOfService({ name }: ServiceSubject, state: State, served: ReadonlyMap<string, GoodSpec>): string | null {
  const kept = served.get(name);
  return kept === undefined ? (state.rollouts.active(name)?.plan.spec ?? null) : fileOf(kept);
}

/** Several specs may lie beside each other over one state; one that is gone answers for nothing. */
const isOfAnother = (path: string, file: string | null): boolean => file !== null && file !== basename(path) && existsSync(join(dirname(path), file));

/** Empty where nothing says it. */
const modelOf = (service: string, served: ReadonlyMap<string, GoodSpec>): string => served.get(service)?.spec.services.find(({ name }) => name === service)?.model ?? "";
