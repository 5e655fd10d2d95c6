/** A service's clock, gone on with from where the processes before this one left it. */
import { messageOf } from "../errors.ts";
import { createRepeats, timesSoFar } from "../repeats.ts";
import { steadyTime, type SteadyOptions } from "../rollout/clock.ts";
import type { State } from "../state/state.ts";

/** How often it is written down, and for how much real time ahead: a process may be killed, or find no room to write, in between. */
const EVERY_MS = 200;
const AHEAD_MS = 1_000;

type SystemClocks = Pick<SteadyOptions, "wall" | "monotonic">;
const systemClocks: SystemClocks = { wall: Date.now, monotonic: () => performance.now() };

export interface ClockOptions {
  readonly state: State;
  readonly service: string;
  readonly scale: number;
  /** It could not be written down, which must not end a service. Told the first, the 10th, the 100th time and so on. */
  readonly onTrouble: (error: unknown, doing: string) => void;
  readonly system?: SystemClocks;
}

export interface KeptClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How far it began ahead of the system's clock; 0 where it did not. */
  readonly aheadMs: number;
  /** From now on it is written down again and again; the returned function ends that. */
  keep(): () => void;
}

export function openClock({ state, service, scale, onTrouble, system = systemClocks }: ClockOptions): KeptClock {
  const { wall } = system;
  // A rollout under way knows when it was seen last, also where the system's clock was set back while nobody served.
  const from = Math.max(state.clocks.of(service)?.until ?? 0, state.rollouts.active(service)?.seenAt ?? 0);
  const now = steadyTime({ ...system, scale, from });
  const repeats = createRepeats();
  const write = (aheadMs: number): void => {
    const [at, real] = [now(), wall()];
    // A clock that goes with the system's needs no record, unless there is one that says otherwise.
    if (scale === 1 && at - real <= EVERY_MS && from <= real) return;
    try {
      state.clocks.set(service, { at, wall: real, scale, until: at + aheadMs * scale });
    } catch (error) {
      const times = repeats.count("the clock");
      if (times !== null) onTrouble(new Error(`${messageOf(error)}${timesSoFar(times)}`), "writing down the service's time");
    }
  };
  write(AHEAD_MS);
  return {
    now, aheadMs: Math.max(0, from - wall()),
    keep() {
      const timer = setInterval(write, EVERY_MS, AHEAD_MS);
      return () => {
        clearInterval(timer);
        write(0);
      };
    },
  };
}
