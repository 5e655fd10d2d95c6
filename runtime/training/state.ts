/** Weights and the optimiser's state as plain arrays by name: what goes in and out of a step, and into checkpoints. */
import type { FloatArray } from "./checkpoint.ts";
import type { TrainingProblem } from "./engine.ts";
import { updateRule } from "./optimizer.ts";
import { initialParameters, parameterGroups, type ParameterGroup } from "./parameters.ts";
import { planOf } from "./plan.ts";

export type State = Readonly<Record<string, FloatArray>>;

export const stateNames = {
  weights: (group: ParameterGroup) => `weights/${group.name}`,
  slot: (group: ParameterGroup, slot: string) => `${slot}/${group.name}`,
};

export function initialState(problem: TrainingProblem): State {
  const plan = planOf(problem);
  const initial = initialParameters(problem, plan);
  const { slots } = updateRule(problem.train.optimizer);
  return Object.fromEntries(parameterGroups(problem, plan).flatMap((group, k) => {
    const weights = initial[k] as FloatArray;
    return [[stateNames.weights(group), weights], ...slots.map((slot) => [stateNames.slot(group, slot), new Float32Array(weights.length)])] as [string, FloatArray][];
  }));
}

export const weightsOnly = (problem: TrainingProblem, state: State): State =>
  Object.fromEntries(parameterGroups(problem, planOf(problem)).map((group) => [stateNames.weights(group), state[stateNames.weights(group)] as FloatArray]));
