/** How far a training is, and what that means: pure. */
import { createHash } from "node:crypto";
import type { EpochResult, TrainedNetwork, TrainingProblem } from "./engine.ts";

/** Losses of the epoch that just ended, judged against the history. Without a validation part the latest is the best. */
export function epochResult(history: readonly EpochResult[], trainLoss: number, validateLoss: number | null): EpochResult {
  const best = validateLoss === null || history.every((before) => before.validateLoss === null || validateLoss < before.validateLoss);
  return { epoch: history.length + 1, trainLoss, validateLoss, best };
}

export const bestEpoch = (history: readonly EpochResult[]): number => history.findLast(({ best }) => best)?.epoch ?? 0;

/** Why training ends here, or null when another epoch follows. */
export function stopReason(history: readonly EpochResult[], train: TrainingProblem["train"], overBudget: boolean): TrainedNetwork["stopped"] | null {
  if (history.length >= train.epochs) return "epochs";
  if (train.patience !== null && history.length - bestEpoch(history) >= Math.max(train.patience, 1)) return "patience";
  return overBudget && history.length > 0 ? "budget" : null;
}

/** Equal for trainings of which one may continue the other: more epochs or another budget are no difference. `of`: see `TrainOptions.checkpointsOf`. */
export function problemHash(problem: TrainingProblem, rows: { readonly train: number; readonly validate: number }, of?: string): string {
  const { train: { optimizer, batch, seed, engine }, ...network } = problem;
  return createHash("sha256").update(JSON.stringify({ ...network, optimizer, batch, seed, engine, rows, of })).digest("hex");
}
