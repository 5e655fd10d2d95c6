/**
 * Time as a service's rollouts see it. It never runs backwards: not when the system's clock is set back, not with a restart. Simulations compress it: an
 * hour's hold passes in a second, and every duration in the spec stays true; then it is ahead of the system's clock, and stays so until that has come up.
 */

export interface SteadyOptions {
  readonly scale: number;
  /** Where it begins, in milliseconds since 1970, unless the system's clock is later. */
  readonly from: number;
  /** The system's clock, which may be set. */
  readonly wall: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic: () => number;
}

/** Milliseconds since 1970: never earlier than the system's clock, and passing as the monotonic one does, `scale` times as fast, where it is ahead of that. */
export function steadyTime({ scale, from, wall, monotonic }: SteadyOptions): () => number {
  let [at, looked] = [Math.max(from, wall()), monotonic()];
  return () => {
    const now = monotonic();
    at = Math.max(at + (now - looked) * scale, wall());
    looked = now;
    return Math.floor(at);
  };
}

/** What the state remembers of a service's clock while it is ahead of the system's. */
export interface ClockRecord {
  /** The time when it was written down, and the system's then. */
  readonly at: number;
  readonly wall: number;
  readonly scale: number;
  /** No process has called a later time its own, however it ended: the next one begins here. */
  readonly until: number;
}

/** When, by the system's clock, it was `at` in the service's time. A record whose time is over says nothing: the system's clock has come up since. */
export function wallOf(record: ClockRecord | null, at: number): number {
  return record === null || at > record.until ? at : record.wall + (at - record.at) / record.scale;
}

/** The service's time for who only looks or says a word; as the serving process has it, if there is one. */
export function timeOf(record: ClockRecord | null, wall: number, served: boolean): number {
  if (record === null) return wall;
  const passed = Math.max(0, wall - record.wall) * record.scale;
  return Math.floor(Math.max(wall, served ? Math.min(record.until, record.at + passed) : record.until));
}
