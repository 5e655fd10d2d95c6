/** When a person says something, in the time that the service's history is told in. */
import { timeOf } from "../runtime/rollout/clock.ts";
import type { State } from "../runtime/state/state.ts";

/** `wall`: the system's clock, in milliseconds since 1970. */
export const serviceTime = (state: State, service: string, wall: number): number => timeOf(state.clocks.of(service), wall, state.leases.holder(service) !== null);
