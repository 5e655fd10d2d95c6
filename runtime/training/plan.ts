/** The network that a problem asks for: its layers with their widths, output layer included. */
import { unreachable } from "../errors.ts";
import type { Task } from "../../grammar/compiled-spec/index.ts";
import type { TrainingProblem } from "./engine.ts";

export interface DenseStep {
  readonly kind: "dense";
  readonly in: number;
  readonly out: number;
  readonly activation: "relu" | "tanh" | "sigmoid" | "linear";
}
export interface DropoutStep {
  readonly kind: "dropout";
  readonly width: number;
  readonly rate: number;
}
export interface NetworkPlan {
  /** Width of the dense matrix and all embeddings together. */
  readonly inputWidth: number;
  readonly steps: readonly (DenseStep | DropoutStep)[];
  /** Number of logits. */
  readonly outputs: number;
}

export function planOf(problem: TrainingProblem): NetworkPlan {
  const inputWidth = problem.embeddings.reduce((width, { size }) => width + size, problem.denseWidth);
  const outputs = outputsOf(problem.task, problem.classes);
  const steps: (DenseStep | DropoutStep)[] = [];
  let width = inputWidth;
  for (const layer of problem.layers) {
    if (layer.kind === "dropout") {
      if (layer.rate > 0) steps.push({ kind: "dropout", width, rate: layer.rate });
    } else {
      steps.push({ kind: "dense", in: width, out: layer.units, activation: layer.activation });
      width = layer.units;
    }
  }
  steps.push({ kind: "dense", in: width, out: outputs, activation: "linear" });
  return { inputWidth, steps, outputs };
}

export const denseSteps = (plan: NetworkPlan): DenseStep[] => plan.steps.filter((step) => step.kind === "dense");
export const dropoutSteps = (plan: NetworkPlan): DropoutStep[] => plan.steps.filter((step) => step.kind === "dropout");

function outputsOf(task: Task, classes: number): number {
  switch (task) {
    case "binary":
    case "regression": return 1;
    case "multiclass": return classes;
    default: return unreachable(task);
  }
}
