/** Brings outcomes by maturity from the prediction log to where stages are judged, for labels that have one. */
import { exposureText, type Arm } from "../rollout/exposure.ts";
import type { Server } from "../serving/server.ts";
import type { State } from "../state/state.ts";

export interface MaturedOptions {
  readonly state: State;
  readonly service: string;
  readonly server: Pick<Server, "matured">;
  /** Milliseconds since 1970, perhaps of compressed time. */
  readonly now: () => number;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** The log is read again after this long, and after twenty times as long as reading took: it must not take more than a twentieth of a processor. */
const EVERY_MS = 2_000;
const REST = 20;
const ARMS: readonly Arm[] = ["candidate", "control"];

/** Until stopped; `stop` waits for the reading under way. */
export function keepMatured(options: MaturedOptions): () => Promise<void> {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let reading = Promise.resolve();
  const next = (afterMs: number): void => {
    if (!stopped) timer = setTimeout(read, afterMs);
  };
  const read = (): void => {
    const began = performance.now();
    reading = refreshMatured(options)
      .catch((error: unknown) => { options.onTrouble(error, "reading outcomes from the log"); })
      .then(() => { next(Math.max(EVERY_MS, REST * (performance.now() - began))); });
  };
  next(EVERY_MS);
  return async () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
    await reading;
  };
}

/** Of the labels that the current stage of the service's rollout reads. */
export async function refreshMatured({ state, service, server, now }: MaturedOptions): Promise<void> {
  const rollout = state.rollouts.active(service);
  const stage = rollout?.plan.stages[rollout.stage];
  if (rollout === null || stage === undefined || stage.traffic <= 0) return;
  const labels = new Set(stage.requirements.flatMap((requirement) => (requirement.kind === "label-rate" ? [requirement.label] : [])));
  for (const label of labels) {
    const withinMs = rollout.plan.labels?.[label]?.withinMs ?? null;
    if (withinMs === null) continue;
    const exposures = ARMS.map((arm) => ({ rollout: rollout.id, stage: rollout.stage, arm }));
    const sums = await server.matured({ arms: exposures.map(exposureText), label, untilUs: Math.floor((now() - withinMs) * 1000), withinUs: withinMs * 1000 });
    state.together(() => {
      for (const exposure of exposures) {
        const of = sums.get(exposureText(exposure));
        if (of !== undefined) state.counters.setMatured(exposure, label, of);
      }
    });
  }
}
