/**
 * Which rollout or service a command is about: what the spec declares, and what the state says is there, since a spec may have lost a declaration
 * to a typing error at the very moment when someone wants out.
 */
import { basename } from "node:path";
import { MlspecError } from "../runtime/errors.ts";
import type { RolloutRecord } from "../runtime/state/rollouts.ts";
import type { State } from "../runtime/state/state.ts";
import { onlyOne, type Knower, type SpecAtHand } from "./spec.ts";

export interface RolloutSubject {
  readonly name: string;
  readonly model: string;
  readonly service: string;
}

export interface ServiceSubject {
  readonly name: string;
  readonly model: string;
}

/**
 * The rollout named; else the only one there is, or the only one under way. Of the state those count that belong to this spec's file, or to none.
 * @throws MlspecError `not-declared`, `which-one`, and why the spec cannot be read when the state does not know better.
 */
export function rolloutSubject(path: string, { spec, error }: SpecAtHand, state: State | null, name: string | undefined): RolloutSubject {
  const recorded = state === null ? [] : newestRollouts(state);
  const ofThisSpec = recorded.filter(({ plan }) => plan.spec === undefined || plan.spec === basename(path));
  const declared: readonly RolloutSubject[] = spec?.rollouts ?? [];
  const pick = (records: readonly RolloutRecord[]): readonly RolloutSubject[] => distinct([...declared, ...records.map(({ plan }) => plan)]);
  if (name !== undefined) {
    const known = pick(recorded);
    if (known.length === 0 && error !== null) throw error;
    return onlyOne(known, name, "rollout", knowerOf(declared, known));
  }
  const active = ofThisSpec.filter(({ endedAt }) => endedAt === null);
  const known = declared.length + active.length > 0 ? pick(active) : pick(ofThisSpec);
  const [only, ...others] = active;
  if (known.length > 1 && only !== undefined && others.length === 0) return only.plan;
  if (known.length > 0) return onlyOne(known, undefined, "rollout", knowerOf(declared, known));
  if (error !== null) throw error;
  const elsewhere = recorded.map(({ plan }) => plan.name).join(", ");
  throw new MlspecError("not-declared", "the spec declares no rollout", {
    hint: elsewhere === "" ? "Declare one: `rollout name of model on service { … }`." : `The state folder knows ${elsewhere}, started from another spec: name it if you mean it.`,
  });
}

/** The service named, or the only one; of the state when the spec does not declare it (any more). */
export function serviceSubject({ spec, problem, error }: SpecAtHand, state: State | null, name: string | undefined): ServiceSubject {
  const declared: readonly ServiceSubject[] = spec?.services ?? [];
  // A sound spec's word is final, unless a name asks for more.
  const recorded = state === null || (problem === null && name === undefined && declared.length > 0) ? [] : servicesOfState(state);
  const known = distinct([...declared, ...recorded]);
  if (known.length === 0 && error !== null) throw error;
  return onlyOne(known, name, "service", knowerOf(declared, known));
}

/** Services that were ever deployed or rolled out to, with their models as they were recorded. */
export function servicesOfState(state: State): readonly ServiceSubject[] {
  const rolledOut = newestRollouts(state).map(({ plan }) => ({ name: plan.service, model: plan.model }));
  const deployed = state.deployments.all().flatMap(({ service }) => state.deployments.history(service, 1).map(({ model }) => ({ name: service, model })));
  return distinct([...deployed, ...rolledOut]);
}

/** Each name's newest rollout. */
export function newestRollouts(state: State): readonly RolloutRecord[] {
  const newest = new Map<string, RolloutRecord>();
  for (const service of state.rollouts.services()) for (const record of state.rollouts.of(service).toReversed()) newest.set(record.plan.name, record);
  return [...newest.values()];
}

/** Where the names are from; with none at all, the spec is what should have some. */
function knowerOf(declared: readonly unknown[], known: readonly unknown[]): Knower {
  if (declared.length === known.length) return "spec";
  return declared.length === 0 ? "state" : "both";
}

function distinct<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.filter((item, i) => items.findIndex(({ name }) => name === item.name) === i);
}
