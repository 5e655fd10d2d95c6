/**
 * What a rollout's log holds as pseudonyms, kept with it: the fields that any spec that was served in it calls personal. A spec that is edited in the middle of it, and a process that
 * is started anew, then neither log anybody in clear nor know a unit by another name, as which it would count twice.
 */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { hiddenBy } from "../data/personal-values.ts";
import type { StateFolder } from "../pipeline/state-folder.ts";
import type { State } from "../state/state.ts";
import { goodSpecs } from "./good-spec.ts";

/** Adds what this spec and the one before it say to the rollout under way, if there is one; what is hidden in it from now on. */
export async function keepHidden(state: State, folder: StateFolder, service: string, spec: CompiledSpec): Promise<readonly string[]> {
  const rollout = state.rollouts.active(service);
  if (rollout === null) return [];
  const { unit, personal } = rollout.plan;
  // One that cannot be read says nothing; the plan says what it was when the rollout began.
  const before = (await goodSpecs(state, folder).catch(() => [])).find((each) => each.service === service)?.spec;
  const specs = [...(before === undefined ? [] : [before]), spec];
  const hidden = new Set([...(personal ?? []), ...specs.flatMap((each) => hiddenBy(each, service))]);
  // A rollout of an earlier version: what no spec tells of is taken for personal.
  if (personal === undefined && unit !== null && !specs.some((each) => declares(each, unit))) hidden.add(unit);
  const names = [...hidden].sort();
  state.durably(() => { state.rollouts.hide(rollout.id, names); });
  return names;
}

const declares = ({ sources, datasets }: CompiledSpec, field: string): boolean =>
  sources.some(({ columns }) => columns.some(({ name }) => name === field)) || datasets.some(({ columns }) => columns.some(({ from }) => from.kind === "example" && from.field === field));
