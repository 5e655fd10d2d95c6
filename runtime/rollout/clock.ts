/** Time as a rollout sees it. Simulations compress it: an hour's hold passes in a second, and every duration in the spec stays true. */

/** Milliseconds since 1970 of a clock that runs `scale` times as fast as `wall` since it was made. */
export function compressedTime(scale: number, wall: () => number): () => number {
  const start = wall();
  return () => start + (wall() - start) * scale;
}
