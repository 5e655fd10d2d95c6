/**
 * Optimisers, as an update emitted into the training graph. What depends on the step number alone is computed outside, in
 * double precision, and enters as a few numbers per step.
 */
import type { GraphBuilder, Value } from "../onnx/graph.ts";
import { float } from "../onnx/tensor.ts";
import type { Optimizer } from "../../grammar/compiled-spec/index.ts";

export interface Update {
  readonly weights: Value;
  readonly slots: readonly Value[];
}

export interface UpdateRule {
  /** State kept per parameter, all zero at first. */
  readonly slots: readonly string[];
  /** Numbers that a step needs. */
  readonly schedule: readonly string[];
  /** `step` from 1, over the whole training. */
  scheduleAt(step: number): readonly number[];
  emit(graph: GraphBuilder, weights: Value, gradient: Value, slots: readonly Value[], schedule: readonly Value[]): Update;
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
    emit(g, weights, gradient, [m, v], [stepSize, stabiliser]) {
      const mean = average(g, m as Value, gradient, beta1);
      const square = average(g, v as Value, g.node("Mul", [gradient, gradient]), beta2);
      const denominator = g.node("Add", [g.node("Sqrt", [square]), stabiliser as Value]);
      const direction = g.node("Mul", [g.node("Div", [mean, denominator]), stepSize as Value]);
      return { weights: g.node("Sub", [weights, direction]), slots: [mean, square] };
    },
  };
}

const average = (g: GraphBuilder, old: Value, fresh: Value, beta: number): Value =>
  g.node("Add", [g.node("Mul", [old, g.constant(float(beta))]), g.node("Mul", [fresh, g.constant(float(1 - beta))])]);

/** u ← momentum · u + g, w ← w − rate · u */
function sgd(optimizer: Optimizer & { kind: "sgd" }): UpdateRule {
  const { rate, momentum, weightDecay } = optimizer;
  return {
    slots: momentum === 0 ? [] : ["velocity"],
    schedule: [],
    scheduleAt: () => [],
    decay: 1 - rate * weightDecay,
    emit(g, weights, gradient, [u]) {
      const velocity = u === undefined ? gradient : g.node("Add", [g.node("Mul", [u, g.constant(float(momentum))]), gradient]);
      const step = g.node("Mul", [velocity, g.constant(float(rate))]);
      return { weights: g.node("Sub", [weights, step]), slots: u === undefined ? [] : [velocity] };
    },
  };
}
