/** A service's clock, gone on with from where the processes before this one left it. */
import { steadyTime, type SteadyOptions } from "../rollout/clock.ts";
import type { State } from "../state/state.ts";

/** How often it is written down, and for how much real time ahead: a process may be killed, or find no room to write, in between. */
const EVERY_MS = 200;
const AHEAD_MS = 1_000;

type SystemClocks = Pick<SteadyOptions, "wall" | "monotonic">;
const systemClocks: SystemClocks = { wall: Date.now, monotonic: () => performance.now() };

export interface KeptClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How far it began ahead of the system's clock; 0 where it did not. */
  readonly aheadMs: number;
  /** From now on it is written down; the returned function ends that. */
  keep(onTrouble: (error: unknown, doing: string) => void): () => void;
}

export function openClock(state: State, service: string, scale: number, { wall, monotonic }: SystemClocks = systemClocks): KeptClock {
  // A rollout under way knows when it was seen last, also where the system's clock was set back while nobody served.
  const from = Math.max(state.clocks.of(service)?.until ?? 0, state.rollouts.active(service)?.seenAt ?? 0);
  const now = steadyTime({ scale, from, wall, monotonic });
  const write = (aheadMs: number): void => {
    const [at, real] = [now(), wall()];
    // A clock that goes with the system's needs no record, unless there is one that says otherwise.
    if (scale === 1 && at - real <= EVERY_MS && from <= real) return;
    state.clocks.set(service, { at, wall: real, scale, until: at + aheadMs * scale });
  };
  write(AHEAD_MS);
  return {
    now, aheadMs: Math.max(0, from - wall()),
    keep(onTrouble) {
      const tryTo = (aheadMs: number): void => {
        try {
          write(aheadMs);
        } catch (error) {
          onTrouble(error, "writing down the time");
        }
      };
      const timer = setInterval(() => tryTo(AHEAD_MS), EVERY_MS);
      return () => {
        clearInterval(timer);
        tryTo(0);
      };
    },
  };
}
