/**
 * A process that serves and writes nothing. Of what is wrong with it it tells in the state, which on a full disk it cannot; but of a rollout under way it
 * writes in every round when it was seen, so whoever looks can tell that what stands there is old.
 */
import { processText } from "../processes.ts";
import type { State } from "../state/state.ts";
import { wallOf } from "./clock.ts";
import { durationText } from "./duration.ts";

/** A busy machine's round is late by a second or two, and a locked database is waited for for five. */
const LONG_MS = 10_000;

/** What whoever looks is told; null while a process writes, while none serves and while no rollout is under way. `wall`: the system's clock. */
export function silenceText(state: State, service: string, wall: number): string | null {
  const rollout = state.rollouts.active(service);
  const holder = state.leases.holder(service);
  if (rollout === null || holder === null) return null;
  const silentMs = wall - wallOf(state.clocks.of(service), rollout.seenAt);
  if (silentMs < LONG_MS) return null;
  const ask = holder.address === null ? "It may be starting still; else its health says why" : `GET ${holder.address}/v2/health/ready says why, if that process can answer`;
  return `${processText(holder)} serves ${service}, but has written nothing of rollout ${rollout.plan.name} for ${durationText(silentMs)}: what is shown is as of then. ${ask}`;
}
