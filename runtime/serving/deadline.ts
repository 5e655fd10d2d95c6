/** Node's longest timer, 24 days; a longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

export const late = Symbol("late");

/** What the promise gives, or `late` when it takes longer than `ms`. */
export function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T | typeof late> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { resolve(late); }, Math.min(ms, longestTimerMs));
    promise.then(
      (value) => { clearTimeout(timer); resolve(value); },
      (error: unknown) => { clearTimeout(timer); reject(error instanceof Error ? error : new Error(String(error))); },
    );
  });
}
