/** What a first rollout should be told when it begins: with no version live, the fallback is what the candidate is compared with. */
import type { RolloutRecord } from "../state/rollouts.ts";

/** Null: there is nothing to tell. */
export function wordOnFallback({ control, plan }: Pick<RolloutRecord, "control" | "plan">): string | null {
  if (control !== null) return null;
  const asking = plan.stages.flatMap(({ name, requirements }) => requirements.filter(({ kind }) => kind === "disagreement").map(({ text }) => ({ stage: name, text })));
  const [first] = asking;
  if (first === undefined) return null;
  return `no version of ${plan.model} is live: '${first.text}' of stage ${first.stage} compares the candidate with the fallback's answers, from which a model mostly differs, `
    + "and rolls it back when it does. `mlspec deploy` puts a first version live without a rollout";
}
