/**
 * Optimisers: formulas over any arithmetic, so that every engine computes the same. What depends on the step number alone is
 * computed outside, in double precision, and enters as a few numbers per step.
 */
import type { Optimizer } from "../../grammar/compiled-spec/index.ts";

/** Element by element over T, a tensor of 32-bit floats: computed at once, or written down in a graph. */
export interface Arithmetic<T> {
  constant(value: number): T;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  root(a: T): T;
}

export interface Update<T> {
  readonly weights: T;
  readonly slots: readonly T[];
}

export interface UpdateRule {
  /** State kept per parameter, all zero at first. */
  readonly slots: readonly string[];
  /** Numbers that a step needs. */
  readonly schedule: readonly string[];
  /** `step` from 1, over the whole training. */
  scheduleAt(step: number): readonly number[];
  update<T>(arithmetic: Arithmetic<T>, weights: T, gradient: T, slots: readonly T[], schedule: readonly T[]): Update<T>;
  /** Weights shrink by this factor before each step (decoupled weight decay: Loshchilov and Hutter 2019). */
  readonly decay: number;
}

export function updateRule(optimizer: Optimizer): UpdateRule {
  return optimizer.kind === "adam" ? adam(optimizer) : sgd(optimizer);
}

/**
 * Kingma and Ba 2015: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 * With c = √(1 − β₂ᵗ) the last step is w − (rate · c / (1 − β₁ᵗ)) · m / (√v + ε c): the two numbers of the schedule.
 */
function adam(optimizer: Optimizer & { kind: "adam" }): UpdateRule {
  const { rate, beta1, beta2, epsilon, weightDecay } = optimizer;
  return {
    slots: ["mean", "square"],
    schedule: ["step_size", "epsilon"],
    scheduleAt(step) {
      const correction = Math.sqrt(1 - beta2 ** step);
      return [(rate * correction) / (1 - beta1 ** step), epsilon * correction];
    },
    decay: 1 - rate * weightDecay,
    update<T>(a: Arithmetic<T>, weights: T, gradient: T, [m, v]: readonly T[], [stepSize, stabiliser]: readonly T[]) {
      const mean = average(a, m as T, gradient, beta1);
      const square = average(a, v as T, a.multiply(gradient, gradient), beta2);
      const denominator = a.add(a.root(square), stabiliser as T);
      const direction = a.multiply(a.divide(mean, denominator), stepSize as T);
      return { weights: a.subtract(weights, direction), slots: [mean, square] };
    },
  };
}

const average = <T>(a: Arithmetic<T>, old: T, fresh: T, beta: number): T =>
  a.add(a.multiply(old, a.constant(beta)), a.multiply(fresh, a.constant(1 - beta)));

/** u ← momentum · u + g, w ← w − rate · u */
function sgd(optimizer: Optimizer & { kind: "sgd" }): UpdateRule {
  const { rate, momentum, weightDecay } = optimizer;
  return {
    slots: momentum === 0 ? [] : ["velocity"],
    schedule: [],
    scheduleAt: () => [],
    decay: 1 - rate * weightDecay,
    update<T>(a: Arithmetic<T>, weights: T, gradient: T, [u]: readonly T[]) {
      const velocity = u === undefined ? gradient : a.add(a.multiply(u, a.constant(momentum)), gradient);
      const step = a.multiply(velocity, a.constant(rate));
      return { weights: a.subtract(weights, step), slots: u === undefined ? [] : [velocity] };
    },
  };
}
